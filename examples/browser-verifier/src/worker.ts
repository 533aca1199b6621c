import { isBaseError } from '@animechain/core'
import { raiseAlarms } from './alarms.js'
import { checkedNode } from './checked.js'
import { parseDeployment } from './deployment.js'
import { lightNode } from './lightNode.js'
import type { Report, Start } from './messages.js'

/** milliseconds between looks at what was derived */
const POLL_MS = 300

const tell = (report: Report) => postMessage(report)
const failure = (where: string, error: unknown) => {
  const details = isBaseError(error) && error.metaMessages ? ` ${error.metaMessages.join(' ')}` : ''
  const message = error instanceof Error ? `${error.message.split('\n')[0]}${details}` : String(error)
  tell({ kind: 'error', where, message })
}

addEventListener(
  'message',
  ({ data }: MessageEvent<Start>) => void run(data).catch((error: unknown) => failure('start', error)),
  { once: true },
)

async function run({ deployment: file, l1Url, l2Url, verifiers }: Start): Promise<void> {
  const deployment = parseDeployment(file)
  const guest = await WebAssembly.compileStreaming(fetch(new URL('./stf.node.wasm', import.meta.url)))
  const { rollup, work, guestMemory, assertionsChecked } = lightNode({ deployment, l1Url, guest })
  const node = checkedNode(rollup, l2Url, tell)
  rollup.on('wrongAssertion', ({ batchIndex, blockNumber, claimed, expected }) =>
    tell({
      kind: 'output',
      verdict: {
        source: 'assertion',
        batch: Number(batchIndex),
        block: Number(blockNumber),
        derived: expected,
        claimed,
      },
    }),
  )
  raiseAlarms(rollup, deployment, { verifiers, tell, onError: (error) => failure('alarm', error) })
  rollup.on('serviceError', ({ service, error }) => failure(service, error))

  await rollup.start()
  const hash = rollup.chain.headerByNumber(0n)!.hash
  tell({ kind: 'genesis', hash, expected: deployment.genesisHash })

  for (;;) {
    await node.compare().catch((error: unknown) => failure('node', error))
    const { l1, l2, batchCount } = rollup.syncStatus()
    tell({
      kind: 'progress',
      l1Head: Number(l1.head),
      batches: Number(batchCount),
      safe: Number(l2.safe.number),
      assertions: assertionsChecked(),
      guestBytes: guestMemory(),
      work,
    })
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
