/** What tests on a network do again and again: machines with running agents, paired ones, and waiting until they agree. */
import type { PairOffer, PairStatus, StatusView, TaskView } from '@leanvibe/agent/internal/control/views';
import { makeLan } from './lan.js';
import { type Machine, machine, type MachineOptions } from './machine.js';
import { until } from './wait.js';

const STARTED_TOGETHER = 3;

type OnePer<Names extends readonly string[]> = { readonly [K in keyof Names]: Machine };

/** One machine per name on one network, agents running. */
export async function machines<Names extends readonly string[]>(...names: Names): Promise<OnePer<Names>> {
  return await machinesIn<Names>({}, ...names);
}

/** The same, with this in the environment of all of them. */
export async function machinesIn<Names extends readonly string[]>(
  env: Readonly<Record<string, string>>,
  ...names: Names
): Promise<OnePer<Names>> {
  const hosts = await makeLan(names.length);
  const all = await Promise.all(hosts.map((host, index) => machine(host, { ...named(names[index]), env })));
  await allUp(all);
  return all as unknown as OnePer<Names>;
}

function named(name: string | undefined): MachineOptions {
  return name === undefined ? {} : { name };
}

/** Starts their agents; more at once would only keep each other from answering in time on two cores. */
export async function allUp(all: readonly Machine[]): Promise<void> {
  for (let at = 0; at < all.length; at += STARTED_TOGETHER) await Promise.all(all.slice(at, at + STARTED_TOGETHER).map((one) => one.up()));
}

/** `newcomer` becomes a device of `host`'s person by the link that `leanvibe pair` shows. */
export async function pairByLink(shows: Machine, joins: Machine): Promise<void> {
  const { link } = await shows.json<PairOffer>('pair');
  const joined = await joins.cli('join', link, '--json');
  if (joined.code !== 0) throw new Error(`join: ${joined.stderr}`);
  await inStep(shows, joins);
}

/** Every one of them is connected to all the others and none has anything the others lack. */
export async function inStep(...all: readonly Machine[]): Promise<number> {
  const { tookMs } = await until(
    'all to be in step',
    async () => (await Promise.all(all.map((one) => one.ask('status', {})))).every((status) => withAll(status, all.length)),
    30_000,
  );
  return tookMs;
}

function withAll({ inStep: quiet, peers }: StatusView, size: number): boolean {
  return quiet && peers.filter(({ state }) => state === 'in-step').length >= size - 1;
}

/** The six digits the admitting side shows. */
export async function asked(shows: Machine): Promise<PairStatus> {
  return (
    await until('somebody to ask', async () => {
      const status = await shows.ask('pair.status', {});
      return status.state === 'asked' ? status : null;
    })
  ).value;
}

export async function titles(one: Machine, project: string): Promise<readonly string[]> {
  return (await tasks(one, project)).map(({ title }) => title);
}

/** Of a project that this machine may not have heard of yet: then none. */
export async function tasks(one: Machine, project: string): Promise<readonly TaskView[]> {
  return one.ask('task.list', { project }).catch((error: unknown) => {
    if (/not-found/.test(String(error))) return [];
    throw error;
  });
}

export function figure(name: string, ms: number, bound?: string): void {
  process.stdout.write(`  figure: ${name}: ${Math.round(ms)} ms${bound === undefined ? '' : ` (${bound})`}\n`);
}
