/** Removals that strike each other, and what a later link meets of them. */
import { describe, expect, it } from 'vitest';
import { act, foundWorld, receive, snapshot } from './world.js';

describe('a knot of removals', () => {
  it('C4 G15 G16: a removal that stands keeps its rank, whatever was heard first', () => {
    const world = foundWorld('ann');
    const bob = world.say('ann.computer', act.addPerson('bob', 'owner', 'bob.computer'));
    const phone = world.say('ann.computer', act.addDevice('ann.phone'), [bob]);
    const annGoes = world.say('bob.computer', act.removePerson('ann'), [bob]);
    const bobGoes = world.say('ann.phone', act.removeDevice('bob.computer'), [phone]);
    const later = world.say('bob.computer', act.accept('change'), [annGoes]);
    const orders = [
      [bob, phone, annGoes, bobGoes, later],
      [bob, annGoes, phone, bobGoes, later],
      [bob, annGoes, later, phone, bobGoes],
    ];
    const said = orders.map((order) => receive(world.space, [world.genesis, ...order]));
    for (const one of said) {
      expect(one.verdict(bobGoes.id)).toBe('valid');
      expect(one.verdict(later.id)).toBe('struck');
      expect(snapshot(one)).toBe(snapshot(said[0]!));
    }
  });
});
