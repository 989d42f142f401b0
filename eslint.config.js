/** What the compiler cannot hold: promises are awaited, time and chance are parameters, and only the command line prints. */
import tseslint from 'typescript-eslint';

const projects = ['protocol', 'core', 'core/tsconfig.node.json', 'agent', 'relay', 'tests'].map((path) =>
  path.endsWith('.json') ? path : `${path}/tsconfig.json`,
);

const everywhere = {
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, attributes: false } }],
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true, 'ts-ignore': true, 'ts-nocheck': true }],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/only-throw-error': 'error',
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false }],
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-empty': ['error', { allowEmptyCatch: false }],
  'no-var': 'error',
  'prefer-const': 'error',
  'no-eval': 'error',
  'no-implied-eval': 'error',
  'no-new-func': 'error',
  'no-restricted-syntax': [
    'error',
    { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
    { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
  ],
};

const ambient = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'performance',
  'crypto',
  'fetch',
  'process',
  'Buffer',
  'console',
];
const pure = {
  'no-restricted-globals': ['error', ...ambient.map((name) => ({ name, message: 'Ambient time, chance and I/O come through a port.' }))],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: 'Take a Clock.' },
    { object: 'Math', property: 'random', message: 'Take a Random.' },
  ],
  'no-restricted-syntax': [
    ...everywhere['no-restricted-syntax'],
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Take a Clock.' },
  ],
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', 'coverage/**', 'bench-results/**', 'vitest.config.ts'] },
  {
    files: ['{protocol,core,agent,relay,pwa,ios-bridge,tests}/**/*.ts'],
    languageOptions: { parser: tseslint.parser, parserOptions: { project: projects, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@typescript-eslint': tseslint.plugin },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: everywhere,
  },
  { files: ['{protocol,core}/src/**/*.ts'], rules: pure },
  // The native back end is the one place of core that may see Node.
  { files: ['**/*.d.ts'], rules: { 'no-restricted-syntax': 'off' } }, // other people's modules, described as they are
  { files: ['core/src/crypto/node/**/*.ts'], rules: { 'no-restricted-globals': ['error', 'console', 'setTimeout', 'setInterval'] } },
  { files: ['{agent,relay}/src/**/*.ts'], ignores: ['agent/src/cli/output.ts'], rules: { 'no-console': 'error' } },
);
