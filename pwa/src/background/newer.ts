/**
 * Looks now and then whether the server has another build. The browser does so when the app is opened; one that stays
 * open for weeks would never hear that a release was withdrawn. A build is taken as it comes, be it newer or older: what
 * the server serves is what is right (how an older one reads what a newer one has kept: sync/store.ts).
 */
const HOUR = 3_600_000

export function lookForNewer(registration: Pick<ServiceWorkerRegistration, 'update'>, page: Document, now = (): number => Date.now()): void {
  let looked = now()
  page.addEventListener('visibilitychange', () => {
    if (page.visibilityState !== 'visible' || now() - looked < HOUR) return
    looked = now()
    // Without a line, or with a portal's page for an answer, the build that is here goes on.
    registration.update().catch(() => undefined)
  })
}
