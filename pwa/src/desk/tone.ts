/**
 * Words in an answer that push people away: those that defend the service, those that name a person by what they take,
 * and sentences that nobody reads to their end. They are marked while somebody writes; nothing is changed for them.
 */

export interface Marked {
  start: number
  end: number
  /** Why it is marked: what the catalogue says for it tells what to write instead. */
  why: 'defends' | 'sorry' | 'person' | 'use' | 'tested' | 'blames' | 'long'
}

/** More words than this in one sentence are read twice, or not at all. */
const LONG = 25

/** Any of these, as words of their own; a blank may be any, an apostrophe either. */
const phrases = (...all: RegExp[]): RegExp => {
  const any = all.map((it) => it.source).join('|').replaceAll(' ', '\\s+').replaceAll("'", "['’]")
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${any})(?![\\p{L}\\p{N}])`, 'giu')
}

const RULES: [Marked['why'], RegExp][] = [
  // An apology for somebody's feelings is none.
  ['sorry', phrases(/(?:we are|we're|i am|i'm)? ?(?:very |so |really |truly )?sorry (?:that |if |to hear (?:that )?)?you (?:feel|felt|think|thought|believe|found|see)/, /(?:we are|we're|i am|i'm)? ?(?:very |so |really |truly )?sorry if/, /apologi[sz]e (?:if|that you (?:feel|felt))/, /(?:any )?inconvenience (?:caused|this)/, /for any inconvenience/)],
  ['defends', phrases(
    /unfortunately/, /regrettably/, /as you (?:will|may|should)? ?(?:know|appreciate|be aware)/, /you (?:must|have to|should|need to) (?:understand|appreciate|realise|realize|remember)/, /please (?:understand|appreciate|be aware|note)/,
    /(?:it is |it's )?(?:our|local|national) (?:policy|policies|procedures?|protocols?)/, /in line with (?:our|the|local|national) (?:policy|guidance|guidelines)/, /(?:one-off|isolated) (?:incident|event|case)/, /misunderstandings?/, /misunderstood/,
    /(?:only|just) (?:a few|one person|a small number|a minority)/, /we (?:already|always) (?:do|did|have|offer|provide|try|treat)/, /we take (?:all |your |any )?(?:feedback|complaints?|concerns?|this) (?:very )?seriously/, /your (?:feedback|views?|comments?) (?:is|are) (?:important|valued|valuable)/,
    /staff (?:are|work|were) (?:very |extremely |so )?(?:busy|hard|doing their best|under pressure)/, /no (?:other )?(?:choice|option|alternative)/, /to be fair/, /in actual fact/, /the fact is/, /with all due respect/, /beyond our control/, /not our (?:responsibility|job|fault)/,
  )],
  ['person', phrases(/addicts?/, /junk(?:ie|y|ies)/, /druggies?/, /smack ?heads?/, /crack ?heads?/, /alkies?/, /alcoholics?/, /(?:drug|substance|alcohol|heroin|crack|needle) (?:user|abuser|misuser)s?/, /users? and abusers?/, /abusers?/, /misusers?/, /the (?:homeless|addicted|vulnerable)/, /offenders?/, /problem (?:drug )?(?:user|drinker)s?/, /ex-addicts?/)],
  ['use', phrases(/(?:drug|substance|alcohol|solvent) (?:abuse|misuse)/, /abus(?:e|es|ed|ing) (?:drugs?|substances?|alcohol)/, /misus(?:e|es|ed|ing) (?:drugs?|substances?|alcohol)/, /drug habits?/, /feeding (?:a|their|your) habit/)],
  // A waiting room may well be clean; a person, or what they give to be tested, is not called so.
  ['tested', phrases(/(?:get|gets|got|getting|stay|stays|stayed|staying|keep|kept|keeping|go|gone|been|being) clean/, /clean (?:and sober|for \S+ (?:days?|weeks?|months?|years?))/, /(?:clean|dirty) (?:urines?|samples?|tests?|screens?|bloods?)/, /dirty (?:needles?|works)/, /failed (?:the |a |your |their )?(?:drug )?tests?/)],
  ['blames', phrases(/non-?complian(?:t|ce)/, /fail(?:s|ed|ing|ure)? to (?:attend|engage|comply|turn up|keep)/, /did not attend/, /hard[ -]to[ -]reach/, /chaotic/, /manipulative/, /attention[ -]seeking/, /refus(?:es|ed|ing) to engage/, /challenging behaviours?/, /drug[ -]seeking/, /abuse our staff/, /disengaged/)],
]

/** What is marked in a text, in its order, none within another. */
export function marked(said: string): Marked[] {
  const all: Marked[] = RULES.flatMap(([why, rule]) =>
    [...said.matchAll(rule)].map((it) => {
      const blank = it[0].length - it[0].trimStart().length
      return { start: it.index + blank, end: it.index + it[0].trimEnd().length, why }
    }),
  )
  for (const it of said.matchAll(/[^.!?\n]+[.!?]*/gu)) {
    const words = it[0].match(/[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu) ?? []
    const blank = it[0].length - it[0].trimStart().length
    // A long sentence is marked by its beginning, so that a word in it can be marked too.
    if (words.length > LONG) all.push({ start: it.index + blank, end: it.index + blank + (words[0]?.length ?? 0), why: 'long' })
  }
  all.sort((a, b) => a.start - b.start || b.end - a.end)
  return all.filter((it, at) => !all.slice(0, at).some((before) => before.end > it.start))
}
