import { describe, expect, it } from 'vitest'
import { platformOf } from './platform'

const WEBKIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'
const IPHONE = `Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) ${WEBKIT}`
const ANDROID = 'Mozilla/5.0 (Linux; Android 13; SM-A136B) AppleWebKit/537.36 (KHTML, like Gecko)'
const MAC = `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${WEBKIT} Version/17.5 Safari/605.1.15`

const browsers: [name: string, userAgent: string, phone: string, inApp: boolean][] = [
  ['Safari', `${IPHONE} Version/17.5 Mobile/15E148 Safari/604.1`, 'iphone', false],
  ['Chrome on an iPhone', `${IPHONE} CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1`, 'iphone', false],
  ['Firefox on an iPhone', `${IPHONE} FxiOS/127.0 Mobile/15E148 Safari/605.1.15`, 'iphone', false],
  ['Facebook on an iPhone', `${IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/470.0.0.35.106;FBDV/iPhone12,8]`, 'iphone', true],
  ['Instagram on an iPhone', `${IPHONE} Mobile/15E148 Instagram 336.0.0.18.103 (iPhone12,8; iOS 17_5)`, 'iphone', true],
  ['WhatsApp on an iPhone', `${IPHONE} Mobile/15E148 WhatsApp/24.12.78`, 'iphone', true],
  ['Line on an iPhone', `${IPHONE} Mobile/15E148 Safari Line/14.9.0`, 'iphone', true],
  ['Line with all of Safari’s name', `${IPHONE} Version/17.5 Mobile/15E148 Safari/604.1 Line/14.9.0`, 'iphone', true],
  ['Google’s app on an iPhone', `${IPHONE} GSA/320.0.641 Mobile/15E148 Safari/604.1`, 'iphone', true],
  ['an app without a name on an iPhone', `${IPHONE} Mobile/15E148`, 'iphone', true],
  ['Chrome on Android', `${ANDROID} Chrome/126.0.0.0 Mobile Safari/537.36`, 'android', false],
  ['Samsung Internet', `${ANDROID} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36`, 'android', false],
  ['Firefox on Android', 'Mozilla/5.0 (Android 13; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0', 'android', false],
  ['Facebook on Android', `${ANDROID} Version/4.0 Chrome/126.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/468.0.0.55.84;]`, 'android', true],
  ['an app without a name on Android', 'Mozilla/5.0 (Linux; Android 13; SM-A136B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.0.0 Mobile Safari/537.36', 'android', true],
  ['a Mac', MAC, '', false],
  ['Chrome on Windows', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36', '', false],
  ['WebKitGTK', `Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Version/17.0 Safari/605.1.15`, '', false],
]

describe('where a browser stands', () => {
  it.each(browsers)('%s', (_name, userAgent, phone, inApp) => {
    expect(platformOf({ userAgent, installed: false, touch: 0 })).toEqual({ phone, inApp })
  })

  it('takes a Macintosh that feels fingers for an iPad', () => {
    expect(platformOf({ userAgent: MAC, installed: false, touch: 5 })).toEqual({ phone: 'iphone', inApp: false })
  })

  it('never takes what was opened from the home screen for a page in an app, though an iPhone leaves out Safari’s name there', () => {
    expect(platformOf({ userAgent: `${IPHONE} Mobile/15E148`, installed: true, touch: 5 })).toEqual({ phone: 'iphone', inApp: false })
  })
})
