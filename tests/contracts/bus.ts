/** The contract of the bus between copies: every implementation is run through this same suite. */
import type { Bus, Hint } from '@leanvibe/relay/internal/ports/bus';
import { afterEach, describe, expect, it } from 'vitest';
import { mailboxOf } from '../help/relay-store.js';

export interface BusMaker {
  readonly name: string;
  /** Buses of so many copies that hear each other, connected. */
  make(copies: number): Promise<readonly Bus[]>;
}

const GROWN: Hint = { type: 'mailbox', mailbox: mailboxOf(1), change: 'grown' };
const HINTS: readonly Hint[] = [
  GROWN,
  { type: 'mailbox', mailbox: mailboxOf(2), change: 'removed' },
  { type: 'revoked', account: 'a', device: null },
  { type: 'revoked', account: 'a', device: 'd' },
  { type: 'presence', mailbox: mailboxOf(1), sealed: 'c2VhbGVk' },
  { type: 'pipe', pipe: 'p', from: 'c', to: null, said: { say: 'seek', name: 'n' } },
];

export function busContract(maker: BusMaker): void {
  const open: Bus[] = [];
  const make = async (copies: number): Promise<{ readonly buses: readonly Bus[]; readonly heard: readonly Hint[][] }> => {
    const buses = await maker.make(copies);
    open.push(...buses);
    const heard = buses.map((): Hint[] => []);
    buses.forEach((bus, at) => bus.subscribe((hint) => heard[at]?.push(hint)));
    return { buses, heard };
  };
  afterEach(async () => {
    for (const bus of open.splice(0)) await bus.close();
  });

  describe(`bus contract: ${maker.name}`, () => {
    it('C33 every other copy hears each hint, whole and in order; its teller does not', async () => {
      const { buses, heard } = await make(3);
      expect(buses.map((bus) => bus.connected())).toEqual([true, true, true]);
      for (const hint of HINTS) buses[0]?.tell(hint);
      await expect.poll(() => heard.slice(1)).toEqual([HINTS, HINTS]);
      expect(heard[0]).toEqual([]);
    });

    it('C33 telling waits for nothing: nobody has heard when it returns', async () => {
      const { buses, heard } = await make(2);
      buses[0]?.tell(GROWN);
      expect(heard[1]).toEqual([]);
      await expect.poll(() => heard[1]).toEqual([GROWN]);
    });

    it('C33 a listener that throws or leaves takes nobody with it', async () => {
      const { buses, heard } = await make(2);
      const left: Hint[] = [];
      const twice = (hint: Hint): void => void left.push(hint);
      const leave = buses[1]?.subscribe(twice);
      buses[1]?.subscribe(twice);
      buses[1]?.subscribe(() => {
        throw new Error('on purpose');
      });
      const late: Hint[] = [];
      buses[1]?.subscribe((hint) => late.push(hint));
      leave?.();
      buses[0]?.tell(GROWN);
      await expect.poll(() => [heard[1], late, left]).toEqual([[GROWN], [GROWN], [GROWN]]);
    });

    it('C33 a closed bus is not connected, says nothing and hears nothing', async () => {
      const { buses, heard } = await make(3);
      await buses[1]?.close();
      await buses[1]?.close();
      expect(buses[1]?.connected()).toBe(false);
      buses[1]?.tell(GROWN);
      buses[0]?.tell(HINTS[1] as Hint);
      await expect.poll(() => heard[2]).toEqual([HINTS[1]]);
      expect(heard[1]).toEqual([]);
    });
  });
}
