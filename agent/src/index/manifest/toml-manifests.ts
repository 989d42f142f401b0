/** Cargo.toml and pyproject.toml. */
import { type Found, textOf } from './found.js';
import { requirementName } from './requirements.js';
import { readToml, type TomlTable } from './toml.js';

const CARGO_TABLES: ReadonlySet<string> = new Set(['dependencies', 'dev-dependencies', 'build-dependencies']);

/** `[dependencies]`, `[target.….dependencies]`, `[workspace.dependencies]` list names; `[dependencies.name]` is one. */
function cargoNames(path: readonly string[], table: TomlTable): readonly string[] {
  const at = path.findIndex((part) => CARGO_TABLES.has(part));
  if (at === -1) return [];
  const named = path[at + 1];
  return named === undefined ? [...table.keys()] : [named];
}

export function readCargo(text: string): Found {
  const tables = readToml(text);
  const own = tables.get('package');
  return {
    name: textOf(own?.get('name')),
    version: textOf(own?.get('version')),
    dependencies: [...tables].flatMap(([name, table]) => cargoNames(name.split('\u001f'), table)),
  };
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.flatMap((one) => requirementName(String(one)) ?? []) : [];
}

/** PEP 621's tables, PEP 735's groups, and Poetry's own. */
export function readPyproject(text: string): Found {
  const tables = readToml(text);
  const project = tables.get('project');
  const poetry = tables.get('tool\u001fpoetry');
  const groups = ['project\u001foptional-dependencies', 'dependency-groups'].flatMap((name) =>
    [...(tables.get(name)?.values() ?? [])].flatMap(listOf),
  );
  const poetryNames = [...tables].flatMap(([name, table]) =>
    /^tool\u001fpoetry\u001f(?:group\u001f.*\u001f)?(?:dev-)?dependencies$/.test(name) ? [...table.keys()] : [],
  );
  return {
    name: textOf(project?.get('name')) ?? textOf(poetry?.get('name')),
    version: textOf(project?.get('version')) ?? textOf(poetry?.get('version')),
    dependencies: [...listOf(project?.get('dependencies')), ...groups, ...poetryNames.filter((name) => name !== 'python')],
  };
}
