import type { Address, Hash } from '@animechain/core'
import { type World } from './world.js'

// The answers of tracers, as far as the suite looks at them.

export interface StructTrace {
  gas: number
  failed: boolean
  returnValue: string
  structLogs: { pc: number; op: string; gas: number; gasCost: number; depth: number; stack: string[] }[]
}

export interface CallTrace {
  type: string
  from: string
  to?: string
  value?: string
  gas: string
  gasUsed: string
  input: string
  output?: string
  error?: string
  calls?: CallTrace[]
  logs?: { data: string; index: string; position: string }[]
}

export type Prestate = Record<
  Address,
  { balance?: string; nonce?: number; code?: string; storage?: Record<Hash, Hash> }
>

/** The block of these transactions after the genesis, as `traceBlock` takes it. */
export const blockInput = (world: World, transactions: readonly Uint8Array[]) => ({
  ...world.attributes(world.genesis),
  transactions,
})
