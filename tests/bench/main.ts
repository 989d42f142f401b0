/** `npm run bench`: every benchmark beside its peers in one run, as tables here and as JSON in bench-results/. */
import { benchAgent } from './agent.bench.js';
import { benchIndexing } from './index-report.js';
import { type Report, save, shown } from './kit/report.js';
import { benchKeystroke } from './keystroke.bench.js';
import { benchFirst, benchReconnect } from './many.bench.js';
import { benchOpen } from './open.bench.js';
import { benchReplay } from './replay.bench.js';
import { benchSeal } from './seal.bench.js';
import { benchSimulator } from './simulator.bench.js';

type Bench = (quick: boolean) => Promise<Report>;

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
};

const USAGE = `usage: npm run bench -- [--quick] [--only ${Object.keys(BENCHES).join(',')}]`;

function chosen(args: readonly string[]): { readonly quick: boolean; readonly ids: readonly string[] } | null {
  let quick = false;
  let ids: readonly string[] = Object.keys(BENCHES);
  for (let at = 0; at < args.length; at++) {
    const [arg = '', given] = (args[at] ?? '').split('=', 2);
    if (arg === '--quick') quick = true;
    else if (arg === '--only') ids = (given ?? args[++at] ?? '').split(',');
    else return null;
  }
  return ids.every((id) => BENCHES[id] !== undefined) ? { quick, ids } : null;
}

const choice = chosen(process.argv.slice(2));
if (choice === null) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  for (const id of choice.ids) {
    process.stdout.write(`… ${id}\n`);
    const report = await (BENCHES[id] as Bench)(choice.quick);
    const path = save(report);
    process.stdout.write(`\n${shown(report)}  ${path}\n\n`);
  }
}
