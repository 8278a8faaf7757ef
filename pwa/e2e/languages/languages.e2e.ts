/**
 * Every state of every screen in languages that nobody speaks: whatever is still English is written into the source,
 * and whatever runs off a narrow screen would do so in Welsh, or in Arabic.
 */
import { join } from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { expect, test, type Page } from '@playwright/test'
import { build, preview, type PreviewServer } from 'vite'
import { catalogue } from '../../plugins/catalogue'
import { packedWords } from '../../plugins/packed-words'
import { plays, sceneOf } from '../../src/ui/preview/scenes'
import { LANGUAGES, pseudo, translate } from './pseudo'

test.describe.configure({ timeout: 300_000 })

/** Where records hold what people wrote: names, places, words said. It stays as it is in every language. */
const WRITTEN = new Set(['name', 'short', 'term', 'who', 'number', 'say', 'text', 'words', 'title', 'said', 'did', 'reason', 'body', 'question', 'reply', 'summary', 'told', 'receipt'])
/** What the preview makes up besides. */
const MADE_UP = ['pine-river-lamp-42', 'K7QF3-MXP2D', '127.0.0.1', 'DAT']
/** The browser's own names of days and months. */
const CALENDAR = /\b(Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June|July|August|September|October|November|December)\b/g

for (const language of LANGUAGES) {
  test(`in ${language.language}, ${language.direction}`, async ({ browser }) => {
    const server = await serve(language)
    try {
      const page = await browser.newPage({ viewport: { width: 320, height: 740 }, reducedMotion: 'reduce' })
      const address = server.resolvedUrls?.local[0] ?? ''
      for (const [name, play] of Object.entries(plays)) {
        await page.goto('about:blank')
        await page.goto(`${address}preview.html?scene=${name}`)
        await expect(page.locator('h1').first(), name).toBeAttached()
        for (const words of play.press ?? []) await page.locator('button').filter({ hasText: pseudo(words) }).first().click()
        await page.evaluate(() => document.querySelectorAll('details').forEach((it) => (it.open = true)))
        await expect.poll(() => page.evaluate(() => document.getAnimations().length), name).toBe(0)
        expect.soft(await page.evaluate(() => getComputedStyle(document.body).direction), name).toBe(language.direction)
        expect.soft(stillEnglish(await shown(page), writtenIn(sceneOf(play))), `${name}: what is not in the catalogue`).toEqual([])
        if (language.direction === 'rtl') expect.soft(await notTurned(page), `${name}: signs that point the wrong way`).toBe(0)
        expect.soft(await runsOff(page), `${name}: what runs off the side`).toEqual([])
      }
    } finally {
      await server.close()
    }
  })
}

async function serve(language: (typeof LANGUAGES)[number]): Promise<PreviewServer> {
  const root = join(import.meta.dirname, '../..')
  const other = await translate(language)
  const outDir = join(other.folder, 'dist')
  const input = join(root, 'preview.html')
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    publicDir: false,
    plugins: [catalogue(other), svelte(), packedWords()],
    define: { __APP_VERSION__: JSON.stringify('test') },
    build: { outDir, emptyOutDir: true, target: 'es2022', minify: false, rolldownOptions: { input } },
  })
  return preview({ configFile: false, root, logLevel: 'error', build: { outDir }, preview: { host: '127.0.0.1', port: 0 } })
}

/** All that is there to read or to hear, each once. */
async function shown(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const texts = new Set([document.title])
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, (node) =>
      node.parentElement?.closest('script, style, kbd') ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
    )
    while (walker.nextNode()) texts.add(walker.currentNode.textContent ?? '')
    for (const it of document.body.querySelectorAll('*'))
      for (const name of ['aria-label', 'aria-description', 'title', 'placeholder', 'alt']) texts.add(it.getAttribute(name) ?? '')
    for (const it of document.querySelectorAll('input')) if (!['radio', 'checkbox'].includes(it.type)) texts.add(it.value)
    return [...texts].filter((it) => it.trim() !== '')
  })
}

/** Texts with plain letters left in them, once what people wrote, a piece of it, or words quoted from it are taken out. */
function stillEnglish(texts: string[], written: string[]): string[] {
  const folded = written.map((it) => it.toLowerCase())
  const quoted = (words: string): boolean => words.split(', ').every((word) => folded.some((it) => it.includes(word)))
  return texts.filter((text) => {
    if (written.some((it) => it.includes(text.replace('\u200b', '').trim()))) return false
    const left = written.reduce((rest, it) => rest.replaceAll(it, ''), text).replace(CALENDAR, '')
    return /[A-Za-z]{2,}/.test(left.replace(/“([^”]+)”/g, (whole, words: string) => (quoted(words) ? '' : whole)))
  })
}

/** What people wrote in a scene, the longest first. */
function writtenIn(scene: object): string[] {
  const found = new Set(MADE_UP)
  const gather = (value: unknown, written: boolean): void => {
    if (typeof value === 'string' && written) for (const it of [value, ...value.split('\n')]) found.add(it.trim())
    else if (Array.isArray(value)) for (const it of value) gather(it, written)
    else if (value !== null && typeof value === 'object') for (const [key, it] of Object.entries(value)) gather(it, WRITTEN.has(key) || (written && key === 'value'))
  }
  gather(scene, false)
  return [...found].filter((it) => it !== '').sort((a, b) => b.length - a.length)
}

/** Signs that point on or back and are not turned. */
async function notTurned(page: Page): Promise<number> {
  return page.evaluate(() => [...document.querySelectorAll('svg.points')].filter((it) => getComputedStyle(it).transform !== 'matrix(-1, 0, 0, 1, 0, 0)').length)
}

/** What is wider than the screen, whichever way one reads. */
async function runsOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    const wide = [...document.querySelectorAll('body *')].filter((it) => it.getBoundingClientRect().right > width + 0.5 || it.getBoundingClientRect().left < -0.5)
    return wide.map((it) => `${it.tagName.toLowerCase()}.${it.className.toString()} “${it.textContent.trim().slice(0, 40)}”`)
  })
}
