import type { Hash } from '@animechain/core'
import type { CodeTree } from './tree.js'

/** An exported function: where its code begins and how many values it takes and gives. */
export interface ExportedFunction {
  pc: number
  /** WebAssembly's value types, in text */
  parameters: readonly ValueType[]
  results: readonly ValueType[]
}

/** Type of a value; there are no others. */
export type ValueType = 'i32' | 'i64'

/** A module in the form in which the machine runs it (docs/spec/machine.md, section 2). */
export interface Program {
  /** commits to everything in the program */
  hash: Hash
  codeRoot: Hash
  codeTree: CodeTree
  /** root of the RAM tree before the first step */
  ramRoot: Hash
  /** size of the memory before the first step, in pages of 64 KiB */
  pages: number
  /** flat code, 16 bytes an instruction, up to a whole leaf of 32 bytes; what is not there is zero */
  code: Uint8Array
  /** instructions in `code` */
  instructions: number
  /** leaves of the RAM tree that are not zero before the first step, by generalised index */
  ram: ReadonlyMap<number, Uint8Array>
  /** what the module exports, for tests and tools; a run needs only the entry, which is in the code */
  functions: ReadonlyMap<string, ExportedFunction>
  /** index and type of exported globals */
  globals: ReadonlyMap<string, { index: number; type: ValueType }>
  /** place of the `unreachable` after the entry's calls: where a function that a tool calls may return to */
  entryEnd: number
}
