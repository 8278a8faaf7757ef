import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { catalogue } from './plugins/catalogue.ts'
import { packedWords } from './plugins/packed-words.ts'

export default defineConfig({
  plugins: [catalogue(), svelte(), packedWords()],
  define: { __APP_VERSION__: JSON.stringify('test') },
  test: { include: ['src/**/*.test.ts', 'size/**/*.test.ts', 'rules/**/*.test.ts'], environment: 'node', testTimeout: 30_000 },
})
