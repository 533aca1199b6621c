import { inboxStorageLayout } from '@animechain/contracts/Inbox'
import { bigIntToBytes, bytesToBigInt, bytesToHex, keccak256, type Hash } from '@animechain/core'

/** The two arrays that the inbox appends to. */
export type InboxQueue = 'batches' | 'deposits'

const labels = { batches: '_batches', deposits: '_deposits' } as const

/** Words of storage of an element: the accumulator, then what is packed beside it (BatchCheckpoint, DepositCheckpoint in Inbox.sol). */
const WORDS = 2n
const UINT64 = (1n << 64n) - 1n

const word = (value: bigint): Hash => bytesToHex(bigIntToBytes(value, 32))

/** Slot of the length of a queue. */
export function lengthSlot(queue: InboxQueue): Hash {
  const variable = inboxStorageLayout.find(({ label }) => label === labels[queue])!
  return word(BigInt(variable.slot))
}

/** Slot of the accumulator of the first `count` entries, `count` above 0; the packed word is the next one. */
export function accumulatorSlot(queue: InboxQueue, count: bigint): Hash {
  const first = bytesToBigInt(keccak256(bigIntToBytes(BigInt(lengthSlot(queue)), 32)))
  return word(BigInt.asUintN(256, first + WORDS * (count - 1n)))
}

/** Slot of what is packed beside an accumulator. */
export const packedSlot = (queue: InboxQueue, count: bigint): Hash =>
  word(BigInt.asUintN(256, BigInt(accumulatorSlot(queue, count)) + 1n))

/** What is packed beside a batch's accumulator. */
export const unpackBatch = (packed: bigint) => ({
  lastBlock: packed & UINT64,
  lastTimestamp: (packed >> 64n) & UINT64,
  depositsRead: (packed >> 128n) & UINT64,
})
