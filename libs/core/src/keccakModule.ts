// WebAssembly opcodes, by their names in the text format.
const LOOP = 0x03
const END = 0x0b
const BR_IF = 0x0d
const LOCAL_GET = 0x20
const LOCAL_SET = 0x21
const LOCAL_TEE = 0x22
const I64_LOAD = 0x29
const I64_STORE = 0x37
const I32_CONST = 0x41
const I64_CONST = 0x42
const I32_LT_U = 0x49
const I32_ADD = 0x6a
const I32_SUB = 0x6b
const I64_AND = 0x83
const I64_XOR = 0x85
const I64_ROTL = 0x89
const I32 = 0x7f
const I64 = 0x7e
/** type of a block that leaves nothing */
const EMPTY = 0x40

/** Where the module keeps what: the state of 25 lanes, the constants of the 24 rounds, then what is hashed. bytes */
export const keccakLayout = { state: 0, constants: 200, input: 512, end: 65_536 } as const
/** Bytes that one permutation takes in (FIPS 202, capacity 512). */
export const KECCAK_RATE = 136
const ROUNDS = 24

/** FIPS 202, 3.2.5: the constants of step ι, from their shift register. */
function roundConstants(): bigint[] {
  let register = 1
  const bit = (): bigint => {
    const out = BigInt(register & 1)
    register <<= 1
    if (register & 0x100) register ^= 0x171
    return out
  }
  return Array.from({ length: ROUNDS }, () => {
    let constant = 0n
    for (let j = 0; j <= 6; j++) constant |= bit() << BigInt(2 ** j - 1)
    return constant
  })
}

/** FIPS 202, 3.2.2: by how much step ρ rotates the lane at x + 5 y. */
function rotations(): number[] {
  const out = new Array<number>(25).fill(0)
  let [x, y] = [1, 0]
  for (let t = 0; t < 24; t++) {
    out[x + 5 * y] = (((t + 1) * (t + 2)) / 2) % 64
    ;[x, y] = [y, (2 * x + 3 * y) % 5]
  }
  return out
}

/** signed LEB128 of a small number */
function leb(value: number): number[] {
  const out: number[] = []
  for (;;) {
    const byte = value & 0x7f
    value >>= 7
    if ((value === 0 && !(byte & 0x40)) || (value === -1 && byte & 0x40)) return [...out, byte]
    out.push(byte | 0x80)
  }
}

/** unsigned LEB128 */
function size(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...size(value >> 7)]
}

const each = <T>(count: number, make: (index: number) => T[]): T[] =>
  Array.from({ length: count }, (_, index) => make(index)).flat()

// Locals of the one function: its two parameters, the address of a round's constant, then lanes.
const AT = 0
const BLOCKS = 1
const CONSTANT = 2
const A = (index: number) => 3 + index
const B = (index: number) => 28 + index
const C = (x: number) => 53 + (x % 5)
const D = (x: number) => 58 + (x % 5)
const LANES = 60

const get = (local: number) => [LOCAL_GET, local]
const set = (local: number) => [LOCAL_SET, local]
const load = (offset: number) => [I64_LOAD, 3, ...size(offset)]

/** One round on the lanes A: the steps θ, ρ, π, χ and ι of FIPS 202. */
function round(): number[] {
  const rotation = rotations()
  return [
    ...each(5, (x) => [...get(A(x)), ...each(4, (y) => [...get(A(x + 5 * (y + 1))), I64_XOR]), ...set(C(x))]),
    ...each(5, (x) => [...get(C(x + 4)), ...get(C(x + 1)), I64_CONST, 1, I64_ROTL, I64_XOR, ...set(D(x))]),
    ...each(25, (i) => {
      const [x, y] = [i % 5, Math.floor(i / 5)]
      const rotated = [...get(A(i)), ...get(D(x)), I64_XOR, I64_CONST, ...leb(rotation[i]!), I64_ROTL]
      return [...rotated, ...set(B(y + 5 * ((2 * x + 3 * y) % 5)))]
    }),
    ...each(25, (i) => {
      const [x, row] = [i % 5, i - (i % 5)]
      const notNext = [...get(B(row + ((x + 1) % 5))), I64_CONST, ...leb(-1), I64_XOR]
      return [...get(B(i)), ...notNext, ...get(B(row + ((x + 2) % 5))), I64_AND, I64_XOR, ...set(A(i))]
    }),
    ...[...get(A(0)), ...get(CONSTANT), ...load(0), I64_XOR, ...set(A(0))],
  ]
}

/** `absorb(at, blocks)`: takes in `blocks` blocks of {@link KECCAK_RATE} bytes from `at` on, at least one, into the state in memory. */
function absorb(): number[] {
  return [
    ...each(25, (i) => [I32_CONST, 0, ...load(keccakLayout.state + 8 * i), ...set(A(i))]),
    ...[LOOP, EMPTY],
    ...each(KECCAK_RATE / 8, (i) => [...get(A(i)), ...get(AT), ...load(8 * i), I64_XOR, ...set(A(i))]),
    ...[I32_CONST, ...leb(keccakLayout.constants), ...set(CONSTANT)],
    ...[LOOP, EMPTY, ...round()],
    ...[...get(CONSTANT), I32_CONST, 8, I32_ADD, LOCAL_TEE, CONSTANT],
    ...[I32_CONST, ...leb(keccakLayout.constants + 8 * ROUNDS), I32_LT_U, BR_IF, 0, END],
    ...[...get(AT), I32_CONST, ...leb(KECCAK_RATE), I32_ADD, ...set(AT)],
    ...[...get(BLOCKS), I32_CONST, 1, I32_SUB, LOCAL_TEE, BLOCKS, BR_IF, 0, END],
    ...each(25, (i) => [I32_CONST, 0, ...get(A(i)), I64_STORE, 3, ...size(keccakLayout.state + 8 * i)]),
    END,
  ]
}

const name = (text: string) => [text.length, ...[...text].map((letter) => letter.charCodeAt(0))]

/**
 * Keccak-f[1600] as a WebAssembly module, put together from the standard's own definitions: some 2 kB, so that browsers too compile it at once.
 * It exports its `memory`, laid out as {@link keccakLayout}, and `absorb(at: i32, blocks: i32)`.
 */
export function keccakModule(): Uint8Array {
  const section = (id: number, content: number[]) => [id, ...size(content.length), ...content]
  const locals = [2, 1, I32, LANES, I64]
  const body = [...locals, ...absorb()]
  const constants = new DataView(new ArrayBuffer(8 * ROUNDS))
  roundConstants().forEach((constant, i) => constants.setBigUint64(8 * i, constant, true))
  const data = [0, I32_CONST, ...leb(keccakLayout.constants), END, ...size(8 * ROUNDS)]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 2, I32, I32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('absorb'), 0, 0]),
    ...section(10, [1, ...size(body.length), ...body]),
    ...section(11, [1, ...data, ...new Uint8Array(constants.buffer)]),
  ])
}
