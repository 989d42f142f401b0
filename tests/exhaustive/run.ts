/** Checks parts of families of small graphs in a process of its own: it is sent which, and sends back what it counted. */
import { check } from './check.js';
import { dags } from './dags.js';
import { PLANS } from './plans.js';

export interface Task {
  readonly plan: string;
  readonly part: number;
  readonly parts: number;
}

export interface Report {
  readonly graphs: number;
  readonly orders: number;
  /** Graphs in which some link is void by what was done beside it. */
  readonly struck: number;
  /** Graphs set beside the one that stands for them. */
  readonly stoodFor: number;
  /** What differed, the first three. */
  readonly faults: readonly string[];
}

export function runPart({ plan: name, part, parts }: Task): Report {
  const plan = PLANS.find((one) => one.name === name);
  if (plan === undefined) throw new Error(`no plan is called ${name}`);
  const counts = { graphs: 0, orders: 0, struck: 0, stoodFor: 0 };
  const faults: string[] = [];
  for (const dag of dags(plan, { from: plan.oneIn * part + (plan.oneIn >> 1), of: plan.oneIn * parts })) {
    const { orders, struck, stoodFor, fault } = check(dag, { ...plan, fixed: plan.base.acts.length });
    counts.graphs++;
    counts.orders += orders;
    if (struck) counts.struck++;
    if (stoodFor) counts.stoodFor++;
    if (fault !== null && faults.length < 3) faults.push(fault);
  }
  return { ...counts, faults };
}

process.on('message', (task: Task) => process.send?.(runPart(task)));
