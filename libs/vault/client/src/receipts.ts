import { BaseError, type Address, type Hash } from '@animechain/core'
import { signMessage, type ReceiptEntry } from '@animechain/vault-protocol'
import type { NodeReceipts } from './audit/types.js'
import { everyKeyNode, secondsOf, type VaultContext } from './context.js'
import type { CommitteeNode } from './nodes.js'

/** Receipts of a page. */
const PAGE = 500
/** Seconds that a reading is asked for. */
const READ_SECONDS = 60n

/** What a node showed of its receipts, or why it did not. */
export type ShownReceipts =
  | ({ status: 'ok' } & NodeReceipts & { entries: ReceiptEntry[]; next: bigint })
  | { status: 'unreachable'; node: Address; message: string }

async function receiptsOf(
  context: VaultContext,
  project: Hash,
  node: CommitteeNode,
  options: { signal?: AbortSignal; progress?: (receipts: number) => void },
): Promise<ShownReceipts> {
  const client = context.clientOf(node)
  const entries: ReceiptEntry[] = []
  for (let from = 0n; ;) {
    const read = await signMessage(context.signer, context.chain.domain, 'ProjectRead', {
      ...{ project, node: node.address, notAfter: secondsOf(context) + READ_SECONDS },
    })
    const answer = await client.receipts(
      read,
      { from, limit: PAGE },
      { ...options, timeoutMs: context.timeoutMs },
    )
    if (answer.status !== 'ok') return { status: 'unreachable', node: node.address, message: answer.message }
    const page = answer.value
    entries.push(...page.entries)
    options.progress?.(page.entries.length)
    const last = page.entries.at(-1)?.receipt.message.sequence
    if (last === undefined || last + 1n >= page.next || last < from)
      return {
        ...{ status: 'ok', node: node.address, entries, next: page.next },
        ...(page.anchor ? { anchors: [page.anchor] } : {}),
      }
    from = last + 1n
  }
}

/**
 * The receipts of a project from every key node, for an audit. A node that cannot be reached is told as such.
 * @throws {BaseError} `VAULT_NO_RECEIPTS` where none of them shows any
 */
export async function collectReceipts(
  context: VaultContext,
  project: Hash,
  options: { signal?: AbortSignal; progress?: (receipts: number) => void } = {},
): Promise<ShownReceipts[]> {
  const shown = await Promise.all(
    everyKeyNode(context).map((node) => receiptsOf(context, project, node, options)),
  )
  if (shown.every(({ status }) => status !== 'ok'))
    throw new BaseError('No key node shows its receipts.', {
      code: 'VAULT_NO_RECEIPTS',
      metaMessages: shown.map((each) => (each.status === 'ok' ? '' : `${each.node}: ${each.message}`)),
    })
  return shown
}
