/** What happens to things that were handed in, and to the line, for those who hear it: a screen shows it by itself. */
import { m } from '../paraglide/messages.js'
import type { Earshot, Fate, HandedIn, Line } from '../sync'
import { sayLine } from '../ui/line'

/** Tells of each change of where things are and of how the line is, from now on. */
export function tellNews({ handedIn, line }: Pick<Earshot, 'handedIn' | 'line'>, say: (words: string) => void): void {
  let before: HandedIn[] | null = null
  handedIn.subscribe((all) => {
    const news = before === null ? '' : newsOf(before, all)
    before = all
    if (news !== '') say(news)
  })
  let kind: Line['kind'] | null = null
  line.subscribe((now) => {
    if (kind !== null && kind !== now.kind) say(sayLine(now))
    kind = now.kind
  })
}

/** What changed between two states of the list; empty where that is nothing to be told. */
export function newsOf(before: HandedIn[], after: HandedIn[]): string {
  const fates = new Map(before.map((it) => [it.n, it.fate]))
  const came = (fate: Fate): number =>
    new Set(after.filter((it) => it.fate === fate && fates.has(it.n) && fates.get(it.n) !== fate && (it.c === 'view' || it.c === 'escalation' || fate === 'look')).map((it) => it.r || it.n)).size
  const [team, safe, look] = [came('team'), came('safe'), came('look')]
  return [team > 0 ? m.handed_in_news_team({ n: team }) : '', safe > 0 ? m.handed_in_news_safe({ n: safe }) : '', look > 0 ? m.handed_in_look({ n: look }) : ''].filter((it) => it !== '').join('. ')
}
