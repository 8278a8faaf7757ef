/** The browser's own offer to put Earshot on the home screen, kept until somebody wants it. */
interface InstallPrompt extends Event {
  prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>
}

class Install {
  #offer = $state.raw<InstallPrompt | null>(null)
  /** It was put there while this page stood. */
  done = $state(false)

  constructor() {
    addEventListener('beforeinstallprompt', (event) => {
      event.preventDefault()
      this.#offer = event as InstallPrompt
    })
    addEventListener('appinstalled', () => {
      this.#offer = null
      this.done = true
    })
  }

  get offered(): boolean {
    return this.#offer !== null
  }

  /** Lets the browser ask; its offer is good for one time. */
  async ask(): Promise<void> {
    const offer = this.#offer
    this.#offer = null
    await offer?.prompt()
  }
}

export const install = new Install()
