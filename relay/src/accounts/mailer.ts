/** Letters to people. The relay has no mail server: they go to a file the operator reads, or to a webhook that can send mail. */
import { existsSync } from 'node:fs';
import { appendFile, chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createHmac } from 'node:crypto';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import { z } from 'zod';

export interface Letter {
  readonly kind: 'confirm' | 'registered-already' | 'reset' | 'password-changed';
  readonly to: string;
  /** Of one use; the page of the client that takes it makes a link of it. Null where there is nothing to take. */
  readonly token: string | null;
  readonly expiresMs: number | null;
}

export interface Mailer {
  /** Rejects when the letter could not be handed over. */
  send(letter: Letter): Promise<void>;
  /** Lets go of letters that are of no use any more, and of all to these addresses; where letters are handed over, nothing is kept. */
  sweep(gone: readonly string[]): Promise<void>;
}

export interface MailerDep {
  readonly mailer: Mailer;
}

/** Letters that tell something and hold nothing to take. */
const TOLD_KEPT_MS = 7 * 86_400_000;

/** One JSON object a line, readable by the relay's user only: these lines open accounts. One process has the file to itself. */
export function createOutbox(path: string, { clock }: ClockDep): Mailer {
  let last: Promise<void> = Promise.resolve();
  // One after another: a letter that is written while the file is being replaced would be lost.
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  const keeps = (written: string, gone: ReadonlySet<string>): boolean => {
    const letter = letterOf(written);
    // A line that is no letter was cut short when the disk was full: there is nothing in it to take, and perhaps an address.
    return letter !== null && !gone.has(letter.to) && (letter.expiresMs ?? letter.atMs + TOLD_KEPT_MS) > clock.nowMs();
  };
  return {
    send: (letter) =>
      inTurn(async () => {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await appendFile(path, `${JSON.stringify({ atMs: clock.nowMs(), ...letter })}\n`, { mode: 0o600 });
        await chmod(path, 0o600);
      }),
    sweep: (gone) =>
      inTurn(async () => {
        if (!existsSync(path)) return;
        const lines = (await readFile(path, 'utf8')).split('\n').filter((one) => one !== '');
        const addresses = new Set(gone);
        const kept = lines.filter((one) => keeps(one, addresses));
        if (kept.length === lines.length) return;
        const draft = `${path}.draft`;
        await writeFile(draft, kept.map((one) => `${one}\n`).join(''), { mode: 0o600, flush: true });
        await rename(draft, path);
      }),
  };
}

const line = z.object({ atMs: z.number(), to: z.string(), expiresMs: z.number().nullable() });

function letterOf(written: string): z.output<typeof line> | null {
  try {
    return line.safeParse(JSON.parse(written)).data ?? null;
  } catch {
    return null;
  }
}

export interface WebhookDeps {
  readonly fetch: typeof fetch;
  /** https, or loopback. */
  readonly url: string;
  /** Signs each body: `x-leanvibe-signature: sha256=<hex>`. */
  readonly key: Uint8Array;
}

const WEBHOOK_MS = 10_000;

export function createWebhookMailer({ fetch: post, url, key }: WebhookDeps): Mailer {
  return {
    async send(letter) {
      const body = JSON.stringify(letter);
      const signature = createHmac('sha256', key).update(body).digest('hex');
      const answer = await post(url, {
        method: 'POST',
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(WEBHOOK_MS),
        headers: { 'content-type': 'application/json', 'x-leanvibe-signature': `sha256=${signature}` },
      });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`the mail webhook answered ${answer.status}`);
    },
    sweep: () => Promise.resolve(),
  };
}
