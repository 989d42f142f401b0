/** The document worker: holds replicas, does what it is asked in order, and says in shared memory what it is at, so that it can be judged from outside. */
import { parentPort, workerData } from 'node:worker_threads';
import { createReplicaHost, type ReplicaHost } from '@leanvibe/core/doc/host';
import { createCrdts } from '@leanvibe/core/doc/registry';
import {
  type Answer,
  BUSY,
  type Call,
  owned,
  PROGRESS,
  type Reply,
  type Request,
  transferable,
  unpack,
  type WorkerSetup,
} from './messages.js';
import { warmUp } from './warm.js';

/** Answers of a batch go back together, but none waits longer than this. */
const FLUSH_MS = 2;

const setup = workerData as WorkerSetup;
const progress = new Int32Array(setup.progress);
const port = parentPort;
if (port === null) throw new Error('the document worker was started as a program');

const crdts = createCrdts({ model: setup.model });
const host = createReplicaHost(crdts);

/** Nothing was asked for so long, in milliseconds. */
const IDLE_MS = 200;
const warming = warmUp(crdts);
let isWarm = !setup.warm;
let idle: NodeJS.Timeout | null = null;
function whenIdle(delayMs = IDLE_MS): void {
  if (idle !== null) clearTimeout(idle);
  if (isWarm) return;
  idle = setTimeout(() => {
    isWarm = warming.next().done === true;
    whenIdle(1);
  }, delayMs);
}

function begin(id: number, busy: number, index: number): void {
  progress[PROGRESS.request] = id | 0;
  progress[PROGRESS.index] = index;
  Atomics.store(progress, PROGRESS.busy, busy);
  Atomics.add(progress, PROGRESS.step, 1);
}

function run(to: ReplicaHost, id: number, call: Call): Answer {
  begin(id, call.type === 'inspect' || call.type === 'apply' ? BUSY.remote : BUSY.local, 0);
  switch (call.type) {
    case 'inspect':
      return call.as === 'state' ? to.inspect(call.kind, call.payload, 'state') : to.inspect(call.kind, call.payload);
    case 'open':
      to.open(call.document, call.kind, call.state);
      return undefined;
    case 'apply': {
      const changes = unpack(call.payloads).map((payload, at) => ({ payload, author: call.authors[at] as (typeof call.authors)[number] }));
      return to.apply(call.document, changes, (index) => begin(id, BUSY.remote, index));
    }
    case 'edit':
      return to.edit(call.document, call.clientId, call.author, call.command);
    case 'merge':
      return owned(to.merge(call.document, call.clientId, unpack(call.drafts)));
    case 'view':
      return to.view(call.document, call.query);
    case 'canonical':
      return owned(to.canonical(call.document));
    case 'save':
      return owned(to.save(call.document));
    case 'close':
      to.close(call.document);
      return undefined;
  }
}

function answer({ id, call }: Request): Reply {
  const before = call.type === 'edit' && host.isOpen(call.document);
  try {
    return { id, answer: run(host, id, call) };
  } catch (error) {
    const failure = error instanceof Error ? { name: error.name, message: error.message } : { name: 'Error', message: String(error) };
    return { id, failure, closed: before && call.type === 'edit' && !host.isOpen(call.document) };
  }
}

port.on('message', (requests: readonly Request[]) => {
  let replies: Reply[] = [];
  let since = performance.now();
  const flush = (): void => {
    const buffers = replies.flatMap((reply) => ('answer' in reply && reply.answer instanceof Uint8Array ? transferable(reply.answer) : []));
    port.postMessage(replies, buffers);
    replies = [];
    since = performance.now();
  };
  for (const request of requests) {
    replies.push(answer(request));
    if (performance.now() - since > FLUSH_MS) flush();
  }
  Atomics.store(progress, PROGRESS.busy, BUSY.idle);
  if (replies.length > 0) flush();
  whenIdle();
});
