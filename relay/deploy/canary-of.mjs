/** Reads a Deployment as JSON and answers its canary: one copy of another image under another name, found by the same service. */
import { text } from 'node:stream/consumers';

const image = process.argv[2];
const { metadata, spec, apiVersion, kind } = JSON.parse(await text(process.stdin));
const labels = { ...spec.template.metadata.labels, 'leanvibe.dev/track': 'canary' };
const template = structuredClone(spec.template);
template.metadata.labels = labels;
for (const container of template.spec.containers) if (container.name === 'relay') container.image = image;
const canary = {
  apiVersion,
  kind,
  metadata: { name: `${metadata.name}-canary`, namespace: metadata.namespace },
  // A selector of its own: the deployment beside it must not count these pods as its own.
  spec: { replicas: 1, revisionHistoryLimit: 1, selector: { matchLabels: labels }, strategy: spec.strategy, template },
};
process.stdout.write(`${JSON.stringify(canary)}\n`);
