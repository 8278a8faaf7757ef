/** The rules of eslint.config.js about who may know whom bite: an arrow drawn the wrong way fails the lint. */
import { ESLint } from 'eslint'
import { expect, it } from 'vitest'

const eslint = new ESLint({ cwd: new URL('..', import.meta.url).pathname })

async function rulesBroken(filePath: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath })
  return (result?.messages ?? []).map((it) => it.ruleId ?? it.message).filter((rule) => rule.startsWith('no-restricted'))
}

it.each([
  ['a screen opens IndexedDB', 'src/home/wrong.ts', 'export const db = indexedDB.open("x")', 'no-restricted-globals'],
  ['a screen opens a socket', 'src/desk/wrong.ts', 'export const line = new WebSocket("wss://x")', 'no-restricted-globals'],
  ['a screen asks the server itself', 'src/answers/wrong.ts', 'export const answer = fetch("/v1/receipt")', 'no-restricted-globals'],
  ['a screen keeps something by itself', 'src/capture/wrong.ts', 'window.localStorage.setItem("words", "x")', 'no-restricted-properties'],
  ['a screen goes past the one door', 'src/capture/wrong.ts', 'import { Outbox } from "../sync/outbox"\nexport { Outbox }', 'no-restricted-imports'],
  ['a component goes past the one door', 'src/ui/Wrong.svelte', '<script lang="ts">\n  import { seal } from "../sync/seal"\n  void seal\n</script>', 'no-restricted-imports'],
  ['sync knows Svelte', 'src/sync/wrong.ts', 'import { writable } from "svelte/store"\nexport { writable }', 'no-restricted-imports'],
  ['sync knows a screen', 'src/sync/wrong.ts', 'import { words } from "../ui/words"\nexport { words }', 'no-restricted-imports'],
  ['the schema knows anything', 'src/schema/wrong.ts', 'import { tidy } from "../sync/canonical"\nexport { tidy }', 'no-restricted-imports'],
])('%s: refused', async (_, file, code, rule) => expect(await rulesBroken(file, code)).toEqual([rule]))

it.each([
  ['a screen speaks through the door', 'src/home/right.ts', 'import type { Earshot } from "../sync"\nexport type { Earshot }'],
  ['sync reads the schema', 'src/sync/right.ts', 'import { unfit } from "../schema/schema"\nexport { unfit }'],
])('%s: fine', async (_, file, code) => expect(await rulesBroken(file, code)).toEqual([]))
