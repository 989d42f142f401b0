/** Where a space's mailboxes are, by its links: who may say so, who may take it back, and that everybody reads one list. */
import { describe, expect, it } from 'vitest';
import { MAILBOXES_MAX } from '@leanvibe/protocol/limits';
import type { Link } from '@leanvibe/core/internal/group/link';
import { act, device, foundWorld, mailbox, receive, snapshot, type World } from './world.js';

/** Ann owns, Cat administers, Dan and Eve edit, Pup only reads. */
function team(): World {
  const world = foundWorld('ann');
  world.say('ann.computer', act.addPerson('cat', 'admin', 'cat.computer'));
  world.say('ann.computer', act.addPerson('dan', 'editor', 'dan.computer'));
  world.say('dan.computer', act.addDevice('dan.phone'));
  world.say('ann.computer', act.addPerson('eve', 'editor', 'eve.computer'));
  world.say('ann.computer', act.addPerson('pup', 'viewer', 'pup.computer'));
  return world;
}
const heads = (world: World): readonly Link[] => world.graph.heads().map((id) => world.graph.get(id)!);
const links = (world: World): readonly string[] => world.now().mailboxes.map((one) => one.link);

describe('mailboxes', () => {
  it('C31 G24: an editor opens one and says where; a viewer does not', () => {
    const world = team();
    const before = world.tell();
    const opened = world.say('dan.computer', act.openMailbox('red'));
    expect(world.why(world.say('pup.computer', act.openMailbox('blue')))).toBe('rank');
    expect(world.now().mailboxes).toEqual([
      { relay: 'https://relay.example', mailbox: mailbox('red'), by: device('dan.computer'), link: opened.id },
    ]);
    expect(world.tell()).toBe(before);
  });

  it('G24: it is closed by any device of whoever opened it or by an admin, by nobody else, and may be opened again', () => {
    const world = team();
    world.say('dan.computer', act.openMailbox('red'));
    expect(world.why(world.say('eve.computer', act.closeMailbox('red')))).toBe('rank');
    expect(links(world)).toHaveLength(1);
    expect(world.why(world.say('dan.phone', act.closeMailbox('red')))).toBe('valid');
    expect(links(world)).toEqual([]);
    const again = world.say('eve.computer', act.openMailbox('red'));
    expect(links(world)).toEqual([again.id]);
    expect(world.why(world.say('cat.computer', act.closeMailbox('red')))).toBe('valid');
    expect(links(world)).toEqual([]);
  });

  it('G24: a close of what its past does not open, or at another relay, closes nothing', () => {
    const world = team();
    const opened = world.say('dan.computer', act.openMailbox('red'));
    expect(world.why(world.say('cat.computer', act.closeMailbox('blue')))).toBe('no-target');
    expect(world.why(world.say('cat.computer', act.closeMailbox('red', 'https://other.example')))).toBe('no-target');
    expect(links(world)).toEqual([opened.id]);
  });

  it('G24: an editor who opens what somebody else opened closes no more than their own part of it', () => {
    const world = team();
    const first = world.say('dan.computer', act.openMailbox('red'));
    world.say('eve.computer', act.openMailbox('red'));
    expect(world.why(world.say('eve.computer', act.closeMailbox('red')))).toBe('valid');
    expect(links(world)).toEqual([first.id]);
    world.say('ann.computer', act.closeMailbox('red'));
    expect(links(world)).toEqual([]);
  });

  it('G24: a close takes back nothing that was opened beside it', () => {
    const world = team();
    const early = world.say('dan.computer', act.openMailbox('red'));
    const base = heads(world);
    const other = world.say('eve.computer', act.openMailbox('blue'), base);
    const same = world.say('eve.computer', act.openMailbox('red'), [...base, other]);
    world.say('ann.computer', act.closeMailbox('red'), base);
    expect(links(world)).toEqual([other.id, same.id]);
    expect(links(world)).not.toContain(early.id);
  });

  it('G12 G24: what a removed device says beside its removal is struck; what it said before stays', () => {
    const world = team();
    const before = world.say('dan.computer', act.openMailbox('red'));
    const mine = world.say('eve.computer', act.openMailbox('green'));
    const base = heads(world);
    const opened = world.say('dan.computer', act.openMailbox('blue'), base);
    const closed = world.say('dan.computer', act.closeMailbox('red'), [opened]);
    world.say('ann.computer', act.removePerson('dan'), base);
    expect([opened, closed].map(world.why)).toEqual(['struck', 'struck']);
    expect(links(world)).toEqual([before.id, mine.id]);
  });

  it('G13 G24: a demotion beside it strikes an opening, and a close of what somebody else opened, not that of one’s own', () => {
    const world = team();
    const own = world.say('cat.computer', act.openMailbox('red'));
    const other = world.say('dan.computer', act.openMailbox('blue'));
    const base = heads(world);
    const opening = world.say('cat.computer', act.openMailbox('green'), base);
    const closes = world.say('cat.computer', act.closeMailbox('blue'), [opening]);
    const gives = world.say('cat.computer', act.closeMailbox('red'), [closes]);
    world.say('ann.computer', act.setRole('cat', 'viewer'), base);
    expect([opening, closes, gives].map(world.why)).toEqual(['demoted', 'demoted', 'valid']);
    expect(links(world)).toEqual([other.id]);
    expect(links(world)).not.toContain(own.id);
  });

  it('G24: a close that was an admin’s and then only an editor’s closes what is that editor’s own', () => {
    const world = team();
    const theirs = world.say('dan.computer', act.openMailbox('red'));
    world.say('cat.computer', act.openMailbox('red'));
    const base = heads(world);
    const close = world.say('cat.computer', act.closeMailbox('red'), base);
    expect(links(world)).toEqual([]);
    world.say('ann.computer', act.setRole('cat', 'editor'), base);
    expect(world.why(close)).toBe('valid');
    expect(links(world)).toEqual([theirs.id]);
  });

  it('P1 G24: those opened first come first, and ids settle what is equally deep, in every order of delivery', () => {
    const world = team();
    const base = heads(world);
    const [dan, eve] = [world.say('dan.computer', act.openMailbox('red'), base), world.say('eve.computer', act.openMailbox('blue'), base)];
    const late = world.say('ann.computer', act.openMailbox('aaa'));
    const right = [...[dan, eve].map((one) => one.id).sort(), late.id];
    expect(links(world)).toEqual(right);
    const backwards = receive(world.space, world.links.toReversed());
    expect(snapshot(backwards)).toBe(snapshot(world.now()));
    expect(backwards.mailboxes.map((one) => one.link)).toEqual(right);
  });

  it('G24: more than are used wait until one of them is closed', () => {
    const world = team();
    const opened = Array.from({ length: MAILBOXES_MAX + 1 }, (_, at) => world.say('dan.computer', act.openMailbox(`box ${at}`)).id);
    expect(links(world)).toEqual(opened.slice(0, -1));
    world.say('ann.computer', act.closeMailbox('box 3'));
    expect(links(world)).toEqual(opened.filter((_, at) => at !== 3));
  });
});
