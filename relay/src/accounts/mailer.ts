/** Letters to people. The relay has no mail server: they go to a file the operator reads, or to a webhook that can send mail. */
import { chmod, appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createHmac } from 'node:crypto';
import type { ClockDep } from '@leanvibe/core/ports/clock';

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
}

export interface MailerDep {
  readonly mailer: Mailer;
}

/** One JSON object a line, readable by the relay's user only: these lines open accounts. */
export function createOutbox(path: string, { clock }: ClockDep): Mailer {
  return {
    async send(letter) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await appendFile(path, `${JSON.stringify({ atMs: clock.nowMs(), ...letter })}\n`, { mode: 0o600 });
      await chmod(path, 0o600);
    },
  };
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
  };
}
