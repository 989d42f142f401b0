/** Runs what the documents tell people to run, and follows their links. */
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { describe, expect, onTestFinished, test } from 'vitest';
import { run } from '../help/program.js';
import { ROOT } from '../help/root.js';
import { tempFolder } from '../help/temp.js';
import { anchorsOf, type Fence, fencesOf, linksOf } from './fences.js';
import { exists, filesUnder, read } from './source.js';

const pages = filesUnder('.').filter((path) => path.endsWith('.md'));
const fences = ['README.md', 'protocol/SPEC.md'].filter(exists).flatMap((path) => fencesOf(path, read(path)));
const running = fences.filter((fence) => fence.runs);

/** Type-checks the fence as strictly as the code of this repository, then runs it. */
async function runTypeScript(fence: Fence): Promise<void> {
  // Inside tests/dist, so that package names resolve as they do for tests.
  const folder = join(ROOT, 'tests/dist', `docs-${process.pid}-${fence.line}`);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(folder, { recursive: true });
  const source = join(folder, 'fence.ts');
  await writeFile(source, fence.code);
  const base = ts.parseConfigFileTextToJson('tsconfig.base.json', read('tsconfig.base.json')).config as {
    readonly compilerOptions: object;
  };
  const wanted = {
    ...base.compilerOptions,
    types: ['node'],
    lib: ['ES2023', 'DOM'],
    composite: false,
    declaration: false,
    declarationMap: false,
    noUnusedLocals: false,
    outDir: folder,
  };
  const { options } = ts.convertCompilerOptionsFromJson(wanted, ROOT);
  const program = ts.createProgram([source], { ...options, rootDir: folder });
  const problems = ts.getPreEmitDiagnostics(program).map((problem) => ts.flattenDiagnosticMessageText(problem.messageText, ' '));
  expect(problems).toEqual([]);
  program.emit();
  const ended = await run(process.execPath, [join(folder, 'fence.js')], { cwd: folder });
  expect(ended.code, ended.stderr).toBe(0);
}

/** Runs the fence as a person would, in an empty folder with an empty home, with `leanvibe` on the PATH. */
async function runShell(fence: Fence): Promise<void> {
  const folder = await tempFolder('docs');
  await mkdir(join(folder, 'bin'));
  await mkdir(join(folder, 'home'));
  await mkdir(join(folder, 'work'));
  await chmod(join(ROOT, 'agent/bin/leanvibe.js'), 0o755);
  await symlink(join(ROOT, 'agent/bin/leanvibe.js'), join(folder, 'bin/leanvibe'));
  const env = {
    PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: join(folder, 'home'),
    LEANVIBE_HOME: join(folder, 'home/.leanvibe'),
    LEANVIBE_PORT: '0',
  };
  const ended = await run('bash', ['-euo', 'pipefail', '-c', fence.code], { cwd: join(folder, 'work'), env, group: true });
  expect(ended.code, `${ended.stdout}\n${ended.stderr}`).toBe(0);
}

describe('documents', () => {
  test('README.md gives the two commands and nothing more to begin', () => {
    const readme = exists('README.md') ? read('README.md') : '';
    expect(readme).toMatch(/npm start/);
    expect(readme).toMatch(/npm test/);
    const begin = fencesOf('README.md', readme).filter((fence) => /^npm (start|test)$/m.test(fence.code));
    expect(begin.length).toBeGreaterThan(0);
  });

  test(`some fences of README.md and SPEC.md are run (${running.length} of ${fences.length})`, () => {
    expect(running.length).toBeGreaterThan(0);
    expect(
      running
        .filter((fence) => !['ts', 'sh'].includes(fence.language))
        .map((fence) => `${fence.path}:${fence.line} cannot run ${fence.language}`),
    ).toEqual([]);
  });

  for (const fence of running) {
    test(`${fence.path}:${fence.line} runs`, () => (fence.language === 'ts' ? runTypeScript(fence) : runShell(fence)), 120_000);
  }

  test(`every link inside the repository leads somewhere (${pages.length} pages)`, () => {
    expect(pages.length).toBeGreaterThan(2);
    const broken = pages.flatMap((page) =>
      linksOf(read(page))
        .filter((link) => !leads(page, link))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  test('the scripts documents may name exist', () => {
    const scripts = (JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> }).scripts;
    const named = pages.flatMap((page) => [...read(page).matchAll(/npm run ([\w:-]+)/g)].map((match) => ({ page, name: match[1] ?? '' })));
    expect(named.filter(({ name }) => scripts[name] === undefined).map(({ page, name }) => `${page}: npm run ${name}`)).toEqual([]);
  });
});

function leads(page: string, link: string): boolean {
  if (/^(https?|mailto):/.test(link)) return true;
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), decodeURIComponent(path)));
  if (!exists(target)) return false;
  return anchor === undefined || !target.endsWith('.md') || anchorsOf(read(target)).has(anchor);
}
