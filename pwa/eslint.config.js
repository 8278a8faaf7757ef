// Who may know whom in the PWA: screens → src/sync (by its index alone) → src/schema. No screen opens IndexedDB, a
// cache or a socket, and nothing under src/sync knows Svelte. rules/arrows.test.ts proves that these rules bite.
import js from '@eslint/js'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'

const onlyThroughSync = 'Screens go through src/sync: see its types.ts.'

const doors = ['indexedDB', 'caches', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'fetch', 'localStorage', 'sessionStorage', 'BroadcastChannel']

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'test-results/', 'playwright-report/', 'src/schema/schema.ts', 'src/paraglide/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, __APP_VERSION__: 'readonly' } },
    rules: {
      'no-undef': 'off',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  { files: ['**/*.svelte', '**/*.svelte.ts'], languageOptions: { parserOptions: { parser: ts.parser } } },
  {
    name: 'earshot/screens',
    files: ['src/**/*.{ts,svelte}'],
    ignores: ['src/sync/**', 'src/sw.ts', 'src/schema/**'],
    rules: {
      'no-restricted-globals': ['error', ...doors.map((name) => ({ name, message: onlyThroughSync }))],
      'no-restricted-properties': [
        'error',
        ...doors.flatMap((property) => ['window', 'globalThis', 'self'].map((object) => ({ object, property, message: onlyThroughSync }))),
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [{ name: 'idb', message: onlyThroughSync }],
          patterns: [
            { group: ['@hpke/*'], message: onlyThroughSync },
            { regex: '(^|/)sync/(?!index($|\\.)|types($|\\.)|words($|\\.)|asking($|\\.)|chain($|\\.)|shared($|\\.)|locking($|\\.)|looking($|\\.)).+', message: 'Only src/sync/index.ts is open to screens, and to a desk asking.ts and chain.ts, to the page at /in shared.ts, to src/lock locking.ts, to what reads codes looking.ts.' },
          ],
        },
      ],
    },
  },
  {
    name: 'earshot/sync',
    files: ['src/sync/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['svelte', 'svelte/*', '*.svelte'], message: 'src/sync knows no Svelte.' },
            { regex: '^\\.\\./(?!schema/).+', message: 'src/sync knows src/schema and nothing else of this app.' },
          ],
        },
      ],
    },
  },
  {
    name: 'earshot/schema',
    files: ['src/schema/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: '^\\.\\./', message: 'src/schema imports nothing of this app.' }] }] },
  },
  {
    name: 'earshot/tests and tools',
    files: ['**/*.test.ts', '**/*.test-support.ts', 'e2e/**', 'size/**', 'rules/**', '*.config.ts', '*.config.js'],
    languageOptions: { globals: globals.node },
    rules: { 'no-console': 'off', '@typescript-eslint/no-non-null-assertion': 'off', 'no-restricted-imports': 'off', 'no-restricted-globals': 'off' },
  },
)
