/** Runs a range of seeds in a process of its own, so that every core works: `node run.js <first> <count> <step>`; one JSON line at the end. */
import { simulate } from './simulate.js';

const [first, count, step] = process.argv.slice(2).map(Number) as [number, number, number];
/** What is counted also by worlds in which it happened at all. */
const WORLDS = ['checkpointed', 'accepted', 'prunedRows', 'refuted', 'late', 'lies'];
// Refusals are thrown inside the decoders, many a second, and nobody reads where.
Error.stackTraceLimit = 0;

const counts: Record<string, number> = {};
const failures: string[] = [];
let done = 0;
for (let seed = first; seed < first + count && failures.length < 3; seed += step) {
  const outcome = await simulate(String(seed));
  done++;
  for (const [what, many] of Object.entries(outcome.counts)) {
    counts[what] = (counts[what] ?? 0) + many;
    if (WORLDS.includes(what)) counts[`${what}Worlds`] = (counts[`${what}Worlds`] ?? 0) + 1;
  }
  if (outcome.broken.length > 0)
    failures.push(
      `seed ${seed}: ${outcome.broken
        .slice(0, 6)
        .map((one) => `predicate ${one.predicate}: ${one.detail}`)
        .join('; ')}\n${outcome.tail.join('\n')}`,
    );
}
process.stdout.write(`${JSON.stringify({ done, counts, failures })}\n`);
