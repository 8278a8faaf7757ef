import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import type { Plugin } from 'vite'

/** What is compressed in itself gains nothing. */
const PACKED = /\.(png|woff2|br)$/

/**
 * Writes each file that brotli makes a tenth smaller once more, with `.br` behind its name: the server sends that
 * where the browser takes it. At its best brotli is too slow to be done while somebody waits.
 */
export function brotli(out: string): Plugin {
  return {
    name: 'earshot-brotli',
    apply: 'build',
    // Behind every writeBundle: the service worker is among the files.
    closeBundle() {
      for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || PACKED.test(entry.name)) continue
        const path = join(entry.parentPath, entry.name)
        const bytes = readFileSync(path)
        const packed = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } })
        if (packed.length < bytes.length * 0.9) writeFileSync(`${path}.br`, packed)
      }
    },
  }
}
