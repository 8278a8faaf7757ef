/** The same short way in the other two engines: join, start again with the server gone, write down, hand in. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expectHandedIn } from '../faults/safe'
import { DAT, EXCHANGE, test } from '../story'
import { Firefox, WebKit, type Driver } from './driver'

const FIREFOX = process.env.EARSHOT_FIREFOX || '/usr/bin/firefox-esr'
const WEBKIT = { driver: '/usr/bin/WebKitWebDriver', browser: '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser', screen: '/usr/bin/Xvfb' }
const WORDS = 'The needle bins on the lane overflow'

const says = (words: string): string => `//*[not(self::script)][normalize-space(text())="${words}"]`

const ENGINES: { name: string; needs: string[]; from: string; open: (profile: string) => Promise<Driver> }[] = [
  { name: 'Firefox', needs: [FIREFOX], from: 'firefox-esr', open: (profile) => Firefox.open(FIREFOX, profile) },
  { name: 'WebKitGTK', needs: Object.values(WEBKIT), from: 'webkit2gtk-driver xvfb', open: () => WebKit.open(WEBKIT.driver, WEBKIT.browser) },
]

for (const { name, needs, from, open } of ENGINES) {
  test(`${name}: starts without a line, writes down, hands in`, async ({ server, services, program }) => {
    const missing = needs.filter((it) => !existsSync(it))
    test.skip(missing.length > 0, `${missing.join(', ')} is not here: apt-get install ${from}`)
    void services // made before anybody joins
    await program.holdNothing()
    const profile = await mkdtemp(join(tmpdir(), 'earshot-other-'))
    const browser = await open(profile)
    try {
      await browser.goto((await server.invite(DAT, 'Ash', 'volunteer')).link)
      await browser.click('//button[normalize-space()="Join"]')
      await browser.click('//button[normalize-space()="Not now"]')
      await browser.see(`//a[contains(@aria-label, "Start a visit at ${EXCHANGE}")]`)
      await browser.see(says('In touch'))
      await kept(browser)
      await server.stop()

      await browser.goto('about:blank')
      await browser.goto(`${server.origin}/#/`)
      await browser.see(says('No signal'))
      await browser.click('//a[normalize-space()="Write down a view"]')
      await browser.type('//textarea[@id="words"]', WORDS)
      await browser.click(`//button[normalize-space()="${EXCHANGE}"]`)
      await browser.click('//button[normalize-space()="Yes, as I said it"]')
      await browser.see(says('Sealed on this phone'))
      await browser.click('//button[@aria-label="Done"]')
      await browser.see(says('1 view safe on this phone'))

      await server.start()
      await browser.see(says('Everything you wrote down is with the team.'))
      await expectHandedIn(server, program, DAT, [WORDS])
    } finally {
      await browser.close()
      await rm(profile, { recursive: true, force: true })
    }
  })
}

/** The worker has kept the app: from here on it starts with the server gone. */
async function kept(browser: Driver): Promise<void> {
  await browser.run('navigator.serviceWorker.ready.then(() => document.documentElement.setAttribute("data-kept", ""))')
  await browser.see('//html[@data-kept]')
}
