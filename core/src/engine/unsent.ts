/** Unsent edits: drafts nobody has numbered, told as the difference they make, so that a person can carry them elsewhere when this device may no longer write. */
import { sameBytes } from '@leanvibe/protocol/bytes';
import { err, ok } from '../base/result.js';
import { differenceOf, differenceQueries } from '../doc/product/difference.js';
import type { Kernel } from './kernel.js';
import { previewDrafts } from './preview.js';
import type { Unsent, UnsentDocument } from './unsent-drafts.js';

const NONE = 'nothing here is unsent in that document';

export function createUnsent(kernel: Kernel): Unsent {
  return {
    async list(id) {
      const space = kernel.spaces.get(id);
      const found: UnsentDocument[] = [];
      for (const document of (await space?.drafted()) ?? []) {
        const runtime = await space?.known(document);
        const drafts = (await runtime?.drafts()) ?? 0;
        if (runtime != null && drafts > 0) found.push({ document, kind: runtime.kind, drafts });
      }
      return found.sort((a, b) => (a.document < b.document ? -1 : 1));
    },
    async show(id, document) {
      const space = kernel.spaces.get(id);
      const runtime = await space?.known(document);
      if (space === undefined || runtime == null) return err(NONE);
      const drafts = await runtime.drafts();
      if (drafts === 0) return err(NONE);
      const preview = await previewDrafts(kernel, space, runtime, differenceQueries(runtime.kind));
      if (!preview.ok) return preview;
      const { without, with: after } = preview.value;
      const difference = differenceOf(runtime.kind, without.views, after.views);
      const plain = difference.note === null && difference.items.length === 0;
      return ok({ document, kind: runtime.kind, drafts, difference, other: plain && !sameBytes(without.canonical, after.canonical) });
    },
  };
}
