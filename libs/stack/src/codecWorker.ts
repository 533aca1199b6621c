// The thread of the codec: encodes and decodes the batches that it is sent, in order.
import { parentPort } from 'node:worker_threads'
import { batchCodec } from '@animechain/codec'
import { BaseError } from '@animechain/core'
import { buffersOf, packResult, unpackBody, type CodecAnswer, type CodecQuestion } from './codecMessages.js'

const codec = batchCodec()

async function answer(question: CodecQuestion): Promise<[CodecAnswer, ArrayBuffer[]]> {
  try {
    if ('encode' in question) {
      const encoded = Uint8Array.from(await codec.encode(unpackBody(question.encode)))
      return [{ encoded }, [encoded.buffer]]
    }
    const decoded = packResult(await codec.decode(question.decode))
    return [{ decoded }, decoded.ok ? buffersOf(decoded.body) : []]
  } catch (error) {
    if (!(error instanceof BaseError)) return [{ failed: String(error) }, []]
    const { code, shortMessage, docsPath } = error
    return [{ refused: { code, message: shortMessage, ...(docsPath === undefined ? {} : { docsPath }) } }, []]
  }
}

parentPort!.on('message', (question: CodecQuestion) => {
  void answer(question).then(([message, buffers]) => parentPort!.postMessage(message, buffers))
})
