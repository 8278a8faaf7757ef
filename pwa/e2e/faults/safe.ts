/** What every fault is measured by: all that was "safe on this phone" is with the team, once. */
import { expect } from '@playwright/test'
import type { Program } from '../program'
import type { Server } from '../server'

/** Waits until the team has exactly these words, each once, and the server finds nothing wrong in what it keeps. */
export async function expectHandedIn(server: Server, program: Program, dat: string, words: string[]): Promise<void> {
  await expect(async () => expect(await program.heard()).toEqual([...words].sort())).toPass({ timeout: 15_000 })
  expect(await server.counts(dat)).toMatchObject({ views: words.length })
  expect(await server.problems()).toEqual([])
}
