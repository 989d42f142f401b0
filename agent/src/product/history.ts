/** The signed log of membership as plain sentences, in causal order, with what is wrong with it if anything is. */
import type { Engine, SpaceView } from '@leanvibe/core/engine/api';
import type { Deed, History, HistoryFault, HistoryLink } from '@leanvibe/core/engine/history-report';
import { ControlFailure } from '../control/error.js';
import type { AuditLine, AuditToken, AuditView } from '../control/trust-views.js';
import type { Catalogs } from './catalog.js';
import type { Names } from './names.js';
import { spacesMeant, type Where, whereaboutsOf } from './whereabouts.js';
import { countOf, FAULTS, relayName, VOID_WORDS } from './history-words.js';

export interface HistoryDeps {
  readonly engine: Engine;
  readonly catalogs: Catalogs;
  readonly names: Names;
  readonly find: (text: string) => SpaceView;
}

/** Who a device is, with its person where others are about: `Ana's MacBook`. */
type Who = (device: string) => string;

const list = (names: readonly string[]): string =>
  names.length <= 4 ? names.join(', ').replace(/, ([^,]*)$/, ' and $1') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} others`;

function sentence(deed: Deed, by: string, who: Who, names: Names, where: Where, space: SpaceView): string {
  switch (deed.type) {
    case 'genesis':
      return deed.home ? `${by} began this person's devices` : `${by} made the space`;
    case 'add-person':
      return `${by} made ${names.ofPerson(deed.person)} ${/^[aeo]/.test(deed.role) ? 'an' : 'a'} ${deed.role} (${list(deed.devices.map((one) => names.of(one)))})`;
    case 'add-device':
      return deed.kind === 'paper'
        ? `${by} made a recovery key, ${names.of(deed.device)}`
        : `${by} added ${names.of(deed.device)}${space.home ? '' : ` to ${names.ofPerson(deed.person)}`}`;
    case 'remove-device':
      return `${by} removed ${who(deed.device)}`;
    case 'remove-person':
      return `${by} removed ${names.ofPerson(deed.person)}`;
    case 'set-role':
      return `${by} made ${names.ofPerson(deed.person)} ${/^[aeo]/.test(deed.role) ? 'an' : 'a'} ${deed.role}`;
    case 'epoch':
      return deed.replaces === 0 ? `${by} made the first keys` : `${by} renewed the keys for ${countOf(deed.recipients.length, 'device')}`;
    case 'grant':
      return `${by} gave ${who(deed.device)} the keys${deed.append ? '' : ', for reading only'}`;
    case 'accept':
    case 'drop': {
      const of = deed.of.map(
        (one) => `${who(one.device)} in ${where(space.space, one.document).project?.name ?? where(space.space, one.document).document}`,
      );
      const whose = of.length === 0 ? '' : ` of ${list([...new Set(of)])}`;
      return `${by} ${deed.type === 'accept' ? 'accepted' : 'dropped'} ${countOf(deed.changes.length, 'set-aside change')}${whose}`;
    }
    case 'succeed':
      return `${by} let ${names.of(deed.next)} go on in place of ${names.of(deed.previous)}`;
    case 'mailbox':
      return `${by} ${deed.open ? 'opened' : 'closed'} a mailbox at ${relayName(deed.relay)}`;
  }
}

function whyVoid(link: HistoryLink, byId: ReadonlyMap<string, HistoryLink>, who: Who, say: (link: HistoryLink) => string): string {
  if (link.verdict === 'valid') return '';
  const causes = link.cause.map((id) => byId.get(id)).filter((one) => one !== undefined);
  if (causes.length === 0) return VOID_WORDS[link.verdict];
  const [first] = causes;
  if (link.verdict === 'struck' && first?.verdict === 'valid')
    return causes.length === 2 && causes.every((one) => one.author === link.author && one.index === causes[0]?.index)
      ? `two copies of ${who(link.author)} wrote at once`
      : `${causes.map(say).join(', and ')}, and ${who(link.author)} did not know it yet`;
  return `${VOID_WORDS[link.verdict]}, because this did not count: ${causes.map(say).join('; ')}`;
}

function linesOf(history: History, space: SpaceView, names: Names, where: Where): readonly AuditLine[] {
  const persons = new Map(history.links.map(({ author, person }) => [author as string, person]));
  for (const { device, person } of space.devices) persons.set(device, person);
  const who: Who = (device) => {
    const person = persons.get(device);
    const [of, named] = [names.of(device), person == null ? '' : names.ofPerson(person)];
    return space.home || named === '' || named === of ? of : `${named}'s ${of}`;
  };
  const say = (link: HistoryLink): string => sentence(link.deed, who(link.author), who, names, where, space);
  const byId = new Map(history.links.map((link) => [link.link as string, link]));
  const proven = new Map(
    history.forks.map((fork) => [[...fork.links].map((id) => [...byId.keys()].indexOf(id)).sort((a, b) => b - a)[0], fork]),
  );
  const lines: AuditLine[] = [];
  for (const [at, link] of history.links.entries()) {
    lines.push({
      text: say(link),
      link: link.link,
      author: link.author,
      authorName: names.of(link.author),
      person: link.person,
      personName: link.person === null ? '' : names.ofPerson(link.person),
      index: link.index,
      operation: { ...link.deed },
      verdict: link.verdict,
      why: whyVoid(link, byId, who, say),
      cause: link.cause,
      parents: link.parents,
    });
    const fork = proven.get(at);
    if (fork !== undefined)
      lines.push({
        text: `two copies of ${who(fork.device)} wrote at once: it is shut out`,
        link: null,
        author: fork.device,
        authorName: names.of(fork.device),
        person: persons.get(fork.device) ?? null,
        personName: names.ofPerson(persons.get(fork.device) ?? ''),
        index: fork.index,
        operation: { type: 'fork', device: fork.device, index: fork.index, links: fork.links },
        verdict: 'valid',
        why: '',
        cause: fork.links,
        parents: [],
      });
  }
  return lines;
}

function faultView(fault: HistoryFault): AuditView['faults'][number] {
  return {
    entry: fault.entry,
    link: fault.link,
    what: fault.what,
    detail: FAULTS[fault.what] ?? `an entry that is not believed (${fault.what})`,
  };
}

async function tokensOf(engine: Engine, space: SpaceView, names: Names, where: Where): Promise<readonly AuditToken[]> {
  const found = new Map<string, { -readonly [K in keyof AuditToken]: AuditToken[K] }>();
  for (const act of await engine.tokenActs(space.space)) {
    const key = `${act.token.id}/${act.device}`;
    const row = found.get(key) ?? {
      id: String(act.token.id),
      name: act.token.name,
      deviceId: act.device,
      deviceName: names.of(act.device),
      changes: 0,
      drafts: 0,
      documents: [],
      first: null,
      last: null,
    };
    if (act.change === null) row.drafts++;
    else {
      row.changes++;
      row.first ??= act.change;
      row.last = act.change;
    }
    const { document, project } = where(space.space, act.document);
    const there = row.documents.find((one) => one.document === document && one.project === (project?.id ?? null));
    row.documents = [
      ...row.documents.filter((one) => one !== there),
      { document, project: project?.id ?? null, changes: (there?.changes ?? 0) + (act.change === null ? 0 : 1) },
    ];
    found.set(key, row);
  }
  return [...found.values()];
}

/** `since`: the start of a link's id; only what comes after it is told, of the space that holds it. */
export async function auditViews(
  { engine, catalogs, names, find }: HistoryDeps,
  text: string | undefined,
  since: string | undefined,
): Promise<readonly AuditView[]> {
  const where = await whereaboutsOf(catalogs);
  const views: AuditView[] = [];
  for (const space of spacesMeant(engine, find, text)) {
    const history = await engine.history(space.space);
    if (history === null) continue;
    const all = linesOf(history, space, names, where);
    const from = since === undefined ? -1 : all.findIndex(({ link }) => link?.startsWith(since) === true);
    if (since !== undefined && from < 0) continue;
    views.push({
      space: space.space,
      name: names.ofSpace(space.space),
      home: space.home,
      verified: history.verified,
      links: history.links.length,
      faults: history.faults.map(faultView),
      sealed: history.sealed,
      lines: all.slice(from + 1),
      tokens: await tokensOf(engine, space, names, where),
    });
  }
  if (since !== undefined && views.length === 0)
    throw new ControlFailure('not-found', `there is no link ${JSON.stringify(since)}`, 'see: leanvibe audit --json');
  return views;
}
