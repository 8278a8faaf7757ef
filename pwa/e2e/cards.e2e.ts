/** A sheet of printed cards is scanned with the phone's camera, on a page whose policy allows it. */
import { DAT, enrol, expect, PHONE, test } from './story'

const FOOT = 'PINE-CEDAR-OAK-42 ABBEY-CLOUD-LANTERN-07'

// A camera that shows a pattern, in place of one of the machine's own.
test.use({
  launchOptions: [
    async ({ launchOptions }, use) => use({ ...launchOptions, args: [...(launchOptions.args ?? []), '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] }),
    { scope: 'worker' },
  ],
})

test('the code at the foot of a sheet is read, and the camera is let go', async ({ server, people }) => {
  const page = await people.browser(PHONE)
  // This browser reads no QR codes; what it would see once the picture runs is said here.
  await page.addInitScript((foot) => {
    Object.assign(window, {
      BarcodeDetector: class {
        async detect(video: HTMLVideoElement): Promise<{ rawValue: string }[]> {
          const stream = video.srcObject as MediaStream
          Object.assign(window, { tracks: stream.getTracks() })
          return video.videoWidth > 0 ? [{ rawValue: 'https://example.org/menu' }, { rawValue: foot }] : []
        }
      },
    })
  }, FOOT)
  await enrol(page, (await server.invite(DAT, 'Ash', 'volunteer')).link)
  await page.getByRole('link', { name: 'Use printed cards' }).click()
  await page.getByRole('button', { name: 'Scan the code at its foot' }).click()
  await expect(page.getByText('2 cards are in').last()).toBeVisible()
  await expect(page.getByRole('group', { name: 'Which card is next?' }).getByRole('button')).toHaveText(['oak', 'lantern'])
  expect(await page.evaluate(() => (window as unknown as { tracks: MediaStreamTrack[] }).tracks.map((it) => it.readyState))).toEqual(['ended'])
  await page.reload()
  await expect(page.getByRole('group', { name: 'Which card is next?' }).getByRole('button')).toHaveCount(2)
  await page.getByRole('button', { name: 'These cards are gone' }).click()
  await page.getByRole('button', { name: 'Yes, take them out' }).click()
  await expect(page.getByRole('group', { name: 'Which card is next?' })).toBeHidden()
})
