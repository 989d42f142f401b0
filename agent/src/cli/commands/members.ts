/** `leanvibe members`, `role`, `kick`, `leave`: who is in a space, and what they may do there. */
import type { MemberRow, SpaceRow } from '../../control/team-views.js';
import { wrongUse } from '../base/failure.js';
import type { Call, CommandSpec } from '../base/spec.js';
import { debtLines, ROLES, SPACE_OPTION, typed } from '../base/team-lines.js';
import { askLine } from '../term/ask.js';
import { safe } from '../term/safe.js';
import { table } from '../term/table.js';
import { shortId } from '../term/words.js';

function inSpace(call: Call): { readonly space?: string } {
  const space = call.option('space');
  return space === undefined ? {} : { space };
}

export const members: CommandSpec = {
  words: ['members'],
  summary: 'the people in a space, their roles and devices',
  options: [SPACE_OPTION],
  json: true,
  async run(call) {
    const { cli } = call;
    const all = await call.agent.ask('member.list', inSpace(call));
    if (call.json) return cli.json(all);
    const devices = ({ devices: list }: MemberRow): string =>
      list.map(({ name, thisDevice }) => `${safe(name)}${thisDevice ? ' (this one)' : ''}`).join(', ');
    const rows = all.map((one) => [`${safe(one.name)}${one.self ? ' (you)' : ''}`, shortId(one.id), one.role, devices(one)]);
    cli.lines(
      table([{ head: 'person', cut: 'end' }, { head: 'id' }, { head: 'role' }, { head: 'devices', cut: 'end' }], rows, cli.columns),
    );
  },
};

const MAY: Readonly<Record<(typeof ROLES)[number], string>> = {
  owner: 'may do everything, also with other owners',
  admin: 'may let people in and out, and write',
  editor: 'may read and write',
  viewer: 'may read, not write',
};

export const role: CommandSpec = {
  words: ['role'],
  summary: 'gives a member another role: owner, admin, editor or viewer',
  args: [{ name: 'person' }, { name: 'role', choices: ROLES }],
  options: [SPACE_OPTION],
  json: true,
  async run(call) {
    const { cli } = call;
    const wanted = ROLES.find((one) => one === call.need('role'));
    if (wanted === undefined) throw wrongUse(`<role> must be one of: ${ROLES.join(', ')}`);
    const member = await call.agent.ask('member.role', { ...inSpace(call), person: call.need('person'), role: wanted });
    if (call.json) return cli.json(member);
    cli.line(`  ${cli.style.done} ${member.self ? 'you are' : `${safe(member.name)} is`} ${wanted} now: ${MAY[wanted]}`);
  },
};

/** Which space is meant, in the agent's words. */
async function meant(call: Call): Promise<SpaceRow> {
  const all = await call.agent.ask('space.list', {});
  const people = await call.agent.ask('member.list', inSpace(call));
  const self = people.find((one) => one.self);
  const given = call.option('space')?.toLowerCase();
  const shared = all.filter(({ home, standing }) => !home && standing !== 'removed');
  const found = given === undefined ? shared[0] : all.find(({ id, name }) => name.toLowerCase() === given || id.startsWith(given));
  if (found === undefined || self === undefined) throw wrongUse('you are not in that space any more', 'leanvibe space list');
  return found;
}

/** Irreversible for the other side, so it is asked for by name. False when the person thought better of it. */
async function askByName(call: Call, question: string, name: string, again: string): Promise<boolean> {
  if (call.flag('yes')) return true;
  if (!call.cli.canAsk) throw wrongUse(`${again.split(' ')[1] ?? 'this'} needs a yes`, `${again} --yes`);
  const answer = await askLine(call.cli, `${question}; type ${safe(name)} to go on:`);
  if (answer?.trim() === name) return true;
  call.cli.line('  nothing changed');
  return false;
}

export const kick: CommandSpec = {
  words: ['kick'],
  summary: 'takes a person with all their devices out of a space: they can read nothing new',
  args: [{ name: 'person' }],
  options: [SPACE_OPTION, { long: 'yes', help: 'do not ask for the name' }],
  json: true,
  async run(call) {
    const { cli, agent } = call;
    const text = call.need('person');
    const all = await agent.ask('member.list', inSpace(call));
    const who = all.find(({ id }) => id === text) ?? all.find(({ name }) => name.toLowerCase() === text.toLowerCase());
    const name = who?.name ?? all.find(({ id }) => id.startsWith(text))?.name ?? text;
    if (
      !(await askByName(call, `${safe(name)} will read nothing new, and nothing they write is taken`, name, `leanvibe kick ${typed(name)}`))
    )
      return;
    const space = await agent.ask('member.kick', { ...inSpace(call), person: text });
    if (call.json) return cli.json(space);
    cli.line(`  ${cli.style.done} ${safe(name)} is out of ${safe(space.name)}: they keep what they had read, and can read nothing new`);
    cli.lines(debtLines([space], cli));
  },
};

export const leave: CommandSpec = {
  words: ['leave'],
  summary: 'goes out of a space, with all your devices; what is here stays readable',
  options: [SPACE_OPTION, { long: 'yes', help: 'do not ask for the name' }],
  json: true,
  async run(call) {
    const { cli, agent } = call;
    if (!call.flag('yes')) {
      const { name } = await meant(call);
      const again = `leanvibe leave --space ${typed(name)}`;
      if (!(await askByName(call, `you will hear nothing new of ${safe(name)}`, name, again))) return;
    }
    const space = await agent.ask('space.leave', inSpace(call));
    if (call.json) return cli.json(space);
    cli.line(`  ${cli.style.done} you are out of ${safe(space.name)}; what you had of it can still be read here`);
  },
};
