/** Membership as a play: who was there, what they did without knowing of each other, and the one way it ends. */
import { describe, expect, it } from 'vitest';
import { act, device, foundWorld, receive, snapshot, type World } from './world.js';
import { createResolver } from '@leanvibe/core/internal/group/resolve';

/** Ann owns, Bob owns, Cat administers, Dan edits. */
function team(): World {
  const world = foundWorld('ann');
  world.say('ann.computer', act.addPerson('bob', 'owner', 'bob.computer'));
  world.say('ann.computer', act.addPerson('cat', 'admin', 'cat.computer'));
  world.say('ann.computer', act.addPerson('dan', 'editor', 'dan.computer'));
  return world;
}
const heads = (world: World) => world.graph.heads().map((id) => ({ ...world.graph.get(id)! }));

describe('one branch', () => {
  it('C2 G8: an admin adds a person with a role up to its own, an editor adds nobody', () => {
    const world = team();
    expect(world.why(world.say('cat.computer', act.addPerson('eve', 'admin', 'eve.computer')))).toBe('valid');
    expect(world.why(world.say('cat.computer', act.addPerson('pup', 'owner', 'pup.computer')))).toBe('rank');
    expect(world.why(world.say('dan.computer', act.addPerson('pup', 'viewer', 'pup.computer')))).toBe('rank');
    expect(world.tell()).toBe('ann:owner(1) bob:owner(1) cat:admin(1) dan:editor(1) eve:admin(1)');
  });

  it('C4: nobody acts on a higher rank', () => {
    const world = team();
    expect(world.why(world.say('cat.computer', act.removePerson('ann')))).toBe('rank');
    expect(world.why(world.say('cat.computer', act.setRole('bob', 'viewer')))).toBe('rank');
    expect(world.why(world.say('dan.computer', act.removeDevice('cat.computer')))).toBe('rank');
    expect(world.why(world.say('bob.computer', act.addDevice('bob.paper')))).toBe('valid');
    expect(world.why(world.say('ann.computer', act.removeDevice('bob.paper')))).toBe('rank');
    expect(world.why(world.say('ann.computer', act.removePerson('bob')))).toBe('rank');
    expect(world.why(world.say('bob.paper', act.removePerson('ann')))).toBe('valid');
  });

  it('G4: the paper device of an editor does not outrank an owner', () => {
    const world = team();
    world.say('dan.computer', act.addDevice('dan.paper'));
    expect(world.why(world.say('dan.paper', act.removePerson('ann')))).toBe('rank');
    expect(world.why(world.say('cat.computer', act.removePerson('dan')))).toBe('valid');
  });

  it('C2: any live device of a person adds and removes devices of that person, and no other person does', () => {
    const world = team();
    world.say('dan.computer', act.addDevice('dan.phone'));
    expect(world.why(world.say('dan.phone', act.addDevice('dan.browser')))).toBe('valid');
    expect(world.why(world.say('dan.browser', act.removeDevice('dan.computer')))).toBe('valid');
    expect(world.why(world.say('ann.computer', { ...act.addDevice('dan.phone.2') }))).toBe('rank');
    expect(world.why(world.say('dan.computer', act.addDevice('dan.computer.2')))).toBe('not-live');
    expect(world.tell()).toContain('dan:editor(2)');
  });

  it('C4: a device removed and added again is live by the later addition, which begins a new chain', () => {
    const world = team();
    const first = world.now().devices.get(device('dan.computer'))?.addedBy;
    world.say('cat.computer', act.removePerson('dan'));
    expect(world.tell()).not.toContain('dan');
    const again = world.say('cat.computer', act.addPerson('dan', 'viewer', 'dan.computer'));
    const state = world.now().devices.get(device('dan.computer'));
    expect(state).toMatchObject({ state: 'live', addedBy: again.id, history: [first, again.id] });
    expect(world.now().removalsOf(first!)).toHaveLength(1);
    expect(world.now().removalsOf(again.id)).toHaveLength(0);
  });

  it('G9: a member is not added twice, and a device keeps to one person', () => {
    const world = team();
    expect(world.why(world.say('ann.computer', act.addPerson('dan', 'owner', 'dan.phone')))).toBe('already');
    expect(world.why(world.say('ann.computer', act.addPerson('eve', 'editor', 'dan.computer')))).toBe('already');
    world.say('ann.computer', act.removePerson('dan'));
    expect(world.why(world.say('ann.computer', act.addPerson('eve', 'editor', 'dan.computer')))).toBe('already');
  });

  it('C4: without a live device of an owner the space is read-only', () => {
    const world = team();
    const resolver = createResolver(world.graph);
    const dan = world.now().devices.get(device('dan.computer'))!;
    expect(resolver.mayWrite(world.graph.heads(), dan.device, dan.addedBy)).toBe(true);
    world.say('bob.computer', act.removeDevice('bob.computer'));
    world.say('ann.computer', act.setRole('ann', 'admin'));
    expect(world.now().readOnly).toBe(true);
    expect(resolver.mayWrite(world.graph.heads(), dan.device, dan.addedBy)).toBe(false);
  });

  it('C44: a device is succeeded by another live device of its person', () => {
    const world = team();
    expect(world.why(world.say('dan.computer', act.succeed('dan.computer', 'dan.phone')))).toBe('no-target');
    world.say('dan.computer', act.addDevice('dan.phone'));
    const link = world.say('dan.computer', act.succeed('dan.computer', 'dan.phone'));
    expect(world.now().successions).toEqual([{ previous: device('dan.computer'), next: device('dan.phone'), by: link.id }]);
    expect(world.now().devices.get(device('dan.computer'))?.state).toBe('removed');
  });
});

describe('two branches', () => {
  it('C4: an addition by an admin who was concurrently removed is void, and so is all that rests on it', () => {
    const world = team();
    const base = heads(world);
    world.say('ann.computer', act.removePerson('cat'), base);
    const add = world.say('cat.computer', act.addPerson('eve', 'admin', 'eve.computer'), base);
    const more = world.say('eve.computer', act.addPerson('pup', 'editor', 'pup.computer'), [add]);
    expect([world.why(add), world.why(more)]).toEqual(['struck', 'not-live']);
    expect(world.tell()).toBe('ann:owner(1) bob:owner(1) dan:editor(1)');
    expect(
      world
        .now()
        .removalsOf(add.id)
        .map((one) => one.cause),
    ).toEqual(['void']);
    expect(
      world
        .now()
        .removalsOf(more.id)
        .map((one) => one.cause),
    ).toEqual(['void']);
  });

  it('C4: what another admin had built on before it knew the removal stands', () => {
    const world = team();
    const base = heads(world);
    const add = world.say('cat.computer', act.addPerson('eve', 'editor', 'eve.computer'), base);
    const built = world.say('bob.computer', act.setRole('eve', 'viewer'), [add]);
    const removal = world.say('ann.computer', act.removePerson('cat'), base);
    expect([world.why(add), world.why(built), world.why(removal)]).toEqual(['valid', 'valid', 'valid']);
    expect(world.tell()).toBe('ann:owner(1) bob:owner(1) dan:editor(1) eve:viewer(1)');
  });

  it('C4: building on a link after the removal is known saves nothing, nor does an editor, nor the same person', () => {
    const world = team();
    world.say('cat.computer', act.addDevice('cat.phone'));
    const base = heads(world);
    const add = world.say('cat.computer', act.addPerson('eve', 'editor', 'eve.computer'), base);
    world.say('dan.computer', act.addDevice('dan.phone'), [add]);
    world.say('cat.phone', act.addDevice('cat.browser'), [add]);
    const removal = world.say('ann.computer', act.removePerson('cat'), base);
    world.say('bob.computer', act.addDevice('bob.phone'), [add, removal]);
    expect(world.why(add)).toBe('struck');
  });

  it('G14: a struck admin cannot be saved by whoever it had made an admin itself', () => {
    const world = team();
    const base = heads(world);
    const add = world.say('cat.computer', act.addPerson('pup', 'admin', 'pup.computer'), base);
    const witness = world.say('pup.computer', act.addDevice('pup.phone'), [add]);
    world.say('ann.computer', act.removePerson('cat'), base);
    expect([world.why(add), world.why(witness)]).toEqual(['struck', 'not-live']);
  });

  it('C4: two owners who remove each other are both removed, and a third who was removed in vain stays', () => {
    const world = team();
    world.say('ann.computer', act.addPerson('eve', 'owner', 'eve.computer'));
    const base = heads(world);
    world.say('ann.computer', act.removePerson('bob'), base);
    const counter = world.say('bob.computer', act.removePerson('ann'), base);
    world.say('bob.computer', act.removePerson('eve'), [counter]);
    expect(world.tell()).toBe('cat:admin(1) dan:editor(1) eve:owner(1)');
    expect(world.now().readOnly).toBe(false);
  });

  it('C4 P10: the last two owners who remove each other leave the space read-only', () => {
    const world = team();
    const base = heads(world);
    world.say('ann.computer', act.removePerson('bob'), base);
    world.say('bob.computer', act.removePerson('ann'), base);
    expect(world.tell()).toBe('cat:admin(1) dan:editor(1)');
    expect(world.now().readOnly).toBe(true);
  });

  it('C4: a removed admin who backdates a counter-removal of an owner achieves nothing, of another admin neither', () => {
    const world = team();
    world.say('ann.computer', act.addPerson('eve', 'admin', 'eve.computer'));
    const base = heads(world);
    world.say('ann.computer', act.removePerson('cat'), base);
    const up = world.say('cat.computer', act.removePerson('ann'), base);
    const level = world.say('cat.computer', act.removePerson('eve'), [up]);
    expect([world.why(up), world.why(level)]).toEqual(['rank', 'struck']);
    expect(world.tell()).toBe('ann:owner(1) bob:owner(1) dan:editor(1) eve:admin(1)');
  });

  it('C4 G16: a removal backdated to its author’s first moment removes at most those who removed it', () => {
    const world = foundWorld('ann');
    const bob = world.say('ann.computer', act.addPerson('bob', 'owner', 'bob.computer'));
    world.say('ann.computer', act.addPerson('cat', 'admin', 'cat.computer'));
    const eve = world.say('ann.computer', act.addPerson('eve', 'owner', 'eve.computer'));
    world.say('eve.computer', act.addDevice('eve.phone'));
    world.say('ann.computer', act.removePerson('bob'));
    world.say('bob.computer', act.removePerson('ann'), [bob]);
    // Cat was never built upon by another admin; Eve built on everything before her own link, her admission aside, which nobody else vouched for.
    expect(world.why(eve)).toBe('struck');
    expect(world.now().devices.get(device('bob.computer'))?.state).toBe('removed');
    expect(world.now().devices.get(device('ann.computer'))?.state).toBe('removed');
  });

  it('C4: the same backdated removal changes nothing where a third admin had built on what came after', () => {
    const world = foundWorld('ann');
    const eve = world.say('ann.computer', act.addPerson('eve', 'admin', 'eve.computer'));
    const bob = world.say('ann.computer', act.addPerson('bob', 'owner', 'bob.computer'), [eve]);
    const cat = world.say('ann.computer', act.addPerson('cat', 'admin', 'cat.computer'));
    const removal = world.say('ann.computer', act.removePerson('bob'));
    world.say('eve.computer', act.addDevice('eve.phone'));
    const counter = world.say('bob.computer', act.removePerson('ann'), [bob]);
    expect([world.why(cat), world.why(removal), world.why(counter)]).toEqual(['valid', 'valid', 'struck']);
    expect(world.tell()).toBe('ann:owner(1) cat:admin(1) eve:admin(2)');
  });

  it('C4: a re-add that does not know a removal does not undo it', () => {
    const world = team();
    const base = heads(world);
    const first = world.say('ann.computer', act.removePerson('dan'), base);
    const again = world.say('ann.computer', act.addPerson('dan', 'editor', 'dan.computer'), [first]);
    expect(world.tell()).toContain('dan:editor(1)');
    const second = world.say('bob.computer', act.removePerson('dan'), base);
    expect(world.tell()).not.toContain('dan');
    world.say('cat.computer', act.addPerson('dan', 'editor', 'dan.computer'), [again, second]);
    expect(world.tell()).toContain('dan:editor(1)');
  });

  it('C4: a device of the same person revokes a lost one, whose concurrent links fall', () => {
    const world = team();
    world.say('cat.computer', act.addDevice('cat.phone'));
    const base = heads(world);
    world.say('cat.computer', act.removeDevice('cat.phone'), base);
    const stolen = world.say('cat.phone', act.addPerson('pup', 'admin', 'pup.computer'), base);
    expect(world.why(stolen)).toBe('struck');
    expect(world.tell()).toBe('ann:owner(1) bob:owner(1) cat:admin(1) dan:editor(1)');
  });

  it('C4: paper outranks the stolen computer that races it', () => {
    const world = foundWorld('ann');
    world.say('ann.computer', act.addDevice('ann.paper'));
    world.say('ann.computer', act.addPerson('bob', 'owner', 'bob.computer'));
    const base = heads(world);
    const rescue = world.say('ann.paper', act.removeDevice('ann.computer'), base);
    const theft = world.say('ann.computer', act.removePerson('bob'), base);
    const counter = world.say('ann.computer', act.removeDevice('ann.paper'), [theft]);
    expect([world.why(rescue), world.why(theft), world.why(counter)]).toEqual(['valid', 'struck', 'rank']);
  });

  it('G13: a demotion strikes what its target could not have done with the new role, and leaves the rest', () => {
    const world = team();
    const base = heads(world);
    const demotion = world.say('ann.computer', act.setRole('cat', 'editor'), base);
    const own = world.say('cat.computer', act.addDevice('cat.phone'), base);
    const other = world.say('cat.computer', act.addPerson('pup', 'admin', 'pup.computer'), [own]);
    expect([world.why(demotion), world.why(own), world.why(other)]).toEqual(['valid', 'valid', 'demoted']);
    expect(world.tell()).toBe('ann:owner(1) bob:owner(1) cat:editor(2) dan:editor(1)');
  });

  it('G7: of two roles given at once the one by the higher rank stays, then the more senior person’s, then the lower id', () => {
    const world = team();
    const base = heads(world);
    world.say('cat.computer', act.setRole('dan', 'admin'), base);
    world.say('bob.computer', act.setRole('dan', 'viewer'), base);
    expect(world.tell()).toContain('dan:viewer');
    world.say('ann.computer', act.setRole('dan', 'admin'), base);
    expect(world.tell()).toContain('dan:admin');
  });

  it('G16: who promotes a helper to strike back in its name is removed and takes only its remover along', () => {
    const world = foundWorld('ann');
    world.say('ann.computer', act.addPerson('cat', 'owner', 'cat.computer'));
    world.say('ann.computer', act.addPerson('bob', 'editor', 'bob.computer'));
    world.say('ann.computer', act.addPerson('eve', 'owner', 'eve.computer'));
    const base = heads(world);
    const removal = world.say('cat.computer', act.removePerson('ann'), base);
    const promotion = world.say('ann.computer', act.setRole('bob', 'owner'), base);
    const back = world.say('bob.computer', act.removePerson('cat'), [promotion]);
    const spite = world.say('bob.computer', act.removePerson('eve'), [back]);
    expect([removal, promotion, back, spite].map((one) => world.why(one))).toEqual(['valid', 'struck', 'valid', 'rank']);
    expect(world.tell()).toBe('bob:editor(1) eve:owner(1)');
  });

  it('G12: a removal strikes nothing that its target wrote with a higher rank than the remover’s, yet removes it', () => {
    const world = team();
    const base = heads(world);
    const removal = world.say('cat.computer', act.removePerson('dan'), base);
    const promotion = world.say('ann.computer', act.setRole('dan', 'owner'), base);
    const deed = world.say('dan.computer', act.addPerson('eve', 'owner', 'eve.computer'), [promotion]);
    expect([removal, promotion, deed].map((one) => world.why(one))).toEqual(['valid', 'valid', 'valid']);
    expect(world.tell()).toBe('ann:owner(1) bob:owner(1) cat:admin(1) eve:owner(1)');
  });

  it('G6: a device that consented to two persons acts for the one named first, and the other addition gives nothing', () => {
    const world = team();
    const base = heads(world);
    const first = world.say('ann.computer', act.addPerson('eve', 'editor', 'eve.computer'), base);
    const later = world.say('bob.computer', act.addPerson('pup', 'admin', 'eve.computer'), [
      world.say('bob.computer', act.addDevice('bob.phone'), base),
    ]);
    expect([world.why(first), world.why(later)]).toEqual(['valid', 'valid']);
    expect(world.tell()).toContain('eve:editor(1) pup:admin(0)');
    expect(
      world
        .now()
        .removalsOf(later.id)
        .map((one) => one.by),
    ).toEqual([first.id]);
  });

  it('C3 C44: a fork convicts its device for good and voids what lies above it', () => {
    const world = team();
    world.say('cat.computer', act.addDevice('cat.phone'));
    const base = heads(world);
    const left = world.say('cat.computer', act.addPerson('eve', 'editor', 'eve.computer'), base);
    const right = world.say('cat.computer', act.addPerson('pup', 'editor', 'pup.computer'), base);
    expect([world.why(left), world.why(right)]).toEqual(['struck', 'struck']);
    expect(world.now().forkProofs).toEqual([
      { device: device('cat.computer'), index: 1, links: [left.id, right.id].sort(), lastCommon: world.links[4]!.id },
    ]);
    expect(world.tell()).toBe('ann:owner(1) bob:owner(1) cat:admin(1) dan:editor(1)');
    expect(world.why(world.say('cat.phone', act.addDevice('cat.computer')))).toBe('forked');
    expect(
      world
        .now()
        .removals.filter((one) => one.cause === 'forked')
        .map((one) => one.by),
    ).toEqual([left.id, right.id].sort());
  });

  it('P1: every story above ends alike when its links arrive backwards', () => {
    const world = team();
    const base = heads(world);
    world.say('ann.computer', act.removePerson('bob'), base);
    const counter = world.say('bob.computer', act.removePerson('ann'), base);
    world.say('bob.computer', act.removePerson('cat'), [counter]);
    const backwards = [...world.links].reverse();
    expect(snapshot(receive(world.space, backwards))).toBe(snapshot(world.now()));
  });
});

describe('epochs', () => {
  it('C12: a removal leaves no usable epoch until one opens that shuts the device out', () => {
    const world = team();
    const all = ['ann.computer', 'bob.computer', 'cat.computer', 'dan.computer'];
    expect(world.now().rotationOwed.map((one) => one.reason)).toEqual(['no-epoch']);
    const first = world.say('ann.computer', act.epoch([], ...all));
    expect(world.now().usableEpochs).toEqual([first.id]);
    world.say('ann.computer', act.removePerson('dan'));
    expect(world.now().rotationOwed).toEqual([{ epoch: first.id, reason: 'removed', device: device('dan.computer') }]);
    const second = world.say('cat.computer', act.epoch([first], 'ann.computer', 'bob.computer', 'cat.computer'));
    expect(world.now().rotationOwed).toEqual([]);
    expect(world.now().maximalEpochs).toEqual([second.id]);
  });

  it('C12: a demotion to viewer obliges while the demoted holds W, a grant of R alone does not', () => {
    const world = team();
    const first = world.say('ann.computer', act.epoch([], 'ann.computer', 'bob.computer', 'cat.computer', 'dan.computer'));
    world.say('ann.computer', act.setRole('dan', 'viewer'));
    expect(world.now().rotationOwed).toEqual([{ epoch: first.id, reason: 'demoted', device: device('dan.computer') }]);
    const second = world.say('bob.computer', act.epoch([first], 'ann.computer', 'bob.computer', 'cat.computer'));
    world.say('bob.computer', act.grant(second, 'dan.computer', false));
    expect(world.now().usableEpochs).toEqual([second.id]);
  });

  it('C12: who was granted secrets by a struck admin and is no member makes the epoch unusable', () => {
    const world = team();
    const first = world.say('ann.computer', act.epoch([], 'ann.computer', 'bob.computer', 'cat.computer', 'dan.computer'));
    const add = world.say('dan.computer', act.addDevice('dan.phone'), [first]);
    world.say('dan.computer', act.grant(first, 'dan.phone'), [add]);
    expect(world.now().usableEpochs).toEqual([first.id]);
    const removal = world.say('cat.computer', act.removeDevice('dan.computer'), [first]);
    expect(world.why(add)).toBe('struck');
    expect(
      world
        .now()
        .rotationOwed.map((one) => one.device)
        .sort(),
    ).toEqual([device('dan.computer'), device('dan.phone')].sort());
    expect(world.why(removal)).toBe('valid');
  });

  it('C12: of two epochs opened at once the usable one is used; a void one stays among those a rotation replaces', () => {
    const world = team();
    const first = world.say('ann.computer', act.epoch([], 'ann.computer', 'bob.computer', 'cat.computer', 'dan.computer'));
    const removal = world.say('ann.computer', act.removePerson('dan'), [first]);
    const clean = world.say('ann.computer', act.epoch([first], 'ann.computer', 'bob.computer', 'cat.computer'), [removal]);
    const stale = world.say('dan.computer', act.epoch([first], 'ann.computer', 'bob.computer', 'cat.computer', 'dan.computer'), [first]);
    expect(world.now().usableEpochs).toEqual([clean.id]);
    expect(world.now().maximalEpochs).toEqual([clean.id, stale.id].sort());
    expect(world.now().epochs.get(stale.id as never)?.verdict).toBe('struck');
  });

  it('C9: accept links count when an admin wrote them', () => {
    const world = team();
    world.say('cat.computer', act.accept('one'));
    world.say('dan.computer', act.accept('two'));
    expect(world.now().accepted.size).toBe(1);
  });

  it('G23: drops count when an admin wrote them, an accept wins earlier, later or beside, and a struck accept leaves the drop', () => {
    const world = team();
    const before = world.say('cat.computer', act.accept('earlier'));
    const drop = world.say('ann.computer', act.drop('earlier', 'later', 'beside', 'struck', 'none'), [before]);
    const beside = world.say('cat.computer', act.accept('beside'), [before]);
    const later = world.say('cat.computer', act.accept('later'), [drop, beside]);
    world.say('dan.computer', act.drop('by an editor'), [later]);
    expect(world.now().dropped.size).toBe(2);
    world.say('ann.computer', act.removePerson('cat'), [later]);
    const late = world.say('cat.computer', act.accept('struck'), [later]);
    expect(world.why(late)).toBe('struck');
    expect(world.now().dropped.size).toBe(2);
    world.say('ann.computer', act.accept('struck'));
    expect(world.now().dropped.size).toBe(1);
  });
});
