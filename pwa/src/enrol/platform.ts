/** What a browser says about itself, as far as it decides where joining is right. */
export interface Browser {
  userAgent: string
  /** Opened from the home screen, as an app of its own. */
  installed: boolean
  /** How many fingers it feels: an iPad calls itself a Macintosh, and has five. */
  touch: number
}

export interface Platform {
  phone: 'iphone' | 'android' | ''
  /** A page inside another app, which keeps a store of its own and often clears it. */
  inApp: boolean
}

/** `; wv)` is a page in any app on Android. By name: those that leave it out, or that call themselves Safari. */
const IN_APP = /; wv\)|FB(AN|AV|_IAB)|Instagram|WhatsApp|\bLine\/|GSA\//

export function platformOf({ userAgent, installed, touch }: Browser): Platform {
  const iphone = /iP(hone|ad|od)/.test(userAgent) || (/Macintosh/.test(userAgent) && touch > 1)
  return {
    phone: iphone ? 'iphone' : /Android/.test(userAgent) ? 'android' : '',
    // Every browser of an iPhone calls itself Safari too; what does not is a page inside an app.
    inApp: !installed && (IN_APP.test(userAgent) || (iphone && !/Safari\//.test(userAgent))),
  }
}

export const installed = (): boolean => matchMedia('(display-mode: standalone)').matches || ('standalone' in navigator && navigator.standalone === true)
