/** The version of the app, from package.json, written in by the build. */
declare const __APP_VERSION__: string

/** Words of receipts, packed by plugins/packed-words.ts. */
declare module 'virtual:packed-words' {
  const packed: string
  export default packed
}
