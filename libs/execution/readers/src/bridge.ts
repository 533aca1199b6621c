import { hexToBytes, type Hash } from '@animechain/core'
import type { Message } from './message.js'

/** Int32s before the bytes: whether it has been answered, length of the whole answer or what else there is to say. */
const ANSWERED = 0
const LENGTH = 1
const HEAD = 8
const ABSENT = -1
const FAILED = -2

/** bytes of an answer that are given at once; code has 24,576 */
const PART = 64 * 1024
/** Milliseconds that a thread waits for the main one. It may be busy with a block. */
const PATIENCE = 60_000

export const newBridge = () => new SharedArrayBuffer(HEAD + PART)

export interface Answers {
  get(key: Uint8Array): Uint8Array | undefined
  blockHash(number: bigint): Hash | undefined
}

/** In the main thread: answers one question. A thread has one at a time, so they take their turns with everything else there. */
export function answer(
  bridge: SharedArrayBuffer,
  answers: Answers,
  { question, key, at }: Extract<Message, { type: 'ask' }>,
): void {
  const head = new Int32Array(bridge, 0, 2)
  try {
    const found =
      question === 'get' ? answers.get(key as Uint8Array) : hashBytes(answers.blockHash(key as bigint))
    head[LENGTH] = found?.length ?? ABSENT
    if (found) new Uint8Array(bridge, HEAD).set(found.subarray(at, at + PART))
  } catch {
    head[LENGTH] = FAILED
  }
  Atomics.store(head, ANSWERED, 1)
  Atomics.notify(head, ANSWERED)
}

const hashBytes = (hash: Hash | undefined) => (hash === undefined ? undefined : hexToBytes(hash))

/** In a reader's thread: asks the main one, and waits. */
export function asker(bridge: SharedArrayBuffer, post: (message: Message) => void) {
  const head = new Int32Array(bridge, 0, 2)
  const bytes = new Uint8Array(bridge, HEAD)
  const part = (question: 'get' | 'blockHash', key: Uint8Array | bigint, at: number): number => {
    Atomics.store(head, ANSWERED, 0)
    post({ type: 'ask', question, key, at })
    if (Atomics.wait(head, ANSWERED, 0, PATIENCE) === 'timed-out')
      throw new Error('The main thread did not answer a reader.')
    const length = head[LENGTH]!
    if (length === FAILED) throw new Error('The store cannot be read.')
    return length
  }
  return (question: 'get' | 'blockHash', key: Uint8Array | bigint): Uint8Array | undefined => {
    const length = part(question, key, 0)
    if (length === ABSENT) return undefined
    const found = new Uint8Array(length)
    for (let at = 0; ;) {
      found.set(bytes.subarray(0, Math.min(PART, length - at)), at)
      at += PART
      if (at >= length) return found
      part(question, key, at)
    }
  }
}
