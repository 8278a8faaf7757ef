/** Every string on the screen is in the catalogue, each in its place, and none stands there for nobody. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'svelte/compiler'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { PWA, readCatalogue, readScreens } from './catalogue.ts'

const catalogue = readCatalogue()
const screens = readScreens()

it('a message begins with the name of its file, and the compiler reads every file', () => {
  expect(catalogue.filter((it) => !it.key.startsWith(`${it.file}_`)).map((it) => it.key)).toEqual([])
  const settings = readFileSync(join(PWA, 'project.inlang/settings.json'), 'utf8')
  expect([...new Set(catalogue.map((it) => it.file))].filter((file) => !settings.includes(`/${file}.json`))).toEqual([])
})

it('every message is said somewhere', () => {
  const said = new Set(screens.flatMap(({ text }) => text.match(/(?<=\bm\.)\w+/g) ?? []))
  const page = readFileSync(join(PWA, 'index.html'), 'utf8')
  const installed = ['page_description']
  expect(catalogue.filter((it) => !said.has(it.key) && !page.includes(`%${it.key}%`) && !installed.includes(it.key)).map((it) => it.key)).toEqual([])
})

it('what is installed is named as the page is', () => {
  const manifest = JSON.parse(readFileSync(join(PWA, 'public/manifest.webmanifest'), 'utf8')) as { [key: string]: string }
  const page = (key: string): string => catalogue.find((it) => it.key === key)?.texts[0] ?? ''
  expect([manifest.name, manifest.short_name, manifest.description]).toEqual([page('page_title'), page('page_title'), page('page_description')])
})

it('no screen says anything that is not in the catalogue', () => expect(screens.flatMap((it) => hardCoded(it.path, it.text))).toEqual([]))

it('no screen knows left from right: what it styles begins and ends with the reading', () => {
  const sided = /(?:^|[\s;{])(?:(?:margin|padding|border|inset)-(?:left|right)|left|right|float|text-align:\s*(?:left|right))\s*[:;]/m
  const styles = [...screens.map(({ path, text }) => ({ path, css: text.match(/<style>[^]*<\/style>/)?.[0] ?? '' })), { path: 'ui/base.css', css: readFileSync(join(PWA, 'src/ui/base.css'), 'utf8') }]
  expect(styles.filter(({ css }) => sided.test(css) || uneven(css)).map((it) => it.path)).toEqual([])
})

/** Whether a shorthand of four gives the two sides different widths; a phone's cut-outs are where they are. */
function uneven(css: string): boolean {
  return [...css.matchAll(/(?:margin|padding|inset): ([^;\n]+);/g)].some(([, value = '']) => {
    const [, end, , start] = value.match(/(?:[^\s(]|\([^]*?\)+)+/g) ?? []
    return start !== undefined && start !== end && !value.includes('safe-area-inset-right')
  })
}

it.each([
  ['a text', 'Wrong.svelte', '<p>Nobody has said yet</p>', 'Nobody has said yet'],
  ['a label', 'Wrong.svelte', '<button aria-label="Close"></button>', 'Close'],
  ['a text by a condition', 'Wrong.svelte', '<p>{true ? "Nothing here" : ""}</p>', 'Nothing here'],
  ['a text in the script', 'Wrong.svelte', '<script lang="ts">const why = `No signal for ${1} min`</script>', 'No signal for … min'],
  ['a text in a module', 'wrong.ts', 'export const why = "try it again"', 'try it again'],
])('%s that is written into a screen is found', (_, path, text, found) => expect(hardCoded(path, text)).toEqual([`${path}: ${found}`]))

/** Prose in a screen's source. What an Error says is read by whoever mends it, not by whoever uses it. */
function hardCoded(path: string, text: string): string[] {
  if (!path.endsWith('.svelte')) return inScript(text).map((found) => `${path}: ${found}`)
  const ast = parse(text, { modern: true, filename: path })
  const found: string[] = []
  if (ast.instance) found.push(...inScript(text.slice(ast.instance.start, ast.instance.end).replace(/^<script[^>]*>|<\/script>$/g, '')))
  walk(ast.fragment, (node, above) => {
    const attribute = above.filter((it) => it.type === 'Attribute').at(-1)?.name
    const spoken = attribute === undefined || /^(aria-(label|description|roledescription|valuetext)|title|placeholder|alt|label)$/.test(String(attribute))
    const key = above.some((it) => it.type === 'RegularElement' && it.name === 'kbd')
    if (node.type === 'Text' && spoken && !key && /\p{L}/u.test(String(node.data))) found.push(String(node.data).trim())
    if (node.type === 'Literal' && typeof node.value === 'string' && spoken && isProse(node.value)) found.push(node.value)
    if (node.type === 'TemplateElement' && spoken && isProse((node.value as { raw: string }).raw)) found.push((node.value as { raw: string }).raw)
  })
  return found.map((it) => `${path}: ${it}`)
}

/** What a browser calls a key that has no letter. */
const KEY = /^(Enter|Escape)$/

function inScript(code: string): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) || ts.isImportDeclaration(node)) return
    if (ts.isStringLiteral(node) && isProse(node.text)) found.push(node.text)
    if (ts.isNoSubstitutionTemplateLiteral(node) && isProse(node.text)) found.push(node.text)
    if (ts.isTemplateExpression(node)) {
      const whole = [node.head.text, ...node.templateSpans.map((it) => it.literal.text)].join('…')
      if (isProse(whole)) found.push(whole)
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('screen.ts', code, ts.ScriptTarget.ES2022, true))
  return found
}

/** Words with a space between them that are no selector, path or list of classes; or a word with a capital. */
function isProse(text: string): boolean {
  if (/[#.[\]=<>_]\w|^\W*$/.test(text) || KEY.test(text)) return false
  return /\p{L}+[,.!?]? \p{L}+/u.test(text) || /\p{L}{2,} …|… \p{L}{2,}/u.test(text) || /^\p{Lu}\p{Ll}+[.!?]?$/u.test(text)
}

type Node = { type: string; name?: unknown; data?: unknown; value?: unknown }

function walk(node: unknown, visit: (node: Node, above: Node[]) => void, above: Node[] = []): void {
  if (Array.isArray(node)) for (const it of node) walk(it, visit, above)
  else if (node !== null && typeof node === 'object') {
    const typed = 'type' in node && typeof node.type === 'string' ? (node as Node) : undefined
    if (typed) visit(typed, above)
    for (const [key, part] of Object.entries(node)) if (key !== 'metadata' && key !== 'parent') walk(part, visit, typed ? [...above, typed] : above)
  }
}
