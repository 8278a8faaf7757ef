/** Each new page is announced by its heading, or begins in the box that it is for; the first one is read from its top anyway. */
export function announcePages(parts: () => string[]): void {
  let first = true
  $effect(() => {
    void parts().join('/')
    if (first) {
      first = false
      return
    }
    requestAnimationFrame(() => (document.querySelector<HTMLElement>('[data-first]') ?? document.querySelector<HTMLElement>('h1'))?.focus({ preventScroll: true }))
  })
}
