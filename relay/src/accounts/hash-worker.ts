/** A thread that makes and compares password hashes, one after the other, and steps back for everything else this process has to do. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { hashSync, verifySync } from '@node-rs/argon2';
import type { FromHasher, ToHasher } from './hash-messages.js';

/** A hash fills a core for a fifth of a second: where cores are few, who syncs goes first. */
const NICE = 10;

if (parentPort === null) throw new Error('impossible: this file runs as a worker thread');
const port = parentPort;

/** Linux has priorities by thread; elsewhere the process would be meant. */
function stepBack(): void {
  if (process.platform !== 'linux') return;
  const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  if (Number.isInteger(thread) && thread !== process.pid) setPriority(thread, NICE);
}

function answer({ ask, id }: ToHasher): FromHasher {
  try {
    if (ask.kind === 'hash') return { id, hash: hashSync(ask.password, ask.options) };
    return { id, isRight: verifySync(ask.stored, ask.password) };
  } catch (error) {
    return { id, failure: error instanceof Error ? error.message : String(error) };
  }
}

stepBack();
port.on('message', (message: ToHasher) => port.postMessage(answer(message)));
