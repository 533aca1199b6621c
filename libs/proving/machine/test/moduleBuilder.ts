import { op } from '../src/index.js'

/** A value type of the binary format. */
export const I32 = 0x7f
export const I64 = 0x7e
/** type of a block that takes and gives nothing */
export const EMPTY = 0x40

/** Control of the binary format, which the flat code has not. */
export const wasm = {
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  br_if: 0x0d,
  br_table: 0x0e,
}

export interface FunctionSpec {
  parameters?: number[]
  results?: number[]
  /** value types of the further locals */
  locals?: number[]
  /** instructions, without the last `end` */
  body: number[]
  /** name under which it is exported */
  name?: string
}

export interface ModuleSpec {
  /** further types, after those of imports and functions, as [parameters, results] */
  types?: [number[], number[]][]
  imports?: { module?: string; name: string; parameters: number[]; results: number[] }[]
  functions: FunctionSpec[]
  /** limits of the memory, in pages */
  memory?: [initial: number, maximum?: number]
  /** entries of the table; element segments as [offset, functions] */
  table?: { size: number; elements?: [number, number[]][] }
  globals?: { type: number; value: bigint; mutable?: boolean; name?: string }[]
  start?: number
  data?: [offset: number, bytes: number[]][]
}

/** unsigned LEB128 */
export function u(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...u(Math.floor(value / 0x80))]
}

/** signed LEB128 */
export function s(value: number | bigint): number[] {
  const out: number[] = []
  for (let rest = BigInt(value); ; rest >>= 7n) {
    const byte = Number(rest & 0x7fn)
    if (rest >= -64n && rest < 64n) return [...out, byte]
    out.push(byte | 0x80)
  }
}

const vector = (items: readonly number[][]) => [...u(items.length), ...items.flat()]
const name = (text: string) => vector([...new TextEncoder().encode(text)].map((byte) => [byte]))
const bytesOf = (content: number[]) => [...u(content.length), ...content]
const typeOf = (parameters: number[], results: number[]) => [
  0x60,
  ...vector(parameters.map((t) => [t])),
  ...vector(results.map((t) => [t])),
]
const limitsOf = (initial: number, maximum?: number) =>
  maximum === undefined ? [0, ...u(initial)] : [1, ...u(initial), ...u(maximum)]
const offset = (value: number) => [op.i32_const, ...s(value | 0), wasm.end]

/** A section; empty when it would have nothing. */
const section = (id: number, items: readonly number[][]) =>
  items.length === 0 ? [] : [id, ...bytesOf(vector(items))]

/** Puts a module together. Types stand in the order of imports, functions, further types. */
export function build(spec: ModuleSpec): Uint8Array {
  const { imports = [], functions, memory, table, globals = [], data = [], types = [] } = spec
  const all = [...imports, ...functions]
  const exports = [
    ...functions.flatMap((f, i) => (f.name ? [[...name(f.name), 0, ...u(imports.length + i)]] : [])),
    ...(memory ? [[...name('memory'), 2, 0]] : []),
    ...globals.flatMap((g, i) => (g.name ? [[...name(g.name), 3, ...u(i)]] : [])),
  ]
  const constant = ({ type, value }: { type: number; value: bigint }) => [
    type === I32 ? op.i32_const : op.i64_const,
    ...s(value),
    wasm.end,
  ]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [
      ...all.map(({ parameters = [], results = [] }) => typeOf(parameters, results)),
      ...types.map(([parameters, results]) => typeOf(parameters, results)),
    ]),
    ...section(
      2,
      imports.map((i, at) => [...name(i.module ?? 'host'), ...name(i.name), 0, ...u(at)]),
    ),
    ...section(
      3,
      functions.map((_, i) => u(imports.length + i)),
    ),
    ...section(4, table ? [[0x70, ...limitsOf(table.size)]] : []),
    ...section(5, memory ? [limitsOf(...memory)] : []),
    ...section(
      6,
      globals.map((g) => [g.type, (g.mutable ?? true) ? 1 : 0, ...constant(g)]),
    ),
    ...section(7, exports),
    ...(spec.start === undefined ? [] : [8, ...bytesOf(u(spec.start))]),
    ...section(
      9,
      (table?.elements ?? []).map(([at, indices]) => [0, ...offset(at), ...vector(indices.map(u))]),
    ),
    ...section(
      10,
      functions.map(({ locals = [], body }) =>
        bytesOf([...vector(locals.map((type) => [1, type])), ...body, wasm.end]),
      ),
    ),
    ...section(
      11,
      data.map(([at, content]) => [0, ...offset(at), ...bytesOf(content)]),
    ),
  ])
}

/** Instructions in short. */
export const get = (local: number) => [op.local_get, ...u(local)]
export const set = (local: number) => [op.local_set, ...u(local)]
export const tee = (local: number) => [op.local_tee, ...u(local)]
export const i32 = (value: number) => [op.i32_const, ...s(value | 0)]
export const i64 = (value: bigint) => [op.i64_const, ...s(BigInt.asIntN(64, value))]
export const call = (index: number) => [op.call, ...u(index)]
/** a load or store with an alignment of one byte */
export const access = (code: number, at = 0) => [code, 0, ...u(at)]
export const br = (label: number) => [wasm.br, ...u(label)]
export const brIf = (label: number) => [wasm.br_if, ...u(label)]
export const brTable = (labels: number[], otherwise: number) => [
  wasm.br_table,
  ...vector(labels.map(u)),
  ...u(otherwise),
]
export const copy = [0xfc, 10, 0, 0]
export const fill = [0xfc, 11, 0]
