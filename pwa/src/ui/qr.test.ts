import fc from 'fast-check'
import { encode } from 'uqr'
import { describe, expect, it } from 'vitest'
import { qr } from './qr'

/** The same text as another implementation draws it, under the mask that was chosen here. */
function drawnElsewhere(text: string, grid: boolean[][]): boolean[][] {
  const format = [0, 1, 2].map((i) => Number(grid[8]?.[2 + i] ?? 0))
  const maskPattern = ((format[0] ?? 0) * 4 + (format[1] ?? 0) * 2 + (format[2] ?? 0)) ^ 0b101
  return encode(text, { ecc: 'M', border: 0, maskPattern }).data
}

describe('a QR code', () => {
  it('is, module by module, what another encoder draws', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 160, unit: 'grapheme-ascii' }), (tail) => {
        const text = `https://earshot.test/r#${tail}`
        const grid = qr(text)
        expect(grid).toEqual(drawnElsewhere(text, grid))
      }),
      { numRuns: 60 },
    )
  })
  it('holds 213 bytes and no more', () => {
    const text = `a${'é'.repeat(106)}`
    const grid = qr(text)
    expect(grid).toHaveLength(57)
    expect(grid).toEqual(drawnElsewhere(text, grid))
    expect(() => qr(`${text}b`)).toThrow(RangeError)
  })
})
