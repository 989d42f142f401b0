/** What people wrote, and what their things are called, is found neither on the disk of either machine nor in what passes between them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { capture } from '../help/capture.js';
import { makeLan } from '../help/lan.js';
import { inStep, pairByLink, titles } from '../help/lan-stories.js';
import { machine } from '../help/machine.js';
import { leftOut } from '../help/needs.js';
import { run } from '../help/program.js';
import { findIn, findUnder, forms, marker } from '../help/sought.js';
import { until } from '../help/wait.js';

/** A file of keys that says in its name and in every start's warning that it is not encrypted. */
const UNSEALED = new Set(['secrets.json']);

describe.skipIf(leftOut('lan'))('privacy at rest and on the wire', () => {
  test('the search finds a word in every form it may take', () => {
    const word = marker();
    for (const [form, bytes] of forms(word))
      expect(findIn('here', Buffer.concat([Buffer.from('before '), bytes, Buffer.from(' after')]), { word }).join(), form).toContain(
        form.split(' at ')[0],
      );
    for (const before of ['', 'x', 'xy'])
      expect(findIn('here', Buffer.from(Buffer.from(`${before}${word} and more`).toString('base64')), { word })).not.toEqual([]);
    expect(findIn('here', Buffer.from(marker()), { word })).toEqual([]);
  });

  test('A5: words of documents, names of devices, hosts, projects and files, and paths are in no file and no packet', async () => {
    const words = {
      task: marker(),
      note: marker(),
      prompt: marker(),
      suggestion: marker(),
      model: marker(),
      device: marker(),
      'other device': marker(),
      host: marker(),
      'other host': marker(),
      project: marker(),
      folder: marker(),
      file: marker(),
      'suggested file': marker(),
      todo: marker(),
      branch: marker(),
      manifest: marker(),
      dependency: marker(),
      code: marker(),
      'project in the path': marker(),
    };
    const [first, second] = await makeLan(2);
    if (first === undefined || second === undefined) throw new Error('no hosts');
    const recording = await capture(second);
    const ana = await machine(first, { name: words.device, hostName: words.host, folder: words.folder });
    const bea = await machine(second, { name: words['other device'], hostName: words['other host'] });
    await Promise.all([ana.up('--log-level', 'debug'), bea.up('--log-level', 'debug')]);

    await makeRepository(ana.folder, words);
    await ana.json('add', ana.folder, '--title', words.project);
    await pairByLink(ana, bea);
    const { id: project } = (await ana.ask('project.list', {}))[0] ?? { id: '' };
    await ana.json('task', 'add', '-p', words.project, words.task);
    await bea.ask('note.append', { project, text: `${words.note}\n` });
    const suggestion = await ana.ask('suggest', {
      project,
      file: `src/${words['suggested file']}.ts`,
      line: 3,
      prompt: words.prompt,
      suggestion: words.suggestion,
      model: words.model,
      confidence: 0.5,
    });
    await until(
      'all of it on both',
      async () =>
        (await titles(bea, project)).includes(words.task) &&
        (await ana.ask('note.show', { project })).text.includes(words.note) &&
        (await bea.ask('suggestions', { project })).length === 1,
    );
    await bea.ask('accept', { project, id: suggestion.id });
    await bea.ask('device.rename', { device: words['other device'], name: `${words['other device']}2` });
    await until('the verdict', async () => (await ana.ask('suggestions', { project }))[0]?.state === 'accepted');
    await inStep(ana, bea);
    // What a person asks and mistypes must not end in the log either.
    await ana.cli('show', words.project);
    await ana.cli('task', 'done', words.code);
    await ana.cli('add', `/nowhere/${words['project in the path']}`);
    await ana.cli('why', words.project);
    await mkdir(join(ana.disk, words['project in the path']));
    await ana.cli('add', join(ana.disk, words['project in the path']));

    // They were really there to be found: the index of one knows the to-do, the other machine knows the words.
    expect(JSON.stringify(await ana.ask('project.show', { project }))).toContain(words.todo);
    expect((await bea.ask('project.list', {})).map(({ name }) => name)).toContain(words.project);

    const running = await Promise.all([findUnder(ana.home, words, UNSEALED), findUnder(bea.home, words, UNSEALED)]);
    await bea.kill();
    await ana.down();
    const packets = await recording.end();
    const ended = await Promise.all([findUnder(ana.home, words, UNSEALED), findUnder(bea.home, words, UNSEALED)]);
    const logs = await run('sh', ['-c', `cat "$0"/logs/* | wc -c`, ana.home]);
    process.stdout.write(
      `  searched ${packets.length} bytes of packets, ${running[0].files + running[1].files} files of ${running[0].bytes + running[1].bytes} bytes while running, ${ended[0].files + ended[1].files} files after, logs of ${logs.stdout.trim()} bytes\n`,
    );
    expect(Number(logs.stdout)).toBeGreaterThan(50);
    expect(packets.length).toBeGreaterThan(20_000);
    expect(running.flatMap(({ finds }) => finds)).toEqual([]);
    expect(ended.flatMap(({ finds }) => finds)).toEqual([]);
    expect(findIn('packets', packets, words)).toEqual([]);
  }, 120_000);
});

async function makeRepository(
  folder: string,
  words: Readonly<Record<'file' | 'todo' | 'branch' | 'manifest' | 'dependency' | 'code', string>>,
): Promise<void> {
  await mkdir(join(folder, 'src'));
  await writeFile(join(folder, `src/${words.file}.ts`), `// TODO: ${words.todo}\nexport const ${words.code} = 1;\n`);
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: words.manifest.toLowerCase(), dependencies: { [words.dependency.toLowerCase()]: '1.0.0' } }),
  );
  const git = ['-c', 'user.name=nobody', '-c', 'user.email=nobody@example.org', '-c', 'commit.gpgsign=false'];
  for (const args of [
    ['init', '-q', '-b', words.branch],
    ['add', '-A'],
    ['commit', '-qm', 'first'],
  ]) {
    const { code, stderr } = await run('git', [...git, ...args], { cwd: folder });
    if (code !== 0) throw new Error(`git: ${stderr}`);
  }
}
