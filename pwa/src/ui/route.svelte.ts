/**
 * Where we are, kept in the fragment (`#/handed-in`): the server needs to know no screen, and going back works
 * offline like everything else. Ids may stand here; words and codes never do.
 */
export class Route {
  #path = $state(read())

  constructor() {
    addEventListener('hashchange', () => {
      this.#path = read()
      scrollTo(0, 0)
    })
  }

  /** The parts of the path: `['desk', 'matters', ID]`; empty at home. */
  get parts(): string[] {
    return this.#path.split('/').filter((part) => part !== '')
  }

  go(path: string): void {
    location.hash = `#/${path}`
  }

  /** Goes there without leaving a step behind to come back to. */
  replace(path: string): void {
    history.replaceState(null, '', `${location.pathname === '/enrol' ? '/' : location.pathname}${location.search}#/${path}`)
    this.#path = read()
    scrollTo(0, 0)
  }
}

function read(): string {
  const fragment = location.hash.replace(/^#\/?/, '')
  // A fragment of another kind (the code of an enrolment link) is no place.
  return location.hash.startsWith('#/') ? fragment : ''
}
