/** The image and the compose files: parsed by real parsers, and held to what they promise (no root, nothing writable, healthy or replaced). */
import { Ajv } from 'ajv';
import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { describe, expect, test } from 'vitest';
import { SETTING_NAMES, SETTINGS } from '@leanvibe/relay/internal/config/settings';
import { exists, read } from '../../../house/source.js';
import { deployFiles, oneYaml, yamlOf } from './files.js';

interface Service {
  readonly image?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly stop_grace_period?: string;
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const COMPOSE = ['relay/deploy/compose.yaml', 'relay/deploy/compose.cluster.yaml'];
/** Of the platform, or of libraries. */
const FOREIGN = new Set(['NODE_ENV']);

describe('the image', () => {
  const text = read('relay/deploy/Dockerfile');
  const instructions = DockerfileParser.parse(text).getInstructions();
  const last = (keyword: string): string =>
    instructions
      .filter((one) => one.getKeyword() === keyword)
      .at(-1)
      ?.getArgumentsContent() ?? '';

  test('is a Dockerfile without complaints', () => {
    expect(validate(text).map(({ message }) => message)).toEqual([]);
  });

  test('runs as nobody special, says how it is, and builds on named versions', () => {
    expect(last('USER')).toBe('10001:10001');
    expect(last('HEALTHCHECK')).toContain('/health/live');
    expect(last('ENTRYPOINT')).toBe('["node", "relay/bin/leanvibe-relay.js"]');
    const bases = instructions.filter((one) => one.getKeyword() === 'FROM').map((one) => one.getArgumentsContent() ?? '');
    expect(bases.length).toBe(2);
    for (const base of bases) expect(base).toMatch(/:\d+\.\d+\.\d+-/);
  });

  test('copies only what there is', () => {
    const copied = instructions
      .filter((one) => one.getKeyword() === 'COPY' && !one.getTextContent().includes('--from'))
      .flatMap((one) =>
        one
          .getArguments()
          .slice(0, -1)
          .map((argument) => argument.getValue()),
      );
    expect(copied.filter((path) => !exists(path))).toEqual([]);
  });
});

describe('compose', () => {
  // The specification's own schema, as the compose linter brings it along; it names its dialect with an s too many.
  const { $schema: _https, ...schema } = JSON.parse(read('node_modules/dclint/schemas/compose.schema.json')) as Readonly<
    Record<string, unknown>
  >;
  const matches = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);

  for (const path of COMPOSE) {
    test(`${path} is what the compose specification allows`, () => {
      expect(matches(oneYaml(path)), JSON.stringify(matches.errors)).toBe(true);
    });

    test(`${path}: relays write nowhere but to their data, may do nothing, and get their secrets as files`, () => {
      const { services, secrets } = oneYaml<Compose>(path);
      const relays = Object.entries(services).filter(([, { image }]) => image === 'leanvibe-relay');
      expect(relays.length).toBeGreaterThan(0);
      for (const [name, service] of relays) {
        expect([name, service.read_only, service.cap_drop, service.stop_grace_period]).toEqual([name, true, ['ALL'], '35s']);
        for (const secret of service.secrets ?? []) expect(Object.keys(secrets)).toContain(secret);
        const known = new Set(SETTING_NAMES.flatMap((one) => [SETTINGS[one].variable, `${SETTINGS[one].variable}_FILE`]));
        expect(Object.keys(service.environment ?? {}).filter((one) => !known.has(one) && !FOREIGN.has(one))).toEqual([]);
        for (const one of SETTING_NAMES.filter((each) => SETTINGS[each].secret === true))
          expect(Object.keys(service.environment ?? {})).not.toContain(SETTINGS[one].variable);
      }
    });

    test(`${path}: what is mounted from here is here, and no image is "latest"`, () => {
      const { services } = oneYaml<Compose>(path);
      const mounts = Object.values(services).flatMap(({ volumes = [] }) => volumes.map((one) => one.split(':')[0] ?? ''));
      const missing = mounts.filter((one) => one.startsWith('./') && one !== './nginx/tls' && !exists(`relay/deploy/${one.slice(2)}`));
      expect(missing).toEqual([]);
      const images = Object.values(services).flatMap(({ image }) => (image === undefined || image === 'leanvibe-relay' ? [] : [image]));
      expect(images.filter((image) => !/:v?\d+\.\d+/.test(image))).toEqual([]);
    });
  }

  test('in the cluster only nginx and Grafana can be reached from outside', () => {
    const { services } = oneYaml<Compose>('relay/deploy/compose.cluster.yaml');
    const open = Object.entries(services).filter(
      ([, { ports, networks }]) => ports !== undefined || networks?.includes('outside') === true,
    );
    expect(open.map(([name]) => name)).toEqual(['nginx', 'grafana']);
  });
});

test('every YAML file of the deployment parses strictly', () => {
  const files = deployFiles(/\.ya?ml$/);
  expect(files.length).toBeGreaterThan(15);
  for (const path of files) expect(yamlOf(path).length, path).toBeGreaterThan(0);
});
