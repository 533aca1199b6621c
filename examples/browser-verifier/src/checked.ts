import type { Hash } from '@animechain/core'
import type { Rollup } from '@animechain/node'
import { compareBlock } from './compare.js'
import type { Report } from './messages.js'
import { rpcCalls } from './rpc.js'

/** Blocks compared at once. */
const STEP = 100

/** An output that this tab derived and the node has not been asked for. */
interface Output {
  batch: bigint
  block: bigint
  derived: Hash
}

/** Compares what a rollup derives with the answers of the node at `l2Url`, and tells the verdicts. */
export function checkedNode(rollup: Rollup, l2Url: string, tell: (report: Report) => void) {
  /** Number of the last block that was compared. */
  let compared = 0n
  const outputs: Output[] = []

  rollup.on('batch', ({ record, outputRoot }) => {
    const block = rollup.chain.head('safe').number
    outputs.push({ batch: record.index, block, derived: outputRoot })
  })
  rollup.on('l1Reorg', ({ safeAfter }) => {
    if (safeAfter.number < compared) compared = safeAfter.number
    tell({ kind: 'reorg', safe: Number(safeAfter.number) })
  })

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

  return {
    /** Asks the node for what was derived since the last time, a step of blocks at most. */
    async compare(): Promise<void> {
      await Promise.all([compareBlocks(), compareOutputs()])
    },
  }
}
