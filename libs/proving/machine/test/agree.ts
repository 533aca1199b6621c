import { expect } from '@jest/globals'
import { compare, type Call, type Values } from './compare.js'

export type { Call }

/** Runs calls one after the other on V8 and on the machine, which must not differ. Returns what came out. */
export function agree(wasm: Uint8Array, calls: readonly Call[]): Values[] {
  const { outcomes, differences } = compare(wasm, calls)
  expect(differences).toEqual([])
  return outcomes
}
