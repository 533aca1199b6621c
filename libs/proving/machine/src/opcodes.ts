/**
 * Opcodes of the flat code: WebAssembly's where there is one (docs/spec/machine.md, section 2). The one place that has these numbers; the names are
 * those of the specification, with an underscore for a dot.
 */
export const op = {
  unreachable: 0x00,
  jump: 0x03,
  jumpIfZero: 0x04,
  branch: 0x0c,
  jumpIf: 0x0d,
  jumpTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  select: 0x1b,
  local_get: 0x20,
  local_set: 0x21,
  local_tee: 0x22,
  global_get: 0x23,
  global_set: 0x24,
  i32_load: 0x28,
  i64_load: 0x29,
  i32_load8_s: 0x2c,
  i32_load8_u: 0x2d,
  i32_load16_s: 0x2e,
  i32_load16_u: 0x2f,
  i64_load8_s: 0x30,
  i64_load8_u: 0x31,
  i64_load16_s: 0x32,
  i64_load16_u: 0x33,
  i64_load32_s: 0x34,
  i64_load32_u: 0x35,
  i32_store: 0x36,
  i64_store: 0x37,
  i32_store8: 0x3a,
  i32_store16: 0x3b,
  i64_store8: 0x3c,
  i64_store16: 0x3d,
  i64_store32: 0x3e,
  memory_size: 0x3f,
  memory_grow: 0x40,
  i32_const: 0x41,
  i64_const: 0x42,
  i32_eqz: 0x45,
  i32_eq: 0x46,
  i32_ne: 0x47,
  i32_lt_s: 0x48,
  i32_lt_u: 0x49,
  i32_gt_s: 0x4a,
  i32_gt_u: 0x4b,
  i32_le_s: 0x4c,
  i32_le_u: 0x4d,
  i32_ge_s: 0x4e,
  i32_ge_u: 0x4f,
  i64_eqz: 0x50,
  i64_eq: 0x51,
  i64_ne: 0x52,
  i64_lt_s: 0x53,
  i64_lt_u: 0x54,
  i64_gt_s: 0x55,
  i64_gt_u: 0x56,
  i64_le_s: 0x57,
  i64_le_u: 0x58,
  i64_ge_s: 0x59,
  i64_ge_u: 0x5a,
  i32_clz: 0x67,
  i32_ctz: 0x68,
  i32_popcnt: 0x69,
  i32_add: 0x6a,
  i32_sub: 0x6b,
  i32_mul: 0x6c,
  i32_div_s: 0x6d,
  i32_div_u: 0x6e,
  i32_rem_s: 0x6f,
  i32_rem_u: 0x70,
  i32_and: 0x71,
  i32_or: 0x72,
  i32_xor: 0x73,
  i32_shl: 0x74,
  i32_shr_s: 0x75,
  i32_shr_u: 0x76,
  i32_rotl: 0x77,
  i32_rotr: 0x78,
  i64_clz: 0x79,
  i64_ctz: 0x7a,
  i64_popcnt: 0x7b,
  i64_add: 0x7c,
  i64_sub: 0x7d,
  i64_mul: 0x7e,
  i64_div_s: 0x7f,
  i64_div_u: 0x80,
  i64_rem_s: 0x81,
  i64_rem_u: 0x82,
  i64_and: 0x83,
  i64_or: 0x84,
  i64_xor: 0x85,
  i64_shl: 0x86,
  i64_shr_s: 0x87,
  i64_shr_u: 0x88,
  i64_rotl: 0x89,
  i64_rotr: 0x8a,
  i32_wrap_i64: 0xa7,
  i64_extend_i32_s: 0xac,
  i64_extend_i32_u: 0xad,
  i32_extend8_s: 0xc0,
  i32_extend16_s: 0xc1,
  i64_extend8_s: 0xc2,
  i64_extend16_s: 0xc3,
  i64_extend32_s: 0xc4,
  move: 0xd0,
  frame: 0xd1,
  memory_copy: 0xe0,
  memory_fill: 0xe1,
  input: 0xf0,
  preimage: 0xf1,
  output: 0xf2,
} as const

/** Name of an instruction of the flat code. */
export type OpName = keyof typeof op

/** Names by opcode; undefined for bytes that are no instruction. */
export const opNames: readonly (OpName | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  (Object.keys(op) as OpName[]).find((name) => op[name] === code),
)

/** Bounds of programs and states (docs/spec/machine.md, sections 1, 3 and 4). */
export const limits = {
  /** instructions of flat code */
  instructions: 2 ** 20,
  globals: 1_024,
  tableEntries: 65_536,
  /** pages that a program's memory can have, of 64 KiB */
  pages: 32_768,
  /** parameters, locals and results of a function, each */
  values: 1_000,
  types: 65_536,
  /** slots of locals and operands */
  slots: 65_536,
} as const

/** bytes of a page of memory */
export const PAGE_BYTES = 65_536
/** bytes of an instruction of flat code */
export const INSTRUCTION_BYTES = 16
/** bytes of a leaf of either tree */
export const LEAF_BYTES = 32

/** What the parts of the RAM tree add to the place of a leaf to make its generalised index, and the depth of the leaves below the root. */
export const parts = {
  memory: { first: 2 ** 28, depth: 28, leaves: 2 ** 27 },
  slots: { first: 0b110 << 14, depth: 16, leaves: 2 ** 14 },
  globals: { first: 0b1110 << 8, depth: 11, leaves: 2 ** 8 },
  table: { first: 0b1111 << 14, depth: 17, leaves: 2 ** 14 },
} as const

/** depth of the code tree */
export const CODE_DEPTH = 19

/** Status of a state. */
export const status = { running: 0, halted: 1, trapped: 2 } as const

/** How the binary format writes the types of values that the machine has. */
export const valueTypes = { i32: 0x7f, i64: 0x7e } as const
