/** Replicas in this very thread: for simulations, for a browser's own worker, for engines without threads. */
import type { DocumentId } from '@leanvibe/protocol/ids';
import { err, ok } from '../base/result.js';
import type { Replicas } from './crdt.js';
import { createReplicaHost } from './host.js';
import type { Crdts } from './registry.js';

/** Nothing here can be interrupted, so nothing is ever held for its budget. */
export function inProcessReplicas(crdts: Crdts): Replicas {
  const host = createReplicaHost(crdts);
  const listeners = new Set<(documents: readonly DocumentId[]) => void>();
  return {
    inspect: async (kind, payload, as) => host.inspect(kind, payload, as),
    open: async (document, kind, state) => host.open(document, kind, state),
    isOpen: (document) => host.isOpen(document),
    async apply(document, changes) {
      const applied = host.apply(document, changes, () => undefined);
      return applied.ok ? ok(null) : err({ heldAt: applied.error, reason: 'unsettled' });
    },
    async edit(document, clientId, author, command) {
      const before = host.isOpen(document);
      try {
        return host.edit(document, clientId, author, command);
      } finally {
        if (before && !host.isOpen(document)) for (const listener of listeners) listener([document]);
      }
    },
    merge: async (document, clientId, drafts) => host.merge(document, clientId, drafts),
    view: async (document, query) => host.view(document, query),
    canonical: async (document) => host.canonical(document),
    save: async (document) => host.save(document),
    close: async (document) => host.close(document),
    onLost(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    stop: async () => listeners.clear(),
  };
}
