/** Checks one part of a family of small graphs in a process of its own: `node exhaustive-run.js <plan> <part> <parts>`; one JSON line at the end. */
import { check } from './dag-check.js';
import { dags } from './dags.js';
import { PLANS } from './plans.js';

const [name = '', part = '0', parts = '1'] = process.argv.slice(2);
const plan = PLANS.find((one) => one.name === name);
if (plan === undefined) throw new Error(`no plan is called ${name}`);
const counts = { graphs: 0, orders: 0, struck: 0 };
const faults: string[] = [];
for (const dag of dags(plan.base, plan.family, plan.length, Number(part), Number(parts))) {
  const { orders, struck, fault } = check(dag, plan.base.acts.length, plan);
  counts.graphs++;
  counts.orders += orders;
  if (struck) counts.struck++;
  if (fault !== null && faults.length < 3) faults.push(fault);
}
process.stdout.write(`${JSON.stringify({ ...counts, faults })}\n`);
