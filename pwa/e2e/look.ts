/**
 * Looks at a screen as a reader would have to: in light and dark, at every width that it has to stand, for what axe
 * finds, for anything that runs off the side, also with text twice as large; and takes its picture.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type axe from 'axe-core'
import { expect, type Page } from '@playwright/test'

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** Pictures of every screen; not kept in the repository. */
export const SCREENS = join(import.meta.dirname, 'screens')
/** The two that the README shows. */
const README = join(SCREENS, 'readme')

const RULES: axe.RunOnly = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }
/** What can differ between light and dark; the rest has been found in light. */
const COLOURS: axe.RunOnly = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }

interface Looks {
  /** Widths besides 360 and 320; pictures are taken at each. */
  widths?: number[]
  height?: number
}

export async function look(page: Page, name: string, { widths = [], height = 740 }: Looks = {}): Promise<void> {
  // What is fetched when it is needed is looked at once it is there.
  await expect(page.locator('p.wait-here')).toHaveCount(0)
  const before = page.viewportSize()
  await mkdir(SCREENS, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const width of [...widths, 360, 320]) {
      await page.setViewportSize({ width, height })
      await showWhole(page)
      const where = `${name}, ${colorScheme}, ${width} px`
      expect.soft(await violations(page, colorScheme === 'dark' ? COLOURS : RULES), where).toEqual([])
      expect.soft(await runsOff(page), `${where}: what runs off the side`).toEqual([])
      if (width === 360 || widths.includes(width)) await picture(page, `${name}-${width}-${colorScheme}`)
    }
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  await page.setViewportSize({ width: 360, height })
  await withTextTwiceAsLarge(page, async () => {
    expect.soft(await runsOff(page), `${name} with text twice as large: what runs off the side`).toEqual([])
    await showWhole(page)
    await picture(page, `${name}-360-large`)
  })
  if (before) await page.setViewportSize(before)
}

/** Of what the window shows, which is the whole page by now: a full-page picture would set the reader's text back. */
async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SCREENS, `${name}.png`), scale: 'css' })
}

/**
 * The picture that the README shows, as one sees the screen, not longer. It is kept in the repository, so it is taken
 * anew only where somebody asks for it (`EARSHOT_PICTURES=1`), or where there is none.
 */
export async function pictureForReadme(page: Page, name: 'phone' | 'desk', size: { width: number; height: number }): Promise<void> {
  const path = join(README, `${name}.png`)
  if (existsSync(path) && !process.env.EARSHOT_PICTURES) return
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  await page.setViewportSize(size)
  await page.screenshot({ path })
}

/** Makes the window as high as the page: what stays at the thumb covers nothing then, and all is looked at. */
async function showWhole(page: Page): Promise<void> {
  const width = page.viewportSize()?.width ?? 360
  const height = await page.evaluate(() => Math.max(innerHeight, document.documentElement.scrollHeight))
  await page.setViewportSize({ width, height })
}

/** What axe finds: the rule, and where. */
async function violations(page: Page, rules: axe.RunOnly): Promise<string[]> {
  // Evaluated by the browser's own tools, so that the page's policy stays as strict as it is.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE)
  return page.evaluate(async (runOnly) => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(document, {
      runOnly,
      resultTypes: ['violations'],
    })
    return violations.flatMap((it) => it.nodes.map((node) => `${it.id}: ${node.target.join(' ')} – ${node.failureSummary ?? it.help}`))
  }, rules)
}

/** Elements that make the page wider than the window. */
async function runsOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    const wide = [...document.querySelectorAll('body *')].filter((it) => it.getBoundingClientRect().right > width + 0.5)
    return wide.map((it) => `${it.tagName.toLowerCase()}.${it.className.toString()} “${it.textContent.trim().slice(0, 40)}”`)
  })
}

/** As for a reader who has set their browser's text to twice its size. */
async function withTextTwiceAsLarge(page: Page, act: () => Promise<void>): Promise<void> {
  const browser = await page.context().newCDPSession(page)
  await browser.send('Page.setFontSizes', { fontSizes: { standard: 32 } })
  await act()
  await browser.send('Page.setFontSizes', { fontSizes: { standard: 16 } })
  await browser.detach()
}
