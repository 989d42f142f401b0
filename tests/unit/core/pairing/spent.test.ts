/** A link that was used: whoever shows it again is refused, and the person is told. */
import { describe, expect, test } from 'vitest';
import { createStage } from './stage.js';

const by = { name: 'Mac', autoConfirm: true };

describe('C40 a spent link', () => {
  test('C40 P9: used again after the first device joined, it is refused and raises an alarm', async () => {
    const stage = createStage('spent');
    const offer = stage.admitter.offer(by, (event) => stage.events.push(event));
    const thief = stage.joins('Thief', { secret: offer.secret });
    await stage.run();
    expect(stage.admitted).toEqual([thief.who.device]);
    expect(stage.events.map((event) => event.type)).toEqual(['joined', 'ended']);
    const owner = stage.joins('Owner', { secret: offer.secret });
    await stage.run();
    expect(owner.events.at(-1)?.type).toBe('failed');
    expect(stage.events.map((event) => event.type)).toEqual(['joined', 'ended', 'alarm']);
    expect(stage.admitted).toEqual([thief.who.device]);
  });

  test('C40: the alarm is raised while the next link is shown, too, and leaves that link usable', async () => {
    const stage = createStage('spent, next shown');
    const offer = stage.admitter.offer(by, (event) => stage.events.push(event));
    stage.joins('Thief', { secret: offer.secret });
    await stage.run();
    const later: string[] = [];
    const next = stage.admitter.offer(by, (event) => later.push(event.type));
    stage.joins('Owner', { secret: offer.secret });
    await stage.run();
    expect(stage.events.map((event) => event.type)).toContain('alarm');
    expect(later).toEqual([]);
    const phone = stage.joins('Phone', { secret: next.secret });
    await stage.run();
    expect(phone.events.at(-1)?.type).toBe('joined');
    expect(later).toEqual(['joined', 'ended']);
  });

  test('C40: a secret nobody was ever shown raises no alarm', async () => {
    const stage = createStage('never shown');
    const offer = stage.admitter.offer(by, (event) => stage.events.push(event));
    stage.joins('Phone', { secret: offer.secret });
    await stage.run();
    stage.joins('Stranger', { secret: '00'.repeat(16) });
    await stage.run();
    expect(stage.events.map((event) => event.type)).toEqual(['joined', 'ended']);
    expect(stage.refusals).toHaveLength(1);
  });
});
