import { op, opNames } from './opcodes.js'

/** How an instruction uses its operands. Others have rules of their own. */
export type Kind = 'unary' | 'binary' | 'load' | 'store'

function kindOf(code: number): Kind | undefined {
  const name = opNames[code]
  if (name === undefined) return undefined
  if (name.includes('_load')) return 'load'
  if (name.includes('_store')) return 'store'
  if (/_(eqz|clz|ctz|popcnt|wrap_i64|extend.*)$/.test(name)) return 'unary'
  if ((code >= op.i32_eq && code <= op.i64_ge_u) || (code >= op.i32_add && code <= op.i64_rotr))
    return 'binary'
  return undefined
}

/** Kinds by opcode. */
export const kinds: readonly (Kind | undefined)[] = Array.from({ length: 256 }, (_, code) => kindOf(code))

/** Bytes that a load or store touches, by opcode; zero for others. */
export const accessBytes: readonly number[] = Array.from({ length: 256 }, (_, code) => {
  if (kinds[code] !== 'load' && kinds[code] !== 'store') return 0
  const name = opNames[code]!
  const bits = /(?:load|store)(\d+)/.exec(name)?.[1] ?? name.slice(1, 3)
  return Number(bits) / 8
})

/** WebAssembly's instructions of control, which the flat code has not, and those that are the same in both but stand here for the parser. */
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
  prefix: 0xfc,
  memory_copy: 10,
  memory_fill: 11,
} as const

const names = (first: number, list: string): [number, string][] =>
  list.split(' ').map((name, i) => [first + i, name])
const floatComparisons = 'eq ne lt gt le ge'
const floatArithmetic = 'abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign'
const of = (type: string, list: string) =>
  list
    .split(' ')
    .map((name) => `${type}.${name}`)
    .join(' ')

/** Instructions that the machine does not run, for messages. */
const refused = new Map<number, string>([
  ...names(0x06, 'try catch throw rethrow throw_ref'),
  ...names(0x12, 'return_call return_call_indirect call_ref return_call_ref'),
  ...names(0x18, 'delegate catch_all'),
  ...names(0x1c, 'select_t'),
  ...names(0x1f, 'try_table'),
  ...names(0x25, 'table.get table.set'),
  ...names(0x2a, 'f32.load f64.load'),
  ...names(0x38, 'f32.store f64.store'),
  ...names(0x43, 'f32.const f64.const'),
  ...names(0x5b, of('f32', floatComparisons)),
  ...names(0x61, of('f64', floatComparisons)),
  ...names(0x8b, of('f32', floatArithmetic)),
  ...names(0x99, of('f64', floatArithmetic)),
  ...names(0xa8, of('i32', 'trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u')),
  ...names(0xae, of('i64', 'trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u')),
  ...names(0xb2, of('f32', 'convert_i32_s convert_i32_u convert_i64_s convert_i64_u demote_f64')),
  ...names(0xb7, of('f64', 'convert_i32_s convert_i32_u convert_i64_s convert_i64_u promote_f32')),
  ...names(0xbc, 'i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64'),
  ...names(0xd0, 'ref.null ref.is_null ref.func ref.eq ref.as_non_null br_on_null br_on_non_null'),
  ...names(0xfb, 'of-garbage-collection'),
  ...names(0xfd, 'of-SIMD atomic'),
])

const refusedPrefixed = new Map<number, string>([
  ...names(0, of('i32', 'trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u')),
  ...names(4, of('i64', 'trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u')),
  ...names(8, 'memory.init data.drop'),
  ...names(12, 'table.init elem.drop table.copy table.grow table.size table.fill'),
])

/** Name of an instruction that is not accepted; of one behind the prefix 0xfc when `prefixed`. */
export function refusedName(code: number, prefixed = false): string {
  const name = (prefixed ? refusedPrefixed : refused).get(code)
  return name ?? `0x${prefixed ? 'fc ' : ''}${code.toString(16)}`
}
