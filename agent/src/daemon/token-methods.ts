/** `token.*`: making, listing and ending tokens, and what each did. For the owner of this home only. */
import { TOKEN_NAME_BYTES_MAX } from '@leanvibe/protocol/limits';
import { type DocumentId, parseId, type SpaceId } from '@leanvibe/protocol/ids';
import type { Role } from '@leanvibe/protocol/link';
import type { Handlers } from '../control/call.js';
import { ControlFailure } from '../control/error.js';
import type { TokenLogView } from '../control/leaf-views.js';
import type { KnownProject } from '../product/catalog.js';
import type { TokenRecord, TokenRole } from '../tokens/record.js';
import { gathered, type Part, type Scope, type ScopeEntry, splitPart } from '../tokens/scope.js';
import type { Agent } from './agent.js';
import { projectNames, tokenView } from './token-views.js';

type Deps = Pick<Agent, 'engine' | 'product' | 'tokens'>;
type TokenMethods = Pick<Handlers, Extract<keyof Handlers, `token.${string}`>>;

export function tokenMethods(agent: Deps): TokenMethods {
  const { tokens } = agent;
  return {
    async 'token.create'({ name, documents, role, expiresInSeconds, space }) {
      if (agent.engine.cloned())
        throw new ControlFailure(
          'refused',
          'this home is an older or second copy, and has no tokens until that is settled',
          'see: leanvibe status',
        );
      checkName(agent, name);
      const scope = await scopeOf(agent, documents, space);
      checkRole(agent, scope.space, role);
      const made = await tokens.create({ name, role, scope, lastsMs: expiresInSeconds * 1000 });
      if (made === null)
        throw new ControlFailure('too-many', 'a hundred tokens live already', 'revoke what is not used: leanvibe token list');
      return { token: tokenView(made.record, await projectNames(agent)), secret: made.secret };
    },
    async 'token.list'() {
      const nameOf = await projectNames(agent);
      return tokens.all().map((record) => tokenView(record, nameOf));
    },
    async 'token.revoke'({ token }) {
      const { id, name } = findToken(agent, token);
      if (!(await tokens.end(id, 'revoked'))) throw new ControlFailure('refused', `${name} has ended already`, 'see: leanvibe token list');
      return tokenView(findToken(agent, id), await projectNames(agent));
    },
    'token.log': ({ token }) => logOf(agent, findToken(agent, token)),
  };
}

/** Plain words only: the name is shown on other people's screens, beside their own words. */
const NAME = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} ._-]*[\p{L}\p{M}\p{N}._-])?$/u;

function checkName({ tokens }: Deps, name: string): void {
  if (!NAME.test(name) || Buffer.byteLength(name) > TOKEN_NAME_BYTES_MAX)
    throw new ControlFailure(
      'bad-request',
      `name must begin with a letter or digit, and hold letters, digits, spaces and . _ - only, ${TOKEN_NAME_BYTES_MAX} bytes at most`,
    );
  if (tokens.all().some((one) => one.end === null && one.name === name))
    throw new ControlFailure('refused', `there is a token called ${name} already`, 'choose another name, or revoke that one first');
}

/** A token never may what its device may not. */
function checkRole({ engine }: Deps, space: SpaceId, role: TokenRole): void {
  const own = ownRole(engine, space);
  if (own === null) throw new ControlFailure('refused', 'this device is not in that space any more', 'see: leanvibe status');
  if (role === 'editor' && own === 'viewer')
    throw new ControlFailure('not-editor', 'this device may only read there, so its tokens may too', 'make one with: --role viewer');
}

/** What this device is in a space; null where it is nothing. */
export function ownRole(engine: Pick<Agent['engine'], 'spaces'>, space: SpaceId): Role | null {
  const view = engine.spaces().find((one) => one.space === space);
  const own = view?.devices.find(({ thisDevice }) => thisDevice);
  return view?.standing === 'live' && own?.revoked === false ? own.role : null;
}

async function scopeOf(agent: Deps, documents: readonly string[], space: string | undefined): Promise<Scope> {
  if (documents.length === 0) throw new ControlFailure('bad-request', 'documents must name a project, or all');
  const named: { readonly project: KnownProject | null; readonly part: Part | null }[] = [];
  for (const text of documents) named.push(await oneOfScope(agent, text));
  const spaces = new Set(named.flatMap(({ project }) => project?.space ?? []));
  const chosen = space === undefined ? null : agent.product.teams.find(space).space;
  const [only = null, ...more] = chosen === null ? spaces : new Set([chosen, ...spaces]);
  if (more.length > 0) throw new ControlFailure('refused', 'these projects are in several spaces', 'make a token for each space');
  const entries = named.map(({ project, part }): ScopeEntry => ({ project: project?.id ?? null, parts: part === null ? null : [part] }));
  return { space: only ?? agent.engine.home(), entries: gathered(entries) };
}

async function oneOfScope({ product }: Deps, text: string): Promise<{ readonly project: KnownProject | null; readonly part: Part | null }> {
  const split = splitPart(text);
  if (text === 'all') return { project: null, part: null };
  if (split?.name === 'all') return { project: null, part: split.part };
  try {
    return { project: await product.resolve({ project: text }), part: null };
  } catch (error) {
    const unknown = error instanceof ControlFailure && error.error.code === 'no-project';
    if (!unknown || split === null) throw error;
    return { project: await product.resolve({ project: split.name }), part: split.part };
  }
}

const ID_START_MIN = 4;

/** By name, the live one first; by id, or the start of one. */
export function findToken({ tokens }: Pick<Deps, 'tokens'>, text: string): TokenRecord {
  const all = tokens.all();
  const byName = all.find(({ name }) => name === text);
  const id = parseId(text, 16);
  const byId = all.filter((one) => one.id === id || (text.length >= ID_START_MIN && one.id.startsWith(text.toLowerCase())));
  const [found, ...more] = byName === undefined ? byId : [byName];
  const shown = JSON.stringify(text.slice(0, 80));
  if (found === undefined) throw new ControlFailure('not-found', `there is no token ${shown}`, 'see: leanvibe token list');
  if (more.length > 0) throw new ControlFailure('ambiguous', `${more.length + 1} tokens match ${shown}`, 'give more of the id');
  return found;
}

async function logOf(agent: Deps, record: TokenRecord): Promise<TokenLogView> {
  const { engine, product, tokens } = agent;
  const nameOf = await projectNames(agent);
  const words = new Map<DocumentId, { readonly document: string; readonly project: string | null }>();
  const described = async (document: DocumentId): Promise<{ readonly document: string; readonly project: string | null }> => {
    const known =
      words.get(document) ?? (await product.describe({ type: 'document', space: record.scope.space, document, origin: 'here' }));
    words.set(document, known);
    return known;
  };
  const changes: TokenLogView['changes'][number][] = [];
  for (const { token, document, device, change, verdict } of await engine.tokenActs(record.scope.space)) {
    if (token.id !== record.id) continue;
    const { document: word, project } = await described(document);
    changes.push({
      document: word,
      project: project === null ? null : nameOf(project),
      change,
      device: product.names.of(device),
      state: verdict,
    });
  }
  const acts = await tokens.acts(record.id);
  return {
    token: tokenView(record, nameOf),
    acts: acts.map(({ atMs, method, project, item, outcome }) => ({
      at: new Date(atMs).toISOString(),
      method,
      project: nameOf(project),
      item,
      outcome,
    })),
    changes,
  };
}
