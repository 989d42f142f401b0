/** What the judge is told of membership: the rules G5 – G20 one by one, each in the smallest history that shows it. */
import { describe, expect, test } from 'vitest';
import type { Link } from '@leanvibe/core/internal/group/link';
import type { Removal } from '@leanvibe/core/internal/group/membership';
import { act, device, foundWorld, FRONTIER, person, type World } from '../group/world.js';

function against(world: World, add: Link): readonly (readonly [cause: string, by: string, frontier: boolean])[] {
  return world
    .now()
    .removalsOf(add.id)
    .map((one: Removal) => [one.cause, one.by, one.frontier !== null]);
}

function stateOf(world: World, name: string): string | undefined {
  return world.now().devices.get(device(name))?.state;
}

describe('who stands where', () => {
  test('G5: a device is live while some addition of it stands that no removal ended, and a re-addition must know the removal', () => {
    const world = foundWorld('ann');
    const add = world.say('ann.computer', act.addPerson('bob', 'editor', 'bob.computer'));
    const gone = world.say('ann.computer', act.removeDevice('bob.computer'));
    expect(stateOf(world, 'bob.computer')).toBe('removed');
    world.say('ann.computer', act.addPerson('cat', 'admin', 'cat.computer'), [add, gone]);
    expect(stateOf(world, 'bob.computer')).toBe('removed');
    const again = world.say('ann.computer', act.addPerson('bob', 'editor', 'bob.computer'));
    expect(world.why(again)).toBe('already');
    world.say('ann.computer', act.removePerson('bob'));
    const anew = world.say('ann.computer', act.addPerson('bob', 'editor', 'bob.computer'));
    expect([world.why(anew), stateOf(world, 'bob.computer')]).toEqual(['valid', 'live']);
    expect(world.now().devices.get(device('bob.computer'))?.addedBy).toBe(anew.id);
  });

  test('G6: a device belongs to the person of its earliest valid addition, whoever names it later', () => {
    const world = foundWorld('ann');
    const cat = world.say('ann.computer', act.addPerson('cat', 'admin', 'cat.computer'));
    const first = world.say('ann.computer', act.addPerson('bob', 'editor', 'bob.computer'), [cat]);
    const beside = world.say(
      'cat.computer',
      {
        ...act.addPerson('dan', 'editor'),
        devices: (first.body.operation as Extract<Link['body']['operation'], { type: 'add-person' }>).devices,
      } as Link['body']['operation'],
      [cat],
    );
    const earliest = first.id < beside.id ? 'bob' : 'dan';
    expect(world.now().devices.get(device('bob.computer'))?.person).toBe(person(earliest));
  });

  test('G10: removing needs a rank not below the target’s, and another person’s device an admin', () => {
    const world = foundWorld('ann');
    world.say('ann.computer', act.addPerson('bob', 'editor', 'bob.computer'));
    world.say('ann.computer', act.addPerson('cat', 'admin', 'cat.computer'));
    expect(world.why(world.say('bob.computer', act.removeDevice('cat.computer')))).toBe('rank');
    expect(world.why(world.say('cat.computer', act.removeDevice('ann.computer')))).toBe('rank');
    expect(world.why(world.say('bob.computer', act.setRole('bob', 'admin')))).toBe('rank');
    expect(world.why(world.say('cat.computer', act.removePerson('dan')))).toBe('no-target');
    expect(world.why(world.say('cat.computer', act.removePerson('bob')))).toBe('valid');
  });

  test('G11: editors open epochs above any others and grant those of their own past, and W goes to editors only', () => {
    const world = foundWorld('ann');
    world.say('ann.computer', act.addPerson('bob', 'viewer', 'bob.computer'));
    const cat = world.say('ann.computer', act.addPerson('cat', 'editor', 'cat.computer'));
    const first = world.say('ann.computer', act.epoch([], 'ann.computer'));
    expect(world.why(first)).toBe('valid');
    expect(world.why(world.say('bob.computer', act.epoch([first], 'bob.computer')))).toBe('rank');
    expect(world.why(world.say('cat.computer', act.epoch([first], 'cat.computer'), [cat]))).toBe('valid');
    expect(world.why(world.say('cat.computer', act.grant(first, 'cat.computer', true), [cat]))).toBe('epoch');
    expect(world.why(world.say('ann.computer', act.grant(first, 'bob.computer', true)))).toBe('rank');
    expect(world.why(world.say('ann.computer', act.grant(first, 'bob.computer', false)))).toBe('valid');
    expect(world.why(world.say('ann.computer', act.grant(first, 'eve.computer', false)))).toBe('no-target');
  });
});

describe('what happens beside a removal', () => {
  test('G12: links of a removed author that did not know the removal are struck, later ones have no seat', () => {
    const world = foundWorld('ann');
    const cat = world.say('ann.computer', act.addPerson('cat', 'admin', 'cat.computer'));
    const gone = world.say('ann.computer', act.removePerson('cat'));
    const beside = world.say('cat.computer', act.addPerson('dan', 'editor', 'dan.computer'), [cat]);
    const after = world.say('cat.computer', act.addPerson('eve', 'editor', 'eve.computer'), [gone, beside]);
    expect([world.why(beside), world.why(after)]).toEqual(['struck', 'not-live']);
    expect(world.now().voids.find((one) => one.link === beside.id)?.by).toEqual([gone.id]);
  });

  test('G15: removals that strike each other at one rank both stand', () => {
    const world = foundWorld('ann');
    const bob = world.say('ann.computer', act.addPerson('bob', 'owner', 'bob.computer'));
    const one = world.say('ann.computer', act.removePerson('bob'), [bob]);
    const other = world.say('bob.computer', act.removePerson('ann'), [bob]);
    expect([world.why(one), world.why(other), world.tell()]).toEqual(['valid', 'valid', '']);
    expect(world.now().readOnly).toBe(true);
  });

  test('G17: what rests on a void link alone is void, and names where the fall began', () => {
    const world = foundWorld('ann');
    const cat = world.say('ann.computer', act.addPerson('cat', 'admin', 'cat.computer'));
    world.say('ann.computer', act.removePerson('cat'));
    const dan = world.say('cat.computer', act.addPerson('dan', 'admin', 'dan.computer'), [cat]);
    const eve = world.say('dan.computer', act.addPerson('eve', 'editor', 'eve.computer'), [dan]);
    expect([world.why(dan), world.why(eve)]).toEqual(['struck', 'not-live']);
    expect(world.now().voids.find((one) => one.link === eve.id)?.by).toEqual([dan.id]);
    expect(world.tell()).toBe('ann:owner(1)');
  });
});

describe('what speaks against a chain of changes', () => {
  test('G18: every removal or succession its addition did not know, each with its frontier', () => {
    const world = foundWorld('ann');
    const add = world.say('ann.computer', act.addPerson('bob', 'editor', 'bob.computer'));
    const phone = world.say('bob.computer', act.addDevice('bob.phone'));
    expect(against(world, add)).toEqual([]);
    const gone = world.say('ann.computer', act.removeDevice('bob.computer'));
    expect(against(world, add)).toEqual([['removed', gone.id, true]]);
    // What the same person writes on another device is another chain (G2).
    expect(against(world, phone)).toEqual([]);
    expect(world.now().removalsOf(add.id)[0]?.frontier).toBe(FRONTIER);
    const next = world.say('ann.computer', act.succeed('bob.phone', 'ann.computer'));
    expect(world.why(next)).toBe('rank');
    const person_ = world.say('ann.computer', act.removePerson('bob'));
    const anew = world.say('ann.computer', act.addPerson('bob', 'editor', 'bob.computer'));
    expect(against(world, anew)).toEqual([]);
    expect(against(world, add).map(([, by]) => by)).toContain(person_.id);
  });

  test('G19: a demotion to viewer speaks against every chain of the person, one between writers against none', () => {
    const world = foundWorld('ann');
    const add = world.say('ann.computer', act.addPerson('bob', 'admin', 'bob.computer'));
    world.say('ann.computer', act.setRole('bob', 'editor'));
    expect(against(world, add)).toEqual([]);
    const silent = world.say('ann.computer', act.setRole('bob', 'viewer'));
    expect(against(world, add)).toEqual([['demoted', silent.id, true]]);
  });

  test('G20: where the addition itself fell, what struck it speaks against the chain', () => {
    const world = foundWorld('ann');
    const cat = world.say('ann.computer', act.addPerson('cat', 'admin', 'cat.computer'));
    const gone = world.say('ann.computer', act.removePerson('cat'));
    const dan = world.say('cat.computer', act.addPerson('dan', 'editor', 'dan.computer'), [cat]);
    expect(against(world, dan)).toEqual([['void', gone.id, true]]);
  });
});
