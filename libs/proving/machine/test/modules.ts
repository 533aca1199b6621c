/** Small modules, written out. */

const leb = (value: number): number[] => {
  const byte = value & 0x7f
  const rest = value >> 7
  return (rest === 0 && byte < 64) || (rest === -1 && byte >= 64) ? [byte] : [byte | 0x80, ...leb(rest)]
}
const section = (id: number, content: number[]) => [id, ...leb(content.length), ...content]
const name = (value: string) => [value.length, ...new TextEncoder().encode(value)]
/** i32.const */
const constant = (value: number) => [0x41, ...leb(value)]

/** A module with host functions `preimage` (0) and `output` (1), 33 pages, and `run` (2) of two i32 locals. */
function moduleOf(body: number[]): Uint8Array {
  const code = [1, 2, 0x7f, ...body, 0x0b]
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [3, 0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 1, 0x7f, 0x60, 1, 0x7f, 0, 0x60, 0, 0]),
    ...section(2, [2, ...name('host'), ...name('preimage'), 0, 0, ...name('host'), ...name('output'), 0, 1]),
    ...section(3, [1, 2]),
    ...section(5, [1, 0, 33]),
    ...section(7, [1, ...name('run'), 0, 2]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ])
}

/** Counts to `rounds`, and writes what it counted to all over its 33 pages. */
export function counter(rounds: number): Uint8Array {
  return moduleOf([
    ...[0x03, 0x40],
    // local 0 = local 0 * 0x01000193 + local 1
    ...[0x20, 0, ...constant(0x01000193), 0x6c, 0x20, 1, 0x6a, 0x21, 0],
    // memory[local 1 * 1,237 mod 33 pages, aligned] = local 0
    ...[0x20, 1, ...constant(1_237), 0x6c, ...constant(33 * 65_536), 0x70, ...constant(-4), 0x71],
    ...[0x20, 0, 0x36, 2, 0],
    ...[0x20, 1, ...constant(1), 0x6a, 0x22, 1, ...constant(rounds), 0x48, 0x0d, 0],
    ...[0x0b, ...constant(64), 0x10, 1],
  ])
}

/** Calls itself until there are no slots left. */
export const deepening = moduleOf([0x20, 0, 0x21, 1, 0x10, 2])

/** Reads two words of data that a key of zeros names, and gives the second. */
export const preimageReader = moduleOf([
  ...[...constant(0), ...constant(0), ...constant(0), ...constant(32), 0x10, 0, 0x1a],
  ...[...constant(0), ...constant(0), ...constant(32), ...constant(64), 0x10, 0, 0x1a],
  ...[...constant(64), 0x10, 1],
])
