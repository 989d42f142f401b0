/** The Kubernetes manifests: built by kubectl's own kustomize, checked field by field against the API's types, and held to the restricted pod standard. */
import { rm, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { leftOut } from '../../../help/needs.js';
import { run } from '../../../help/program.js';
import { ROOT } from '../../../help/root.js';
import { DEPLOY, yamlOf } from './files.js';

interface Container {
  readonly name: string;
  readonly image: string;
  readonly securityContext?: object;
  readonly envFrom?: readonly { readonly configMapRef?: { readonly name: string } }[];
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly template?: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly containers: readonly Container[];
        readonly securityContext: object;
        readonly enableServiceLinks: boolean;
        readonly automountServiceAccountToken: boolean;
        readonly volumes: readonly { readonly name: string; readonly secret?: { readonly secretName: string } }[];
      };
    };
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  };
}

describe.skipIf(leftOut('deploy'))('Kubernetes', () => {
  let manifests: readonly Manifest[] = [];
  beforeAll(async () => {
    const { execFile } = await import('node:child_process');
    const text = await new Promise<string>((resolve, reject) => {
      execFile('kubectl', ['kustomize', join(DEPLOY, 'kubernetes/overlays/example')], (error, out) =>
        error === null ? resolve(out) : reject(error),
      );
    });
    manifests = yamlOf('kustomize', text) as readonly Manifest[];
  });
  const workloads = (): readonly Manifest[] => manifests.filter(({ spec }) => spec?.template !== undefined);

  test('kustomize builds everything there should be', () => {
    expect(manifests.map(({ kind }) => kind).toSorted()).toEqual([
      'ConfigMap',
      'ConfigMap',
      'Deployment',
      'HorizontalPodAutoscaler',
      'Ingress',
      'Job',
      'Namespace',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Service',
      'ServiceAccount',
    ]);
    for (const { kind, metadata } of manifests) if (kind !== 'Namespace') expect(metadata.namespace, kind).toBe('leanvibe-relay');
    for (const { spec } of workloads())
      expect(spec?.template?.spec.containers.map(({ image }) => image)).toEqual(['registry.example.org/leanvibe-relay:0.1.0']);
  });

  test("every field is one of the API's, and of its type", async () => {
    const folder = join(ROOT, 'tests/dist', `kubernetes-${process.pid}`);
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await mkdir(folder, { recursive: true });
    const source = join(folder, 'manifests.ts');
    const lines = manifests.map(({ apiVersion, kind, ...rest }, at) => {
      const literal = JSON.stringify({ apiVersion, kind, ...rest });
      return `import type { I${kind} as T${at} } from 'kubernetes-models/${apiVersion}';\nexport const m${at}: T${at} = ${literal};`;
    });
    await writeFile(source, `${lines.join('\n')}\n`);
    expect(problemsOf(source)).toEqual([]);
    await writeFile(source, `${lines.join('\n').replace('"readOnlyRootFilesystem"', '"readonlyRootFilesystem"')}\n`);
    expect(problemsOf(source)).toEqual([expect.stringMatching(/readonlyRootFilesystem/)]);
  }, 120_000);

  test('pods are restricted: no root, nothing writable, no privileges, no token, no variables of the platform', () => {
    expect(
      workloads()
        .map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(['Deployment', 'Job']);
    for (const { spec } of workloads()) {
      const pod = spec?.template?.spec;
      expect(pod).toMatchObject({
        enableServiceLinks: false,
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const { securityContext } of pod?.containers ?? [])
        expect(securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    }
  });

  test('secrets are referred to and never written down; what is referred to is there', () => {
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    const maps = manifests.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
    for (const { spec } of workloads()) {
      const pod = spec?.template?.spec;
      expect(pod?.volumes.find(({ name }) => name === 'secrets')?.secret?.secretName).toBe('leanvibe-relay');
      for (const { envFrom = [] } of pod?.containers ?? [])
        for (const { configMapRef } of envFrom) expect(maps).toContain(configMapRef?.name);
    }
  });

  test('the canary is one copy of the other image that the service finds and the deployment does not', async () => {
    const deployment = manifests.find(({ kind }) => kind === 'Deployment');
    const made = await run(process.execPath, [join(DEPLOY, 'canary-of.mjs'), 'new:1'], { input: JSON.stringify(deployment) });
    const canary = JSON.parse(made.stdout) as Manifest;
    expect(canary.metadata.name).toBe('leanvibe-relay-canary');
    const labels = canary.spec?.template?.metadata.labels ?? {};
    expect(canary.spec?.template?.spec.containers.map(({ image }) => image)).toEqual(['new:1']);
    const picks = (selector: Readonly<Record<string, string>>): boolean =>
      Object.entries(selector).every(([key, value]) => labels[key] === value);
    const service = manifests.find(({ kind }) => kind === 'Service') as unknown as {
      readonly spec: { readonly selector: Record<string, string> };
    };
    expect([picks(service.spec.selector), picks(deployment?.spec?.selector?.matchLabels ?? {})]).toEqual([true, false]);
  });
});

/** What the compiler says of a file by itself. */
function problemsOf(source: string): readonly string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    types: [],
  };
  return ts
    .getPreEmitDiagnostics(ts.createProgram([source], options))
    .map((problem) => ts.flattenDiagnosticMessageText(problem.messageText, ' '));
}
