import { availableParallelism } from 'node:os'
import { BaseError, type Address } from '@animechain/core'
import type { WasmOptions } from '@animechain/execution-wasm'
import { recoverSender, senderRecovery, type SenderRecovery } from '@animechain/tx'

/** Transactions that are not worth a message to another thread. */
const FEW = 16

/**
 * Threads, one processor being left to execution; but two at least, because a request that brings transactions waits for nothing else meanwhile. More
 * than the most recover faster than blocks execute.
 */
const LEAST = 2
const MOST = 4

/** Of the process, not of a node: its processors are what they share. */
let threads: SenderRecovery | undefined

/** Recovers the senders of blocks in worker threads, which start with the first full block and keep no process alive. */
export const blockSenders: NonNullable<WasmOptions['senders']> = {
  async recover(raws) {
    // The engine recovers those that it is not given.
    if (raws.length < FEW) return []
    return started().recover(raws)
  },
}

const started = (): SenderRecovery =>
  (threads ??= senderRecovery({ threads: Math.min(MOST, Math.max(LEAST, availableParallelism() - 1)) }))

interface Arriving {
  raw: Uint8Array
  resolve(sender: Address): void
  reject(error: unknown): void
}

/**
 * Recovers the senders of transactions as they arrive: those of one turn of the event loop together, in the threads if they are many. Answers
 * come in the order of the questions.
 */
export function arrivingSenders(
  recover: (raws: readonly Uint8Array[]) => Promise<(Address | undefined)[]> = (raws) =>
    started().recover(raws),
): (raw: Uint8Array) => Promise<Address> {
  let group: Arriving[] = []
  let before: Promise<unknown> = Promise.resolve()

  const alone = ({ raw, resolve, reject }: Arriving) => {
    try {
      resolve(recoverSender(raw))
    } catch (error) {
      reject(error)
    }
  }
  async function answer(asked: Arriving[], senders: Promise<(Address | undefined)[] | undefined>) {
    const [found] = await Promise.all([senders, before])
    asked.forEach((item, i) => {
      const sender = found?.[i]
      if (sender !== undefined) item.resolve(sender)
      else if (found === undefined) alone(item)
      else item.reject(new BaseError('The signature has no sender.', { code: 'TX_INVALID_SIGNATURE' }))
    })
  }
  function flush() {
    const asked = group
    group = []
    // Too many in recovery, or no thread: this one does it.
    const senders =
      asked.length < FEW
        ? Promise.resolve(undefined)
        : recover(asked.map(({ raw }) => raw)).catch(() => undefined)
    before = answer(asked, senders)
  }
  return (raw) =>
    new Promise((resolve, reject) => {
      if (group.push({ raw, resolve, reject }) === 1) setImmediate(flush)
    })
}
