import { op } from '../src/index.js'
import { access, brIf, build, call, EMPTY, get, i32, I32, set, tee, wasm } from './moduleBuilder.js'

/** Small modules, for runs that are longer than random ones are. */

const imports = [
  { name: 'preimage', parameters: [I32, I32, I32, I32], results: [I32] },
  { name: 'output', parameters: [I32], results: [] },
]
const [PREIMAGE, OUTPUT, RUN] = [0, 1, 2]
const PAGES = 33

const moduleOf = (body: number[]) =>
  build({ imports, functions: [{ name: 'run', locals: [I32, I32], body }], memory: [PAGES] })

/** Counts to `rounds`, and writes what it counted to all over its 33 pages. */
export function counter(rounds: number): Uint8Array {
  const [value, count] = [0, 1]
  return moduleOf([
    ...[wasm.loop, EMPTY],
    ...[...get(value), ...i32(0x01000193), op.i32_mul, ...get(count), op.i32_add, ...set(value)],
    ...[...get(count), ...i32(1_237), op.i32_mul, ...i32(PAGES * 65_536), op.i32_rem_u],
    ...[...i32(-4), op.i32_and, ...get(value), ...access(op.i32_store)],
    ...[...get(count), ...i32(1), op.i32_add, ...tee(count), ...i32(rounds), op.i32_lt_s, ...brIf(0)],
    ...[wasm.end, ...i32(64), ...call(OUTPUT)],
  ])
}

/** Calls itself until there are no slots left. */
export const deepening = moduleOf([...get(0), ...set(1), ...call(RUN)])

/** Reads two words of data that a key of zeros names, and gives the second. */
export const preimageReader = moduleOf([
  ...[...i32(0), ...i32(0), ...i32(0), ...i32(32), ...call(PREIMAGE), op.drop],
  ...[...i32(0), ...i32(0), ...i32(32), ...i32(64), ...call(PREIMAGE), op.drop],
  ...[...i32(64), ...call(OUTPUT)],
])
