import type { BloomQuery, Hex } from '@animechain/core'

/** Blocks in one section. */
export const SECTION_BLOCKS = 2_048
const ROW_BYTES = SECTION_BLOCKS / 8
/** The row that says which blocks have logs at all, after those of the bloom's 2,048 bits. */
const ANY = 2_048
/** Rows of a section. */
export const ROWS = ANY + 1

/** The blooms of a section, turned on their side: a row for each bit. */
export function sectionRows() {
  const bytes = new Uint8Array(ROWS * ROW_BYTES)
  const used = new Uint8Array(ROWS)
  const set = (row: number, i: number) => {
    bytes[row * ROW_BYTES + (i >> 3)]! |= 1 << (i & 7)
    used[row] = 1
  }
  return {
    /** The bloom of the section's block `i`. */
    add(i: number, bloom: Hex): void {
      let any = false
      for (let digit = 0; digit < 512; digit++) {
        const code = bloom.charCodeAt(2 + digit)
        if (code === 48) continue
        any = true
        const value = code <= 57 ? code - 48 : (code | 32) - 87
        // The first digit holds the highest four bits.
        for (let bit = 0; bit < 4; bit++) if ((value >> bit) & 1) set(4 * (511 - digit) + bit, i)
      }
      if (any) set(ANY, i)
    },
    /** undefined: no block has the bit. */
    row: (row: number) => (used[row] === 0 ? undefined : bytes.slice(row * ROW_BYTES, (row + 1) * ROW_BYTES)),
  }
}

/** Which blocks of a section a query lets through, a bit for each; undefined for none. */
export function matching(
  query: BloomQuery,
  row: (row: number) => Uint8Array | undefined,
): Uint8Array | undefined {
  const any = row(ANY)
  if (any === undefined) return undefined
  const found = any.slice()
  for (const group of query) {
    const either = new Uint8Array(ROW_BYTES)
    for (const bits of group) {
      const rows = bits.map(row)
      for (let i = 0; i < ROW_BYTES && !rows.includes(undefined); i++)
        either[i]! |= rows.reduce((all, each) => all & each![i]!, 0xff)
    }
    let some = 0
    for (let i = 0; i < ROW_BYTES; i++) some |= found[i]! &= either[i]!
    if (some === 0) return undefined
  }
  return found
}

/** Numbers of the blocks from `from` to `to` that have their bit, of a section that begins with block `first`. */
export function numbersOf(found: Uint8Array, first: bigint, from: bigint, to: bigint): bigint[] {
  const numbers: bigint[] = []
  for (let i = Number(from - first); i <= Number(to - first); i++)
    if ((found[i >> 3]! >> (i & 7)) & 1) numbers.push(first + BigInt(i))
  return numbers
}
