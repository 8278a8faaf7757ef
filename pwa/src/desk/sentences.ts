/** The sentences of what was said, each once, as they stand there: what is quoted has to be found in the words again. */
export function sentences(said: string): string[] {
  const found = said.match(/[^.!?\n]+[.!?]*/gu) ?? []
  return [...new Set(found.map((it) => it.trim()).filter((it) => /\p{L}/u.test(it)))]
}
