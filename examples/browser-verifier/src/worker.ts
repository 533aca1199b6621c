import { isBaseError, type Hash } from '@animechain/core'
import { compareBlock } from './compare.js'
import { parseDeployment } from './deployment.js'
import { lightNode } from './lightNode.js'
import type { Report, Start } from './messages.js'
import { rpcCalls } from './rpc.js'

/** Blocks compared at once. */
const STEP = 100
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

async function run({ deployment: file, l1Url, l2Url }: Start): Promise<void> {
  const deployment = parseDeployment(file)
  const guest = await WebAssembly.compileStreaming(fetch(new URL('./stf.node.wasm', import.meta.url)))
  const { rollup, work, guestMemory, assertionsChecked } = lightNode({ deployment, l1Url, guest })
  /** Number of the last block that was compared. */
  let compared = 0n
  const outputs: { batch: bigint; block: bigint; derived: Hash }[] = []

  rollup.on('batch', ({ record, outputRoot }) => {
    const block = rollup.chain.head('safe').number
    outputs.push({ batch: record.index, block, derived: outputRoot })
  })
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
  rollup.on('l1Reorg', ({ safeAfter }) => {
    if (safeAfter.number < compared) compared = safeAfter.number
    tell({ kind: 'reorg', safe: Number(safeAfter.number) })
  })
  rollup.on('serviceError', ({ service, error }) => failure(service, error))

  await rollup.start()
  const hash = rollup.chain.headerByNumber(0n)!.hash
  tell({ kind: 'genesis', hash, expected: deployment.genesisHash })

  async function compareBlocks(): Promise<void> {
    const safe = rollup.chain.head('safe').number
    if (compared >= safe) return
    const first = compared + 1n
    const last = safe < compared + BigInt(STEP) ? safe : compared + BigInt(STEP)
    const numbers = Array.from({ length: Number(last - first) + 1 }, (_, i) => first + BigInt(i))
    const answers = await rpcCalls(
      l2Url,
      numbers.map((number) => ({
        method: 'eth_getBlockByNumber',
        params: [`0x${number.toString(16)}`, false],
      })),
    )
    // L1 may have dropped some of them while the node answered; they are compared again when they are back.
    if (compared !== first - 1n) return
    const blocks = numbers.map((number) => rollup.chain.blockByNumber(number))
    if (blocks.some((block) => block === undefined)) return
    compared = last
    tell({ kind: 'blocks', verdicts: blocks.map((block, i) => compareBlock(block!, answers[i])) })
  }

  async function compareOutputs(): Promise<void> {
    const waiting = outputs.splice(0)
    const answers = await rpcCalls(
      l2Url,
      waiting.map(({ block }) => ({ method: 'optimism_outputAtBlock', params: [`0x${block.toString(16)}`] })),
    ).catch((error: unknown) => {
      outputs.unshift(...waiting)
      throw error
    })
    for (const [i, { batch, block, derived }] of waiting.entries()) {
      const claimed = (answers[i] as { outputRoot?: string } | undefined)?.outputRoot ?? 'nothing'
      tell({
        kind: 'output',
        verdict: { source: 'node', batch: Number(batch), block: Number(block), derived, claimed },
      })
    }
  }

  for (;;) {
    await Promise.all([compareBlocks(), compareOutputs()]).catch((error: unknown) => failure('node', error))
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
