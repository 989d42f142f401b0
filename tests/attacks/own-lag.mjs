/** How late a process's own main loop makes itself: lateness of a 10 ms beat, less the time its thread stood ready and the machine ran somebody else. */
import { openSync, readSync } from 'node:fs';

const BEAT_MS = 10;

/** Milliseconds the main thread has waited for a processor since it began (`sched_stat`: run, wait, slices in ns), 0 where the kernel does not tell. */
function waitedForProcessor() {
  let fd;
  try {
    fd = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  } catch {
    return () => 0;
  }
  const text = Buffer.alloc(96);
  return () => Number(text.toString('latin1', 0, readSync(fd, text, 0, text.length, 0)).split(' ')[1]) / 1e6;
}

/** Prints `lag {ownP99Ms, ownMaxMs, p99Ms, maxMs}` of what was since the last time, each time the process gets `signal`. */
export function tellOwnLag(signal) {
  const waited = waitedForProcessor();
  let own = [];
  let whole = [];
  let last = { at: performance.now(), waited: waited() };
  const beat = () => {
    const now = { at: performance.now(), waited: waited() };
    const late = Math.max(0, now.at - last.at - BEAT_MS);
    whole.push(late);
    own.push(Math.max(0, late - (now.waited - last.waited)));
    last = now;
    setTimeout(beat, BEAT_MS);
  };
  setTimeout(beat, BEAT_MS);
  process.on(signal, () => {
    const at = (values, share) =>
      Math.round((values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0) * 10) / 10;
    const told = { ownP99Ms: at(own, 0.99), ownMaxMs: at(own, 1), p50Ms: at(whole, 0.5), p99Ms: at(whole, 0.99), maxMs: at(whole, 1) };
    [own, whole] = [[], []];
    process.stdout.write(`lag ${JSON.stringify(told)}\n`);
  });
}
