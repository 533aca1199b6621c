import { Worker } from 'node:worker_threads'
import { batchCodec } from '@animechain/codec'
import { BaseError, packageModule, type BatchBody, type BatchCodec } from '@animechain/core'
import { askedThread } from '@animechain/runtime'
import { buffersOf, packBody, unpackBody, type CodecAnswer, type CodecQuestion } from './codecMessages.js'

/** Raw bytes of a body, or bytes of a batch, that are not worth a message to another thread. */
const FEW_BYTES = 16 * 1024

/**
 * The codec with its work on all but small batches in a thread of its own, which starts with the first and keeps no process alive: a full batch takes
 * some hundred milliseconds. Where there is no thread, or it ends, the caller's does the work.
 */
export function codecThread(start: () => Worker | undefined = startWorker): BatchCodec {
  const here = batchCodec()
  // The batcher and derivation have one question each at most.
  const thread = askedThread<CodecQuestion, CodecAnswer>(start)

  async function ask(question: CodecQuestion, buffers: ArrayBuffer[]): Promise<CodecAnswer | undefined> {
    const asked = await thread.ask(question, buffers)
    return asked.status === 'answered' ? asked.answer : undefined
  }

  return {
    id: here.id,
    limits: here.limits,
    async encode(body) {
      if (rawBytes(body) <= FEW_BYTES) return here.encode(body)
      const packed = packBody(body)
      const answer = await ask({ encode: packed }, buffersOf(packed))
      if (answer && 'encoded' in answer) return answer.encoded
      if (answer && 'refused' in answer) {
        const { message, ...options } = answer.refused
        throw new BaseError(message, options)
      }
      return here.encode(body)
    },
    async decode(bytes) {
      if (bytes.length <= FEW_BYTES) return here.decode(bytes)
      const copy = Uint8Array.from(bytes)
      const answer = await ask({ decode: copy }, [copy.buffer])
      if (!answer || !('decoded' in answer)) return here.decode(bytes)
      const { decoded } = answer
      return decoded.ok ? { ok: true, body: unpackBody(decoded.body) } : decoded
    },
  }
}

const rawBytes = ({ blocks }: BatchBody): number => {
  let sum = 0
  for (const { transactions } of blocks) for (const raw of transactions) sum += raw.length
  return sum
}

function startWorker(): Worker | undefined {
  const program = packageModule(import.meta.url, '@animechain/stack/codec-worker')
  return program === undefined ? undefined : new Worker(new URL(program), { execArgv: [] })
}
