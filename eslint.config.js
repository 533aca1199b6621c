import js from '@eslint/js'
import nx from '@nx/eslint-plugin'
import jest from 'eslint-plugin-jest'
import tseslint from 'typescript-eslint'
import { longFunctions } from './eslint.long.js'

/** Who may import whom: docs/architecture.md, "Dependency rule". */
const depConstraints = [
  { sourceTag: 'type:core', onlyDependOnLibsWithTags: [] },
  {
    sourceTag: 'pure',
    onlyDependOnLibsWithTags: ['type:core', 'pure'],
    bannedExternalImports: ['viem', 'ws', 'node:*'],
  },
  { sourceTag: 'type:impl', onlyDependOnLibsWithTags: ['type:core', 'type:util', 'type:contracts', 'pure'] },
  {
    sourceTag: 'type:node',
    onlyDependOnLibsWithTags: ['type:core', 'type:util', 'type:contracts', 'pure', 'type:derivation'],
  },
  { sourceTag: 'type:util', onlyDependOnLibsWithTags: ['type:core', 'type:util', 'pure'] },
  { sourceTag: 'type:contracts', onlyDependOnLibsWithTags: ['type:core'] },
  { sourceTag: 'type:derivation', onlyDependOnLibsWithTags: ['type:core', 'pure'] },
  {
    sourceTag: 'type:testkit',
    onlyDependOnLibsWithTags: ['type:core', 'type:util', 'pure', 'type:contracts'],
  },
  { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['*'] },
  { sourceTag: 'type:tool', onlyDependOnLibsWithTags: ['*'] },
  { sourceTag: 'type:example', onlyDependOnLibsWithTags: ['*'] },
]

/** AssemblyScript: what makes sense without types, for its types are not TypeScript's, and without globals, which are its builtins. */
const assemblyScript = {
  files: ['**/assembly/**/*.ts'],
  languageOptions: {
    parser: tseslint.parser,
    // Decorators of functions.
    parserOptions: { allowInvalidAST: true },
  },
  linterOptions: { reportUnusedDisableDirectives: 'off' },
  plugins: { '@typescript-eslint': tseslint.plugin },
  rules: {
    '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
    'no-cond-assign': ['error', 'except-parens'],
    'no-constant-condition': ['error', { checkLoops: false }],
    'no-dupe-else-if': 'error',
    'no-duplicate-case': 'error',
    'no-empty': 'error',
    'no-fallthrough': 'error',
    'no-lonely-if': 'error',
    'no-redeclare': 'error',
    'no-self-assign': 'error',
    'no-self-compare': 'error',
    'no-unneeded-ternary': 'error',
    'no-unreachable': 'error',
    'no-unused-expressions': 'error',
    'no-useless-return': 'error',
    'no-var': 'error',
    'prefer-const': 'error',
  },
}

/** Functions in AssemblyScript above 80 lines: opcode switches and a permutation written out, where a call costs; the other two wait to be split. */
const longInAssemblyScript = {
  files: longFunctions,
  rules: { 'max-lines-per-function': 'off' },
}

/** Numbers of the protocol that libs/core/src/protocol.ts names, once for all. Tests may state them again. */
const protocolNumbers = [
  [':not(TSLiteralType) > Literal[raw=/^0x7e$/i]', 'depositTransactionType'],
  ["Literal[value='0x7e']", 'depositTransactionType'],
  ['Literal[value=/^(0x)?56e81f171bcc55a6/i]', 'emptyRootHash'],
  ['Literal[value=/^(0x)?c5d2460186f7233c/i]', 'emptyCodeHash'],
  ['Literal[value=/^(0x)?1dcc4de8dec75d7a/i]', 'emptyOmmersHash'],
  ['Literal[value=/^(0x)?e3b0c44298fc1c14/i]', 'emptyRequestsHash'],
  ['Literal[value=49152]', 'maxInitCodeBytes'],
  ['Literal[raw=/^0xf{31}ebaaedce6/i]', 'secp256k1Order'],
].map(([selector, name]) => ({
  selector,
  message: `Import ${name} of @animechain/core: each rule stands once.`,
}))

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      'docs/api/**',
      '**/build/**',
      '**/node_modules/**',
      '**/generated/**',
      '**/.nx/**',
      '**/.cache/**',
      '**/out/**',
      '**/cache/**',
    ],
  },
  assemblyScript,
  longInAssemblyScript,
  ...[js.configs.recommended, ...tseslint.configs.recommended].map((config) => ({
    ...config,
    ignores: ['**/assembly/**'],
  })),
  {
    ignores: ['**/assembly/**'],
    plugins: { '@nx': nx },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' },
      ],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false },
      ],
      'no-empty': ['error', { allowEmptyCatch: true }],
      'no-constant-condition': ['error', { checkLoops: false }],
    },
  },
  {
    files: ['libs/**/src/**/*.ts', 'apps/**/src/**/*.ts', 'examples/**/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-console': 'error',
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          checkDynamicDependenciesExceptions: ['.*'],
          depConstraints,
          enforceBuildableLibDependency: false,
        },
      ],
    },
  },
  {
    files: ['{libs,apps,tools,examples}/**/*.{ts,mjs}'],
    ignores: ['**/*.test.ts', '**/test/**', ...longFunctions],
    rules: { 'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }] },
  },
  {
    // What a test asserts is also counted when it runs: jest.asserts.js.
    files: ['**/*.test.ts'],
    ignores: ['template/**'],
    plugins: { jest },
    rules: {
      'jest/expect-expect': [
        'error',
        { assertFunctionNames: ['expect', 'expect*', 'agree', 'holds', 'report.replay'] },
      ],
      'jest/no-disabled-tests': 'error',
      'jest/no-focused-tests': 'error',
      'jest/no-identical-title': 'error',
      'jest/valid-expect': 'error',
      'jest/valid-expect-in-promise': 'error',
    },
  },
  {
    files: ['{libs,apps,tools,examples}/**/*.{ts,mjs}'],
    ignores: [
      '**/*.test.ts',
      '**/test/**',
      '**/assembly/**',
      // Published suites state what they expect.
      'libs/conformance/src/**',
      'libs/core/src/protocol.ts',
      // The same byte is WebAssembly's i64.
      'libs/core/src/keccakModule.ts',
      'libs/proving/machine/src/opcodes.ts',
      // Opcodes and planted bugs.
      'tools/fuzz/src/bugs.ts',
    ],
    rules: { 'no-restricted-syntax': ['error', ...protocolNumbers] },
  },
  {
    // With types. The program is the one of `npm run types`.
    files: ['libs/**/src/**/*.ts', 'apps/**/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    // Pure packages have no clock, no randomness, no network, no file system.
    files: [
      'libs/tx/src/**/*.ts',
      'libs/codec/src/**/*.ts',
      'libs/derivation/src/**/*.ts',
      'libs/core/src/**/*.ts',
      'libs/proving/machine/src/**/*.ts',
    ],
    ignores: [
      '**/*.test.ts',
      'libs/core/src/lifecycle.ts',
      'libs/tx/src/**/*recovery*.ts',
      'libs/tx/src/**/*worker*.ts',
    ],
    rules: {
      'no-restricted-globals': [
        'error',
        'fetch',
        'setTimeout',
        'setInterval',
        'process',
        'performance',
        'WebSocket',
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Pure packages have no clock.' },
        { object: 'Math', property: 'random', message: 'Pure packages have no randomness.' },
      ],
      'no-restricted-imports': [
        'error',
        { patterns: ['node:fs*', 'node:net', 'node:http*', 'node:child_process', 'node:worker_threads'] },
      ],
    },
  },
  {
    files: ['*.js', 'tools/**/*', 'examples/**/*', '**/*.mjs', '**/scripts/**'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'URL',
          'Buffer',
          'fetch',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'performance',
          'WebAssembly',
          'AbortSignal',
          'AbortController',
          'TextEncoder',
          'TextDecoder',
          'structuredClone',
          'WebSocket',
          'document',
          'window',
          'navigator',
          'self',
          'postMessage',
          'queueMicrotask',
          'setImmediate',
          'crypto',
          'globalThis',
          'Response',
          'Request',
          'globalThis',
          'location',
          'Worker',
          'BigInt',
          'onmessage',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
)
