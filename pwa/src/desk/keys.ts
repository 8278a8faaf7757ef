/** Keys act only while nobody types and nothing else is held with them. */
export function typing(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true
  const target = event.target
  if (!(target instanceof HTMLElement)) return false
  // A box that was ticked has the focus, and takes no letters.
  if (target instanceof HTMLInputElement && target.type === 'checkbox') return false
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)
}

/** What a box of its own does with a key: `Enter` takes what was typed, `Escape` leaves it; true where it was one of them. */
export function inBox(event: KeyboardEvent, take: () => unknown, leave: () => unknown): boolean {
  if (event.key === 'Enter') take()
  else if (event.key === 'Escape') leave()
  else return false
  return true
}

/** The key as it is printed on the button. */
export function atKey(event: KeyboardEvent): string {
  return event.key.length === 1 ? event.key.toLowerCase() : event.key
}
