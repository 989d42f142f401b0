/** What the keepers of a mailbox may do with it: renew its keys, list accounts, prune, delete (C31). */
import type { RelayDown, RelayUp } from '@leanvibe/protocol/relay';
import { toHex } from '@leanvibe/protocol/ids';
import type { Attachment } from './attachment.js';
import type { ConnectionDeps, Signed, Talk } from './deps.js';
import { LISTED_MAX } from '../ports/mailbox-store.js';
import { asSpace } from './hub.js';
import { holds } from './proofs.js';

export type KeepingMessage = Extract<RelayUp, { type: 'rekey' | 'list' | 'prune' | 'remove' }>;

export interface KeepingDeps extends ConnectionDeps {
  readonly talk: Talk;
  note(act: string, subject: string, outcome: 'done' | 'refused'): void;
}

export interface Keeping {
  onMessage(attachment: Attachment, message: KeepingMessage): Promise<void>;
}

const CODES: Readonly<Record<KeepingMessage['type'], number>> = { rekey: 4, list: 5, prune: 6, remove: 7 };

export function createKeeping(deps: KeepingDeps, { caller, nonce, origin }: Signed): Keeping {
  const { checking, hub, store, talk } = deps;

  const done = (message: KeepingMessage, mailbox: string): void => {
    deps.note(`mailbox.${message.type}`, mailbox, 'done');
    const said: RelayDown = { type: 'done', slot: message.slot, code: CODES[message.type] };
    talk.say(said);
  };
  const denied = (message: KeepingMessage, mailbox: string, why: string): void => {
    deps.note(`mailbox.${message.type}`, mailbox, 'refused');
    talk.refuse(null, 'not-yours', why);
  };

  const rekey = async (one: Attachment, message: Extract<RelayUp, { type: 'rekey' }>): Promise<void> => {
    const { mailbox } = one.state;
    const state = await store.state(mailbox);
    if (state === null || state.deletedMs !== null) return talk.refuse(message.slot, 'unknown-mailbox', 'this mailbox was deleted');
    const claimant = { origin, mailbox, nonce };
    const next = [message.read.key, message.append.key];
    const isNew = holds(checking, claimant, 'rekey-read', message.read) && holds(checking, claimant, 'rekey-append', message.append);
    if (!isNew) return talk.refuse(null, 'proof', 'the proofs of the new keys do not hold');
    const isOwner = state.account === caller.account;
    const { present } = message;
    const proven = present !== null && toHex(present.key) === state.appendKey && holds(checking, claimant, 'rekey', present, next);
    if (!isOwner && !(proven && state.listed.includes(caller.account)))
      return denied(message, mailbox, 'only the owning account renews keys, and accounts it listed that prove the present append key');
    await store.addPast(
      mailbox,
      message.past.map(toHex).filter((key) => key !== toHex(message.read.key)),
      isOwner ? 'owner' : 'listed',
    );
    const keys = { readKey: toHex(message.read.key), appendKey: toHex(message.append.key) };
    if (keys.readKey !== state.readKey || keys.appendKey !== state.appendKey) {
      if (!(await store.rekey(mailbox, state.readKey, keys))) return rekey(one, message);
      hub.changed(mailbox, 'keys');
    }
    done(message, mailbox);
  };
  const list = async (one: Attachment, message: Extract<RelayUp, { type: 'list' }>): Promise<void> => {
    const { account, mailbox } = one.state;
    if (account !== caller.account) return denied(message, mailbox, 'only the owning account lists others');
    if (!(await store.setListed(mailbox, message.account, message.listed === 1)))
      return talk.refuse(null, 'too-many', `a mailbox lists ${LISTED_MAX} accounts at most`);
    done(message, mailbox);
  };
  const prune = async (one: Attachment, message: Extract<RelayUp, { type: 'prune' }>): Promise<void> => {
    const { mailbox } = one.state;
    const state = await store.state(mailbox);
    // Of now: the hint that these keys ended may not have come yet.
    const isPresent = state?.deletedMs === null && one.right().append && state.appendKey === one.judged().appendKey;
    // Not for accounts it listed: one that was taken out of the space since must take nothing from whoever is away.
    if (state?.account !== caller.account || !isPresent)
      return denied(message, mailbox, 'only the owning account prunes, with the present append key');
    await store.commit({ prune: message.ids.map((entryId) => ({ space: asSpace(mailbox), entryId })) });
    done(message, mailbox);
  };
  const remove = async (one: Attachment, message: Extract<RelayUp, { type: 'remove' }>): Promise<void> => {
    const { account, mailbox } = one.state;
    const state = await store.state(mailbox);
    if (account !== caller.account) return denied(message, mailbox, 'only the owning account deletes a mailbox');
    const isPresent = toHex(message.append.key) === state?.appendKey;
    if (!isPresent || !holds(checking, { origin, mailbox, nonce }, 'remove', message.append))
      return talk.refuse(null, 'proof', 'deleting a mailbox needs its present append key');
    await store.remove(mailbox);
    done(message, mailbox);
    hub.changed(mailbox, 'removed');
  };

  return {
    onMessage(one, message) {
      switch (message.type) {
        case 'rekey':
          return rekey(one, message);
        case 'list':
          return list(one, message);
        case 'prune':
          return prune(one, message);
        case 'remove':
          return remove(one, message);
      }
    },
  };
}
