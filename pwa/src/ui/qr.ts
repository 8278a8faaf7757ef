/**
 * QR codes (ISO/IEC 18004) of short texts: bytes, error correction M, versions 1 to 10, which hold 213 bytes. An
 * address with a receipt needs about sixty. The tests compare each module with what a whole library draws.
 */

const MOST_VERSION = 10
/** Error correction M, by version: codewords of correction a block, and blocks. */
const CORRECTION = [0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26]
const BLOCKS = [0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5]
/** The other centre lines of the alignment patterns, beside the first at 6. */
const ALIGNMENT = [[], [], [18], [22], [26], [30], [34], [22, 38], [24, 42], [26, 46], [28, 50]]

/** The eight masks: which modules of the data are turned over. */
const MASKS: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
]

type Grid = boolean[][]

/** Rows of modules, dark ones true, without a border. Throws a RangeError for a text that is too long. */
export function qr(text: string): Grid {
  const bytes = new TextEncoder().encode(text)
  let version = 1
  while (version <= MOST_VERSION && dataLength(version) < bytes.length + (version < 10 ? 2 : 3)) version++
  if (version > MOST_VERSION) throw new RangeError('too long for a QR code')
  const { grid, fixed } = frame(version)
  place(grid, fixed, interleaved(version, codewords(version, bytes)))
  let best: Grid = grid
  let least = Infinity
  for (const [mask, turns] of MASKS.entries()) {
    const tried = grid.map((row, y) => row.map((dark, x) => dark !== (!fixed[y]?.[x] && turns(x, y))))
    drawFormat(tried, mask)
    const cost = penalty(tried)
    if (cost < least) [best, least] = [tried, cost]
  }
  return best
}

// Codewords

const sizeOf = (version: number): number => 17 + version * 4

/** How many codewords a version holds, correction included. */
function capacity(version: number): number {
  const lines = (ALIGNMENT[version]?.length ?? 0) + 1
  const patterns = version > 1 ? 25 * (lines ** 2 - 3) - 10 * (lines - 2) : 0
  return Math.floor((sizeOf(version) ** 2 - 3 * 64 - 31 - 2 * (sizeOf(version) - 16) - patterns - (version > 6 ? 36 : 0)) / 8)
}

const dataLength = (version: number): number => capacity(version) - (CORRECTION[version] ?? 0) * (BLOCKS[version] ?? 0)

/** The text as codewords: mode, length, bytes, an end, and what fills the rest. */
function codewords(version: number, bytes: Uint8Array): number[] {
  const length = bytes.length
  const wide = version > 9 ? [length >> 12, (length >> 8) & 15] : []
  // Everything stands half a byte further on, behind the four bits of the mode.
  const halves = [4, ...wide, (length >> 4) & 15, length & 15, ...[...bytes].flatMap((byte) => [byte >> 4, byte & 15]), 0]
  const words = Array.from({ length: halves.length >> 1 }, (_, i) => ((halves[i * 2] ?? 0) << 4) | (halves[i * 2 + 1] ?? 0))
  for (let pad = 0xec; words.length < dataLength(version); pad ^= 0xec ^ 0x11) words.push(pad)
  return words
}

/** Blocks with their correction, a codeword of each in turn. */
function interleaved(version: number, words: number[]): number[] {
  const blocks = BLOCKS[version] ?? 1
  const correction = CORRECTION[version] ?? 0
  const short = Math.floor(words.length / blocks)
  const longer = blocks - (words.length % blocks)
  let at = 0
  const data = Array.from({ length: blocks }, (_, i) => words.slice(at, (at += short + (i < longer ? 0 : 1))))
  const checks = data.map((block) => remainder(block, divisor(correction)))
  const out: number[] = []
  for (const [part, length] of [[data, short + 1], [checks, correction]] as const)
    for (let i = 0; i < length; i++) for (const block of part) if (i < block.length) out.push(block[i] ?? 0)
  return out
}

/** Product in GF(2⁸) modulo x⁸ + x⁴ + x³ + x² + 1. */
function times(a: number, b: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) product = (product << 1) ^ ((product >> 7) * 0x11d) ^ (((b >> bit) & 1) * a)
  return product
}

function divisor(degree: number): number[] {
  let polynomial = [1]
  for (let i = 0, root = 1; i < degree; i++, root = times(root, 2))
    polynomial = [...polynomial, 0].map((term, k) => term ^ (k ? times(polynomial[k - 1] ?? 0, root) : 0))
  return polynomial.slice(1)
}

function remainder(data: number[], by: number[]): number[] {
  let rest = by.map(() => 0)
  for (const word of data) {
    const factor = word ^ (rest[0] ?? 0)
    rest = by.map((term, i) => (rest[i + 1] ?? 0) ^ times(term, factor))
  }
  return rest
}

// Modules

/** A grid with everything that is the same for each text, and which modules these are. */
function frame(version: number): { grid: Grid; fixed: Grid } {
  const size = sizeOf(version)
  const empty = (): Grid => Array.from({ length: size }, () => Array<boolean>(size).fill(false))
  const [grid, fixed] = [empty(), empty()]
  const put = (x: number, y: number, dark: boolean): void => {
    if (!grid[y] || !fixed[y] || x < 0 || x >= size) return
    grid[y][x] = dark
    fixed[y][x] = true
  }
  const rings = (cx: number, cy: number, reach: number): void => {
    for (let y = -reach; y <= reach; y++)
      for (let x = -reach; x <= reach; x++) {
        const ring = Math.max(Math.abs(x), Math.abs(y))
        put(cx + x, cy + y, reach === 4 ? ring !== 2 && ring !== 4 : ring !== 1)
      }
  }
  for (let i = 0; i < size; i++) {
    put(6, i, i % 2 === 0)
    put(i, 6, i % 2 === 0)
  }
  const lines = [6, ...(ALIGNMENT[version] ?? [])]
  const last = lines.at(-1)
  for (const x of lines) for (const y of lines) if (version > 1 && !((x === 6 && (y === 6 || y === last)) || (y === 6 && x === last))) rings(x, y, 2)
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]] as const) rings(x, y, 4)
  // Room for the format, which the mask decides.
  for (let i = 0; i < 9; i++) {
    if (i !== 6) {
      put(8, i, false)
      put(i, 8, false)
    }
    if (i < 8) {
      put(size - 1 - i, 8, false)
      put(8, size - 1 - i, i === 7)
    }
  }
  if (version > 6) {
    const bits = checked(version, 12, 0x1f25)
    for (let i = 0; i < 18; i++) {
      const dark = ((bits >> i) & 1) === 1
      put(size - 11 + (i % 3), Math.floor(i / 3), dark)
      put(Math.floor(i / 3), size - 11 + (i % 3), dark)
    }
  }
  return { grid, fixed }
}

/** A value with its BCH check bits behind it. */
function checked(value: number, checks: number, generator: number): number {
  let rest = value
  for (let i = 0; i < checks; i++) rest = (rest << 1) ^ ((rest >> (checks - 1)) * generator)
  return (value << checks) | rest
}

/** Puts the bits where nothing is yet: in columns of two, up and down, from the right. */
function place(grid: Grid, fixed: Grid, words: number[]): void {
  const size = grid.length
  let bit = 0
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5
    for (let i = 0; i < size; i++) {
      const y = ((right + 1) & 2) === 0 ? size - 1 - i : i
      for (const x of [right, right - 1]) {
        const row = grid[y]
        if (!row || fixed[y]?.[x]) continue
        row[x] = (((words[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1
        bit++
      }
    }
  }
}

/** The level of correction and the mask, twice. */
function drawFormat(grid: Grid, mask: number): void {
  const size = grid.length
  // M is written as 0.
  const bits = checked(mask, 10, 0x537) ^ 0x5412
  const put = (x: number, y: number, i: number): void => {
    const row = grid[y]
    if (row) row[x] = ((bits >> i) & 1) === 1
  }
  for (let i = 0; i < 15; i++) {
    if (i < 8) put(8, i < 6 ? i : i + 1, i)
    else put(i === 8 ? 7 : 14 - i, 8, i)
    if (i < 8) put(size - 1 - i, 8, i)
    else put(8, size - 15 + i, i)
  }
}

/** How hard a grid is to read, as the standard counts: runs, blocks, shapes like a finder, and too dark or too light. */
function penalty(grid: Grid): number {
  const size = grid.length
  let cost = 0
  let dark = 0
  const columns = grid.map((_, x) => grid.map((row) => row[x] ?? false))
  for (const lines of [grid, columns])
    for (const line of lines) {
      const text = line.map(Number).join('')
      for (const [run] of text.matchAll(/0{5,}|1{5,}/g)) cost += run.length - 2
      // The quiet border beside the code counts as light.
      for (const shape of [/(?=00001011101)/g, /(?=10111010000)/g]) cost += 40 * [...`0000${text}0000`.matchAll(shape)].length
    }
  for (const [y, row] of grid.entries())
    for (const [x, module] of row.entries()) {
      if (module) dark++
      if (x && y && row[x - 1] === module && grid[y - 1]?.[x] === module && grid[y - 1]?.[x - 1] === module) cost += 3
    }
  return cost + 10 * Math.max(0, Math.ceil(Math.abs(dark * 20 - size * size * 10) / (size * size)) - 1)
}
