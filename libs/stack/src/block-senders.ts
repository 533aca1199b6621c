import { availableParallelism } from 'node:os'
import type { WasmOptions } from '@animechain/execution-wasm'
import { senderRecovery, type SenderRecovery } from '@animechain/tx'

/** Transactions that are not worth a message to another thread. */
const FEW = 16

/** Threads, one processor being left to execution. More than these recover faster than blocks execute. */
const MOST = 4

/** Of the process, not of a node: its processors are what they share. */
let threads: SenderRecovery | undefined

/** Recovers the senders of blocks in worker threads, which start with the first full block and keep no process alive. */
export const blockSenders: NonNullable<WasmOptions['senders']> = {
  async recover(raws) {
    // The engine recovers those that it is not given.
    if (raws.length < FEW) return []
    threads ??= senderRecovery({ threads: Math.min(MOST, Math.max(1, availableParallelism() - 1)) })
    return threads.recover(raws)
  },
}
