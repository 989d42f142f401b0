/** `npm run bench`: every benchmark beside its peers in one run, as tables here and as JSON in bench-results/. */
import { benchAgent } from './agent.bench.js';
import { benchIndexing } from './index-report.js';
import { type Report, save, shown } from './kit/report.js';
import { benchKeystroke } from './keystroke.bench.js';
import { benchFirst, benchReconnect } from './many.bench.js';
import { benchOpen } from './open.bench.js';
import { benchRelayAppends } from './relay-appends.bench.js';
import { benchRelayFanout } from './relay-fanout.bench.js';
import { benchRelayHttp } from './relay-http.bench.js';
import { benchRelayMemory } from './relay-memory.bench.js';
import { benchRelayKeystroke, benchRelayReplay } from './relay-sync.bench.js';
import { benchReplay } from './replay.bench.js';
import { benchSeal } from './seal.bench.js';
import { benchSimulator } from './simulator.bench.js';

/** `long`: sizes that take many minutes and much memory, where a bench has such. */
type Bench = (quick: boolean, long: boolean) => Promise<Report>;

const BENCHES: Readonly<Record<string, Bench>> = {
  B1: benchOpen,
  B2: benchReplay,
  B3: benchKeystroke,
  B6: benchReconnect,
  B7: benchFirst,
  B8: benchSeal,
  B9: benchIndexing,
  B11: benchSimulator,
  agent: benchAgent,
  'relay-appends': benchRelayAppends,
  'relay-http': benchRelayHttp,
  'relay-fanout': benchRelayFanout,
  'relay-replay': benchRelayReplay,
  'relay-keystroke': benchRelayKeystroke,
  'relay-memory': benchRelayMemory,
};

const USAGE = `usage: npm run bench -- [--quick | --long] [relay] [--only ${Object.keys(BENCHES).join(',')}]`;

interface Choice {
  readonly quick: boolean;
  readonly long: boolean;
  readonly ids: readonly string[];
}

function chosen(args: readonly string[]): Choice | null {
  let [quick, long] = [false, false];
  let ids: readonly string[] = Object.keys(BENCHES);
  for (let at = 0; at < args.length; at++) {
    const [arg = '', given] = (args[at] ?? '').split('=', 2);
    if (arg === '--quick') quick = true;
    else if (arg === '--long') long = true;
    else if (arg === 'relay') ids = Object.keys(BENCHES).filter((id) => id.startsWith('relay-'));
    else if (arg === '--only') ids = (given ?? args[++at] ?? '').split(',');
    else return null;
  }
  return ids.every((id) => BENCHES[id] !== undefined) ? { quick, long, ids } : null;
}

const choice = chosen(process.argv.slice(2));
if (choice === null) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  for (const id of choice.ids) {
    process.stdout.write(`… ${id}\n`);
    const report = await (BENCHES[id] as Bench)(choice.quick, choice.long);
    const path = save(report);
    process.stdout.write(`\n${shown(report)}  ${path}\n\n`);
  }
}
