import { decodeTransaction } from '@animechain/tx'
import { depositTransactionType, nextBaseFee, type ChainBlock } from '@animechain/core'
import { findHeader, type Context } from './context.js'
import { quantity, type Json } from './encode.js'
import { serverError } from './errors.js'
import type { BlockRef } from './params.js'
import { turns } from './turns.js'

/** What each transaction of a block paid the sequencer per gas, with its gas; ascending. Deposits pay nothing and are left out. */
function tips(block: ChainBlock): { tip: bigint; gas: bigint }[] {
  const base = block.header.baseFeePerGas
  return block.transactions
    .filter(({ receipt }) => receipt.type !== depositTransactionType)
    .map(({ receipt }) => ({
      tip: receipt.effectiveGasPrice > base ? receipt.effectiveGasPrice - base : 0n,
      gas: receipt.gasUsed,
    }))
    .sort((a, b) => (a.tip < b.tip ? -1 : a.tip > b.tip ? 1 : 0))
}

/**
 * A tip that gets a transaction into a block soon, wei per gas. While blocks have room the least tip does; when the newest block is full to 90%,
 * a tenth more than its median.
 */
export function suggestTip({ backend, minTip }: Context): bigint {
  const head = backend.chain.head('latest')
  if (head.gasUsed * 10n < head.gasLimit * 9n) return minTip
  const block = backend.chain.blockByHash(head.hash)
  const paid = block ? tips(block) : []
  const median = paid[paid.length >> 1]?.tip ?? 0n
  const more = median + median / 10n
  return more > minTip ? more : minTip
}

/** Highest fee cap that a waiting transaction offers, for display. */
export function feeCap(raw: Uint8Array): bigint {
  const tx = decodeTransaction(raw)
  return tx.type === depositTransactionType ? 0n : 'maxFeePerGas' in tx ? tx.maxFeePerGas : tx.gasPrice
}

/** eth_feeHistory. */
export async function feeHistory(
  context: Context,
  wanted: number,
  newest: BlockRef,
  percentiles: readonly number[],
): Promise<Json> {
  const { chain, chainConfig } = context.backend
  const last = findHeader(context, newest)
  if (last === undefined) throw serverError('request beyond head block')
  const count = Math.min(wanted, context.limits.feeHistoryBlocks, Number(last.number) + 1)
  if (count < 1) return { oldestBlock: '0x0', gasUsedRatio: [] }
  const oldest = last.number - BigInt(count - 1)
  const baseFees: Json[] = []
  const ratios: Json[] = []
  const rewards: Json[] = []
  const turn = turns()
  for (let number = oldest; number <= last.number; number++) {
    // With percentiles each block is read and decoded.
    await turn()
    const header = chain.headerByNumber(number)
    if (header === undefined) throw serverError(`block ${number} not found`)
    baseFees.push(quantity(header.baseFeePerGas))
    ratios.push(Number(header.gasUsed) / Number(header.gasLimit))
    if (percentiles.length === 0) continue
    const block = header.gasUsed === 0n ? undefined : chain.blockByHash(header.hash)
    const paid = block ? tips(block) : []
    const total = paid.reduce((sum, { gas }) => sum + gas, 0n)
    let at = 0
    let sum = paid[0]?.gas ?? 0n
    rewards.push(
      percentiles.map((percentile) => {
        const threshold = BigInt(Math.floor((Number(total) * percentile) / 100))
        while (sum < threshold && at < paid.length - 1) sum += paid[++at]!.gas
        return quantity(paid[at]?.tip ?? 0n)
      }),
    )
  }
  baseFees.push(quantity(nextBaseFee(chainConfig, last)))
  return {
    oldestBlock: quantity(oldest),
    baseFeePerGas: baseFees,
    gasUsedRatio: ratios,
    // No blobs on this chain: their base fee stays at the least (EIP-4844).
    baseFeePerBlobGas: Array.from({ length: count + 1 }, () => '0x1'),
    blobGasUsedRatio: Array.from({ length: count }, () => 0),
    ...(percentiles.length > 0 ? { reward: rewards } : {}),
  }
}
