/**
 * The rules of membership once more, written from the text of the rules with plain sets and no speed: every test that compares
 * the resolver with this compares two programs, not one with itself.
 */
import type { DeviceId, LinkId, PersonId } from '@leanvibe/protocol/ids';
import { DEVICE_KINDS, type DeviceCard, type Operation } from '@leanvibe/protocol/link';
import type { Link } from '@leanvibe/core/internal/group/link';

const PAPER = DEVICE_KINDS.indexOf('paper');
const [EDITOR, ADMIN, OWNER] = [1, 2, 3] as const;
type Lean = 'high' | 'low';
type Stand = 'no-seat' | 'struck' | number;
type Part = 'stand' | 'deed';
interface Question {
  readonly link: Link;
  readonly part: Part;
}

export interface NaiveResult {
  readonly verdicts: ReadonlyMap<LinkId, string>;
  /** person → role number and live devices, ascending. */
  readonly members: readonly string[];
  /** relay, id and link, in the order in which they are used. */
  readonly mailboxes: readonly string[];
}

/** What depends on the links alone, not on what is decided, is worked out once. */
function kept<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key) as V;
  };
}
function keptInSet<K, V>(make: (key: K, set: ReadonlySet<LinkId>) => V): (key: K, set: ReadonlySet<LinkId>) => V {
  const inSets = kept((set: ReadonlySet<LinkId>) => kept((key: K) => make(key, set)));
  return (key, set) => inSets(set)(key);
}

export function naive(links: readonly Link[]): NaiveResult {
  const all = new Map(links.map((link) => [link.id, link]));
  const pastOf = kept((link: Link): Set<LinkId> => {
    const set = new Set<LinkId>();
    for (const parent of link.body.parents) {
      set.add(parent);
      for (const one of pastOf(all.get(parent)!)) set.add(one);
    }
    return set;
  });
  const depth = kept((link: Link): number => link.body.parents.reduce((deepest, one) => Math.max(deepest, depth(all.get(one)!) + 1), 0));
  const before = (a: Link, b: Link): boolean => pastOf(b).has(a.id);
  const beside = (a: Link, b: Link): boolean => a !== b && !before(a, b) && !before(b, a);
  const everything: ReadonlySet<LinkId> = new Set(all.keys());
  const inSet = kept((set: ReadonlySet<LinkId>): readonly Link[] => links.filter((link) => set.has(link.id)));
  const besides = kept((link: Link): readonly Link[] => links.filter((other) => beside(other, link)));

  const deeds = new Map<LinkId, string>();
  const stands = new Map<LinkId, Stand>();
  const ranks = new Map<LinkId, number>();
  const isValid = (link: Link): boolean => deeds.get(link.id) === 'valid';
  const isOpen = (link: Link): boolean => !deeds.has(link.id);

  const cards = (op: Operation): readonly DeviceCard[] =>
    op.type === 'genesis'
      ? [op.card]
      : op.type === 'add-device'
        ? [op.device.card]
        : op.type === 'add-person'
          ? op.devices.map((one) => one.card)
          : [];
  const named = (link: Link): PersonId | null => {
    const op = link.body.operation;
    if (op.type === 'genesis') return op.person ?? (link.id as string as PersonId);
    return 'person' in op ? op.person : null;
  };
  const adds = (device: DeviceId, link: Link): boolean => cards(link.body.operation).some((card) => card.device === device);
  const removes = (device: DeviceId, link: Link): boolean => {
    const op = link.body.operation;
    return (op.type === 'remove-device' && op.device === device) || (op.type === 'succeed' && op.previous === device);
  };
  const leaves = (person: PersonId, link: Link): boolean => link.body.operation.type === 'remove-person' && named(link) === person;
  const gives = (person: PersonId, link: Link): boolean =>
    ['genesis', 'add-person', 'set-role'].includes(link.body.operation.type) && named(link) === person;
  const roleGiven = (link: Link): number => {
    const op = link.body.operation;
    return op.type === 'add-person' || op.type === 'set-role' ? op.role : OWNER;
  };
  const older = (a: Link, b: Link): number => depth(a) - depth(b) || (a.id < b.id ? -1 : 1);
  const rankOf = (role: number, paper: boolean): number => (role === OWNER ? (paper ? 3 : 2) : role === ADMIN ? 1 : 0);

  /** In a set: the links that add the device, oldest first; those that remove it; those by which the person leaves; those that give it a role. */
  const addsIn = keptInSet((device: DeviceId, set) =>
    inSet(set)
      .filter((link) => adds(device, link))
      .sort(older),
  );
  const removesIn = keptInSet((device: DeviceId, set) => inSet(set).filter((link) => removes(device, link)));
  const leavesIn = keptInSet((person: PersonId, set) => inSet(set).filter((link) => leaves(person, link)));
  const givesIn = keptInSet((person: PersonId, set) => inSet(set).filter((link) => gives(person, link)));

  const grants = (link: Link, lean: Lean): boolean => isValid(link) || (isOpen(link) && lean === 'high');
  const ends = (link: Link, lean: Lean): boolean => isValid(link) || (isOpen(link) && lean === 'low');
  /** The links before it add its author as paper, and never as anything else: then it is no evidence of a fork (G22). */
  const onPaper = kept((link: Link): boolean => {
    const kinds = [...pastOf(link)]
      .flatMap((one) => cards(all.get(one)!.body.operation))
      .filter((card) => card.device === link.body.author)
      .map((card) => card.kind);
    return kinds.length > 0 && kinds.every((kind) => kind === PAPER);
  });
  /** The lowest index that two links of the device share; null for none. */
  const forkedIn = keptInSet((device: DeviceId, set): number | null => {
    const seen = new Set<number>();
    let lowest: number | null = null;
    for (const link of inSet(set)) {
      if (link.body.author !== device || onPaper(link)) continue;
      if (seen.has(link.body.index)) lowest = Math.min(lowest ?? link.body.index, link.body.index);
      seen.add(link.body.index);
    }
    return lowest;
  });
  const personOf = (device: DeviceId, set: ReadonlySet<LinkId>): PersonId | null => {
    const first = addsIn(device, set)[0];
    return first === undefined ? null : named(first);
  };
  const personsOf = (device: DeviceId, set: ReadonlySet<LinkId>): PersonId[] => addsIn(device, set).map((link) => named(link)!);
  const seat = (device: DeviceId, set: ReadonlySet<LinkId>, lean: Lean): { person: PersonId; paper: boolean } | null => {
    const person = personOf(device, set);
    if (person === null || forkedIn(device, set) !== null) return null;
    const gone = [...removesIn(device, set), ...leavesIn(person, set)].filter((link) => ends(link, lean));
    const add = addsIn(device, set).find((link) => named(link) === person && grants(link, lean) && gone.every((one) => before(one, link)));
    if (add === undefined) return null;
    return { person, paper: cards(add.body.operation).find((card) => card.device === device)!.kind === PAPER };
  };
  const role = (person: PersonId, set: ReadonlySet<LinkId>, lean: Lean): number | null => {
    const gone = leavesIn(person, set).filter((link) => ends(link, lean));
    const held = givesIn(person, set).filter(
      (link) => (grants(link, lean) || (isOpen(link) && link.body.operation.type === 'set-role')) && gone.every((one) => before(one, link)),
    );
    const last = held.filter((link) => !held.some((other) => isValid(other) && before(link, other)));
    if (last.length === 0 || (lean === 'low' && !last.some(isValid))) return null;
    if (last.some(isOpen)) return (lean === 'high' ? Math.max : Math.min)(...last.map(roleGiven));
    const joined = (link: Link): number => {
      const giver = personOf(link.body.author, pastOf(link));
      const joins =
        giver === null ? [] : givesIn(giver, pastOf(link)).filter((one) => isValid(one) && one.body.operation.type !== 'set-role');
      return Math.min(depth(link), ...joins.map(depth));
    };
    last.sort((a, b) => ranks.get(b.id)! - ranks.get(a.id)! || joined(a) - joined(b) || (a.id < b.id ? -1 : 1));
    return roleGiven(last[0]!);
  };
  const personRank = (person: PersonId, set: ReadonlySet<LinkId>, lean: Lean): number => {
    const held = role(person, set, lean);
    if (held !== OWNER) return rankOf(held ?? 0, false);
    const devices = new Set(
      inSet(set)
        .filter((link) => named(link) === person)
        .flatMap((link) => cards(link.body.operation).map((card) => card.device)),
    );
    return [...devices].some((device) => {
      const found = seat(device, set, lean);
      return found?.person === person && found.paper;
    })
      ? 3
      : 2;
  };
  const author = (link: Link, lean: Lean): { person: PersonId; paper: boolean; role: number; rank: number } | null => {
    const op = link.body.operation;
    if (op.type === 'genesis')
      return { person: named(link)!, paper: op.card.kind === PAPER, role: OWNER, rank: rankOf(OWNER, op.card.kind === PAPER) };
    const found = seat(link.body.author, pastOf(link), lean);
    const held = found === null ? null : role(found.person, pastOf(link), lean);
    return found === null || held === null
      ? null
      : { person: found.person, paper: found.paper, role: held, rank: rankOf(held, found.paper) };
  };

  const opens = (link: Link, { relay, mailbox }: { readonly relay: string; readonly mailbox: string }): boolean => {
    const op = link.body.operation;
    return op.type === 'mailbox' && op.open && op.relay === relay && op.mailbox === mailbox;
  };
  const objection = (link: Link, lean: Lean, cap: number): string | null => {
    const op = link.body.operation;
    if (op.type === 'genesis') return null;
    const full = author(link, lean);
    if (full === null) return 'not-live';
    const by = cap < full.role ? { person: full.person, paper: full.paper, role: cap, rank: rankOf(cap, full.paper) } : full;
    const set = pastOf(link);
    const against: Lean = lean === 'high' ? 'low' : 'high';
    const addable = (person: PersonId): string | null => {
      for (const { device } of cards(op)) {
        if (forkedIn(device, set) !== null) return 'forked';
        const bound = personOf(device, set);
        if ((bound !== null && bound !== person) || seat(device, set, 'low') !== null) return 'already';
      }
      return null;
    };
    const onPerson = (person: PersonId): string | null => {
      if (role(person, set, lean) === null) return 'no-target';
      const own = person === by.person;
      const full = personRank(person, set, against);
      const rank = own && by.role < OWNER ? Math.min(full, rankOf(by.role, false)) : full;
      return (own || by.role >= ADMIN) && by.rank >= rank ? null : 'rank';
    };
    const onDevice = (device: DeviceId, own: boolean): string | null => {
      const target = seat(device, set, lean);
      if (target === null) return 'no-target';
      const held = role(target.person, set, against) ?? 0;
      const rank = rankOf(target.person === by.person ? Math.min(held, by.role) : held, target.paper);
      return (target.person === by.person || (!own && by.role >= ADMIN)) && by.rank >= rank ? null : 'rank';
    };
    switch (op.type) {
      case 'add-person':
        if (by.role < ADMIN || op.role > by.role) return 'rank';
        return role(op.person, set, 'low') !== null ? 'already' : addable(op.person);
      case 'add-device':
        return op.person === by.person ? addable(op.person) : 'rank';
      case 'remove-device':
        return onDevice(op.device, false);
      case 'succeed': {
        const next = seat(op.next, set, lean);
        if (next === null || seat(op.previous, set, lean) === null) return 'no-target';
        return next.person === by.person ? onDevice(op.previous, true) : 'rank';
      }
      case 'remove-person':
        return onPerson(op.person);
      case 'set-role':
        return op.role > by.role ? 'rank' : onPerson(op.person);
      case 'epoch':
        return by.role < EDITOR ? 'rank' : null;
      case 'grant': {
        if (by.role < EDITOR) return 'rank';
        if (!set.has(op.epoch as string as LinkId) || all.get(op.epoch as string as LinkId)!.body.operation.type !== 'epoch')
          return 'epoch';
        const target = seat(op.device, set, lean);
        if (target === null) return 'no-target';
        return op.append && (role(target.person, set, lean) ?? 0) < EDITOR ? 'rank' : null;
      }
      case 'accept':
      case 'drop':
        return by.role < ADMIN ? 'rank' : null;
      case 'mailbox': {
        if (op.open) return by.role < EDITOR ? 'rank' : null;
        const opened = inSet(set).filter((one) => opens(one, op));
        if (opened.length === 0) return 'no-target';
        return by.role >= ADMIN || opened.some((one) => personOf(one.body.author, set) === by.person) ? null : 'rank';
      }
    }
  };
  const demotes = (link: Link): boolean => {
    const op = link.body.operation;
    return op.type === 'set-role' && (role(op.person, pastOf(link), 'high') ?? 0) > op.role;
  };

  /** Each device's removals in order: none after an undecided one, none after a valid one that prevails and leaves no more. */
  const heard = (link: Link, list: readonly Link[]): Link[] => {
    if (list.length === 0) return [];
    const loud: Link[] = [];
    const rank = author(link, 'high')?.rank ?? 0;
    for (const other of [...list].sort(older)) {
      const op = other.body.operation;
      const silenced = loud.some((first) => {
        if (first.body.author !== other.body.author || !before(first, other)) return false;
        const did = first.body.operation;
        const weaker = did.type !== 'set-role' || (op.type === 'set-role' && op.role >= did.role);
        return isOpen(first) || (isValid(first) && ranks.get(first.id)! >= rank && weaker);
      });
      if (!silenced && (isValid(other) || isOpen(other)) && (op.type !== 'set-role' || demotes(other))) loud.push(other);
    }
    return loud;
  };
  const attackers = (link: Link): (Link | null)[] => {
    const persons = [...new Set(personsOf(link.body.author, pastOf(link)))];
    const concurrent = besides(link);
    const fork = forkedIn(link.body.author, everything);
    return [
      ...(fork !== null && link.body.index >= fork ? [null] : []),
      ...heard(
        link,
        concurrent.filter((other) => removes(link.body.author, other)),
      ),
      ...persons.flatMap((person) =>
        heard(
          link,
          concurrent.filter((other) => leaves(person, other)),
        ),
      ),
      ...persons.flatMap((person) =>
        heard(
          link,
          concurrent.filter((other) => other.body.operation.type === 'set-role' && named(other) === person),
        ),
      ),
    ];
  };
  const everAdmin = kept((person: PersonId): boolean => links.some((link) => gives(person, link) && roleGiven(link) >= ADMIN));
  const heirs = kept((link: Link): readonly Link[] => {
    const persons = personsOf(link.body.author, pastOf(link));
    return links.filter((other) => {
      const theirs = personsOf(other.body.author, everything);
      return before(link, other) && theirs.some(everAdmin) && !theirs.some((person) => persons.includes(person));
    });
  });
  const witnesses = (link: Link, attacker: Link | null): Link[] =>
    heirs(link).filter((other) =>
      attacker === null ? forkedIn(link.body.author, pastOf(other)) === null : other !== attacker && !before(attacker, other),
    );
  const stood = (link: Link): boolean => typeof stands.get(link.id) === 'number' && (stands.get(link.id) as number) >= ADMIN;
  const attackRank = (attacker: Link | null): number => (attacker === null ? 4 : ranks.get(attacker.id)!);
  const capOf = (strikers: readonly (Link | null)[]): number | null => {
    let cap: number | null = OWNER;
    for (const striker of strikers) {
      const op = striker?.body.operation;
      cap = op?.type === 'set-role' && cap !== null ? Math.min(cap, op.role) : null;
    }
    return cap;
  };
  const strikers = (link: Link, rank: number, mayYetStand: boolean): (Link | null)[] =>
    attackers(link).filter(
      (one) =>
        (one === null || isValid(one)) &&
        attackRank(one) >= rank &&
        !witnesses(link, one).some((k) => stood(k) || (mayYetStand && !stands.has(k.id))),
    );

  const answered = ({ link, part }: Question): boolean => (part === 'deed' ? deeds : stands).has(link.id);
  const decide = ({ link, part }: Question): void => {
    const by = author(link, 'high');
    if (part === 'stand') {
      if (by !== null && !isValid(link)) ranks.set(link.id, by.rank);
      const cap = by === null ? null : capOf(strikers(link, by.rank, false));
      stands.set(link.id, by === null ? 'no-seat' : cap === null ? 'struck' : Math.min(cap, by.role));
      return;
    }
    const reason = objection(link, 'high', OWNER);
    const stand = stands.get(link.id)!;
    if (reason !== null) deeds.set(link.id, reason);
    else if (typeof stand !== 'number') deeds.set(link.id, 'struck');
    else deeds.set(link.id, objection(link, 'high', stand) === null ? 'valid' : 'demoted');
    ranks.set(link.id, by?.rank ?? 0);
  };
  const hopeless = ({ link, part }: Question): boolean => {
    const by = author(link, 'high');
    const cap = by === null ? null : capOf(strikers(link, by.rank, true));
    if (part === 'stand') {
      if (cap !== null) return false;
      if (!isValid(link)) ranks.set(link.id, by?.rank ?? 0);
      stands.set(link.id, by === null ? 'no-seat' : 'struck');
      return true;
    }
    const reason = objection(link, 'high', OWNER) ?? (cap === null ? 'struck' : objection(link, 'high', cap) === null ? null : 'demoted');
    if (reason !== null) deeds.set(link.id, reason);
    return reason !== null;
  };
  const needs = ({ link, part }: Question): { firm: Question[]; soft: Question[] } => {
    const op = link.body.operation;
    const set = pastOf(link);
    const person = part === 'deed' ? named(link) : null;
    const devices = new Set<DeviceId>(part === 'stand' ? [link.body.author] : cards(op).map((card) => card.device));
    if (part === 'deed' && (op.type === 'remove-device' || op.type === 'grant')) devices.add(op.device);
    if (part === 'deed' && op.type === 'succeed') for (const one of [op.previous, op.next]) devices.add(one);
    const persons = new Set<PersonId>([...devices].flatMap((device) => personsOf(device, set)));
    if (person !== null) {
      persons.add(person);
      for (const one of links)
        if (named(one) === person) for (const card of cards(one.body.operation)) if (card.kind === PAPER) devices.add(card.device);
    }
    const lists: ((one: Link) => boolean)[] = [];
    for (const device of devices)
      lists.push(
        (one) => adds(device, one),
        (one) => removes(device, one),
      );
    for (const one of persons)
      lists.push(
        (other) => gives(one, other),
        (other) => leaves(one, other),
      );
    const firm: Question[] = [];
    for (const belongs of lists) {
      const list = inSet(set).filter(belongs);
      const hidden = (one: Link): boolean =>
        list.some((later) => isValid(later) && later.body.author === one.body.author && before(one, later));
      for (const one of list) if (isOpen(one) && !hidden(one)) firm.push({ link: one, part: 'deed' });
    }
    if (part === 'deed') {
      if (!stands.has(link.id)) firm.push({ link, part: 'stand' });
      return { firm, soft: [] };
    }
    const soft: Question[] = [];
    for (const attacker of attackers(link)) {
      if (witnesses(link, attacker).some(stood)) continue;
      if (attacker !== null && isOpen(attacker)) firm.push({ link: attacker, part: 'deed' });
      for (const witness of witnesses(link, attacker)) if (!stands.has(witness.id)) soft.push({ link: witness, part: 'stand' });
    }
    return { firm, soft };
  };

  const name = ({ link, part }: Question): string => `${part} ${link.id}`;
  const innermost = (nodes: readonly Question[], edges: ReadonlyMap<string, readonly string[]>): Question[][] => {
    const reach = (from: string): Set<string> => {
      const seen = new Set<string>();
      const queue = [from];
      for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
        for (const to of edges.get(at) ?? []) if (!seen.has(to)) queue.push(...[to].filter((one) => (seen.add(one), true)));
      }
      return seen;
    };
    const reached = new Map(nodes.map((node) => [name(node), reach(name(node))]));
    const groups = new Map<string, Question[]>();
    for (const node of nodes) {
      const mine = reached.get(name(node))!;
      if ([...mine].some((other) => !reached.get(other)!.has(name(node)))) continue;
      const key = [...new Set([...mine, name(node)])].sort().join();
      groups.set(key, [...(groups.get(key) ?? []), node]);
    }
    return [...groups.values()];
  };

  let open: Question[] = links.flatMap((link) => [
    { link, part: 'stand' as const },
    { link, part: 'deed' as const },
  ]);
  while (open.length > 0) {
    let moved = false;
    for (const question of open) {
      if (!hopeless(question)) {
        const { firm, soft } = needs(question);
        if (firm.length + soft.length > 0) continue;
        decide(question);
      }
      moved = true;
    }
    if (!moved) {
      const waits = new Map(open.map((question) => [name(question), needs(question)]));
      const edges = new Map([...waits].map(([key, { firm, soft }]) => [key, [...firm, ...soft].map(name)]));
      const cuts = innermost(open, edges).flatMap((knot) => {
        const members = new Set(knot.map(name));
        return innermost(
          knot,
          new Map(
            knot.map((one) => [
              name(one),
              waits
                .get(name(one))!
                .firm.map(name)
                .filter((key) => members.has(key)),
            ]),
          ),
        );
      });
      const chosen = cuts.map((cut) => {
        if (cut.length === 1) return { alone: cut[0]!, mutual: [] };
        const removals = cut.filter(
          ({ link, part }) =>
            part === 'deed' && (['remove-device', 'remove-person', 'succeed'].includes(link.body.operation.type) || demotes(link)),
        );
        const rank = Math.max(...removals.map(({ link }) => author(link, 'high')!.rank));
        return {
          alone: null,
          mutual: removals.filter(({ link }) => author(link, 'high')!.rank === rank).map(({ link }) => ({ link, rank })),
        };
      });
      for (const { alone, mutual } of chosen) {
        if (alone !== null) decide(alone);
        for (const { link, rank } of mutual) {
          deeds.set(link.id, 'valid');
          ranks.set(link.id, rank);
        }
      }
    }
    open = open.filter((question) => !answered(question));
  }

  for (const link of links) {
    if (isValid(link)) continue;
    deeds.set(link.id, objection(link, 'high', OWNER) ?? (stands.get(link.id) === 'struck' ? 'struck' : 'demoted'));
  }

  const persons = [...new Set(links.map(named).filter((one) => one !== null))].sort();
  const members: string[] = [];
  for (const person of persons) {
    const held = role(person, everything, 'high');
    if (held === null) continue;
    const devices = new Set(
      links.filter((link) => named(link) === person).flatMap((link) => cards(link.body.operation).map((card) => card.device)),
    );
    const live = [...devices].filter((device) => seat(device, everything, 'high')?.person === person).sort();
    members.push(`${person} ${held} ${live.join()}`);
  }
  const standing = links.filter((link) => {
    if (link.body.operation.type !== 'mailbox' || !link.body.operation.open || !isValid(link)) return false;
    return !links.some((close) => {
      const op = close.body.operation;
      if (op.type !== 'mailbox' || op.open || !isValid(close) || !before(link, close) || !opens(link, op)) return false;
      const own = personOf(close.body.author, everything) === personOf(link.body.author, everything);
      return own || stood(close);
    });
  });
  const mailboxes = new Map<string, string>();
  for (const { id, body } of standing.sort(older)) {
    const { relay, mailbox } = body.operation as Extract<Operation, { type: 'mailbox' }>;
    if (!mailboxes.has(`${relay} ${mailbox}`)) mailboxes.set(`${relay} ${mailbox}`, `${relay} ${mailbox} ${id}`);
  }
  return { verdicts: deeds, members, mailboxes: [...mailboxes.values()].slice(0, 16) };
}
