/** Every control method over the agent's parts; wiring only. */
import { WIRE_VERSION } from '@leanvibe/protocol/version';
import type { Handlers } from '../control/call.js';
import { ControlFailure } from '../control/error.js';
import type { KnownProject } from '../product/catalog.js';
import { relayWhy } from '../relay/why.js';
import type { Agent } from './agent.js';
import { OUT_OF_SPACE } from './alarms.js';
import { backup } from './backup.js';
import { checkWords } from './check-words.js';
import { deviceRows, findDevice } from './devices.js';
import { doctor } from './doctor.js';
import { followLogs } from './follow-logs.js';
import { metricsMethods } from './metrics-methods.js';
import { getSetting, listSettings, setSetting } from './settings-methods.js';
import { statusView } from './status.js';
import { tokenMethods } from './token-methods.js';
import { syncView, waitForSync } from './sync-wait.js';
import { trust } from './trust.js';
import { verifyStore } from './verify.js';
import { VERSION } from './version.js';

type Names<Prefix extends string> = Extract<keyof Handlers, `${Prefix}.${string}`>;
type Part<Name extends keyof Handlers> = Pick<Handlers, Name>;

function about(agent: Agent): Part<'status' | 'doctor' | 'paths' | 'id' | Names<'config'> | 'open' | 'stop' | 'logs' | 'verify'> {
  const { engine, product, paths, sessions } = agent;
  return {
    status: () => statusView(agent, agent.lag.take()),
    doctor: () => doctor(agent),
    paths: async () => ({
      home: paths.home,
      store: paths.store,
      config: paths.config,
      logs: paths.log,
      secrets: paths.secrets,
      token: paths.token,
    }),
    id: async () => ({
      deviceId: engine.device,
      name: product.names.own(),
      person: engine.person(),
      personName: product.names.person(),
      space: engine.home(),
      version: VERSION,
      protocol: WIRE_VERSION,
      words: checkWords(engine.device),
    }),
    'config.get': async ({ key }) => getSetting(agent, key),
    'config.set': ({ key, value }) => setSetting(agent, key, value),
    'config.list': async () => listSettings(agent),
    async open() {
      const { key, expiresAtMs } = sessions.key();
      return { link: `http://127.0.0.1:${agent.port()}/?key=${key}`, expiresAt: new Date(expiresAtMs).toISOString() };
    },
    async stop() {
      agent.requestStop();
      return { stopping: true };
    },
    logs: ({ lines = 200, follow = false }, context) => followLogs(agent, { lines, follow }, context),
    verify: (_params, context) => verifyStore(agent, context),
  };
}

function projects({ product, relays }: Agent): Part<Exclude<Names<'project'>, 'project.share'> | 'why' | 'export'> {
  return {
    'project.add': ({ path, name }, { progress, signal }) => product.projects.add(path, name, progress, signal),
    'project.list': ({ all = false }) => product.projects.list(all),
    'project.show': async (ref) => product.detail(await product.resolve(ref)),
    'project.remove': async ({ everywhere = false, ...ref }) => product.projects.remove(await product.resolve(ref), everywhere),
    why: async (ref) => {
      const project = await product.resolve(ref);
      return [...relayWhy(relays.rows(), project.space), ...(await product.why(project))];
    },
    export: ({ path }, { progress, signal }) => product.export(path, (done, total) => progress({ done, total }), signal),
  };
}

function teams({ product, alarms }: Agent): Part<Names<'space'> | Names<'member'> | 'project.share'> {
  const { teams: on } = product;
  return {
    'space.create': ({ name }) => on.create(name),
    'space.list': () => on.list(),
    'space.rename': ({ space, name }) => on.rename(on.find(space), name),
    async 'space.leave'({ space }) {
      const view = on.find(space);
      const left = await on.leave(view);
      // They said so themselves.
      alarms.settle(OUT_OF_SPACE, view.space);
      return left;
    },
    'project.share': async ({ space, ...ref }) => product.view(await product.moves.share(await product.resolve(ref), on.find(space).space)),
    'member.list': async ({ space }) => on.members(on.find(space)),
    'member.role': ({ space, person, role }) => on.setRole(on.find(space), person, role),
    'member.kick': ({ space, person }) => on.kick(on.find(space), person),
  };
}

const INVITE_MS = 7 * 86_400_000;

function invites({ invites: desk, joins }: Agent): Part<Names<'invite'>> {
  return {
    'invite.create': ({ space, role = 'editor', expiresInMs = INVITE_MS, uses = 1, auto = false }) =>
      desk.create({ space, role, expiresInMs, uses, auto }),
    'invite.list': async ({ space }) => desk.list(space),
    'invite.revoke': ({ id }) => desk.revoke(id),
    'invite.requests': async () => desk.requests(),
    'invite.approve': ({ id, role }) => desk.approve(id, role),
    'invite.deny': ({ id }) => desk.deny(id),
    'invite.accept': ({ link }) => joins.accept(link),
    'invite.accepted': async () => joins.list(),
    'invite.withdraw': ({ id }) => joins.withdraw(id),
  };
}

function work({ product }: Agent): Part<Names<'task'> | Names<'note'> | 'suggest' | 'suggestions' | 'accept' | 'reject' | Names<'trash'>> {
  const { work: on, resolve } = product;
  const all = async (project: string | undefined, folder: string | undefined): Promise<readonly KnownProject[]> =>
    project === undefined && folder === undefined
      ? product.catalogs.projects()
      : [await resolve({ ...(project === undefined ? {} : { project }), ...(folder === undefined ? {} : { folder }) })];
  return {
    'task.add': async ({ title, ...ref }) => on.addTask(await resolve(ref), title),
    'task.list': async ({ all: every = true, ...ref }) => on.tasks(await resolve(ref), every),
    'task.done': async ({ id, ...ref }) => on.tick(await resolve(ref), id, true),
    'task.undone': async ({ id, ...ref }) => on.tick(await resolve(ref), id, false),
    'task.rm': async ({ id, ...ref }) => on.removeTask(await resolve(ref), id),
    'task.edit': async ({ id, title, ...ref }) => on.renameTask(await resolve(ref), id, title),
    'note.show': async (ref) => on.note(await resolve(ref)),
    'note.append': async ({ text, ...ref }) => on.appendNote(await resolve(ref), text),
    'note.edit': async ({ text, base, ...ref }) => on.editNote(await resolve(ref), text, base),
    suggest: async ({ project, folder, ...suggestion }) =>
      on.suggest(await resolve({ ...(project === undefined ? {} : { project }), ...(folder === undefined ? {} : { folder }) }), suggestion),
    suggestions: async ({ state, ...ref }) => on.suggestions(await resolve(ref), state),
    accept: async ({ id, ...ref }) => on.judge(await resolve(ref), id, 'accept'),
    reject: async ({ id, ...ref }) => on.judge(await resolve(ref), id, 'reject'),
    'trash.list': async ({ project, folder }) => (await Promise.all((await all(project, folder)).map((one) => on.trash(one)))).flat(),
    'trash.restore': async ({ id, ...ref }) => on.restore(await resolve(ref), id),
  };
}

function devices(agent: Agent): Part<Names<'device'> | Names<'pair'> | Names<'join'> | Names<'sync'>> {
  const { engine, product, desk } = agent;
  return {
    'device.list': async () => deviceRows(agent),
    'device.rename': async ({ device, name }) => {
      const { deviceId } = findDevice(agent, device);
      await product.names.rename(deviceId, name);
      return findDevice(agent, deviceId);
    },
    'device.revoke': async ({ device }) => {
      const { deviceId, thisDevice, revoked, name } = findDevice(agent, device);
      if (thisDevice) throw new ControlFailure('refused', 'this is the device you are using', 'revoke it from another device of yours');
      if (revoked) throw new ControlFailure('refused', `${name} is revoked already`);
      const done = await engine.revoke(deviceId);
      if (!done.ok) throw new ControlFailure('refused', done.error);
      return findDevice(agent, deviceId);
    },
    'device.continue': async () => {
      const continued = engine.cloned();
      await engine.goOnAsOnlyCopy();
      agent.alarms.settle('cloned');
      return { continued };
    },
    'pair.start': async ({ autoConfirm = false }) => desk.start(autoConfirm),
    'pair.status': async () => desk.status(),
    'pair.confirm': async ({ accept, digits }) => desk.confirm(accept, digits ?? null),
    'pair.cancel': async () => desk.cancel(),
    'join.start': async ({ target, keepHome = false }) => desk.join(target, keepHome),
    'join.status': async () => desk.joinStatus(),
    'join.confirm': async ({ accept, digits }) => desk.joinConfirm(accept, digits ?? null),
    'join.cancel': async () => desk.joinCancel(),
    'sync.status': async () => syncView(agent),
    'sync.wait': ({ timeoutMs = 60_000 }, context) => waitForSync(agent, timeoutMs, context),
  };
}

function words({ recovery }: Agent): Part<Names<'recovery'>> {
  return {
    'recovery.create': async ({ another = false }) => recovery.create(another),
    'recovery.list': async () => recovery.list(),
    'recovery.check': async ({ words: typed }) => recovery.check(typed),
    'recovery.extend': async ({ words: typed }) => recovery.extend(typed),
    'recovery.revoke': async ({ device }) => recovery.revoke(device),
    'recovery.restore': ({ words: typed, peer }, context) => recovery.restore(typed, peer ?? null, context),
  };
}

function relays({ relays: desk }: Agent): Part<Names<'relay'>> {
  return {
    'relay.login': (params) => desk.login(params),
    'relay.logout': ({ relay }) => desk.logout(relay),
    'relay.list': async () => desk.rows(),
    'relay.prove': ({ count = 16 }) => desk.prove(count),
  };
}

export function createMethods(agent: Agent): Handlers {
  return {
    ...about(agent),
    backup: (params, context) => backup(agent, params, context),
    ...projects(agent),
    ...teams(agent),
    ...invites(agent),
    ...work(agent),
    ...trust(agent),
    ...devices(agent),
    ...words(agent),
    ...relays(agent),
    ...tokenMethods(agent),
    ...metricsMethods(agent),
  };
}
