import { BaseError, predeploys, systemClock, type Clock, type Logger } from '@animechain/core'
import { accessRegistryAbi } from '@animechain/contracts'
import { l1Sender } from '@animechain/l1'
import type { AnchorSender } from '@animechain/vault-node'
import { createPublicClient, encodeFunctionData, http } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'

/** Milliseconds to wait for a block before more is offered. */
const RESEND_AFTER_MS = 30_000
/** Times that an anchor is sent before the next round goes on with it. */
const ATTEMPTS = 5

/** How anchors reach L2. */
export interface AnchorSenderOptions {
  /** JSON-RPC of L2 */
  url: string
  /** the node's own, under which auditors look for anchors; pays for them */
  account: PrivateKeyAccount
  logger: Logger
  clock?: Clock
  /** milliseconds, default 30,000 */
  resendAfterMs?: number
  /** default 5 */
  attempts?: number
}

/**
 * Sends anchors from the node's own account: one transaction at a time, which takes the nonce of one that is not in a block yet, with a higher fee. Rejects
 * with `DA_NODE_ANCHOR` where none is in a block after `attempts`, or L2 refuses it.
 */
export function anchorSender(options: AnchorSenderOptions): AnchorSender {
  const { url, account, logger, clock = systemClock } = options
  const transport = http(url)
  const { resendAfterMs = RESEND_AFTER_MS, attempts = ATTEMPTS } = options
  const client = createPublicClient({ transport })
  const sender = l1Sender({ client, transport, account, logger, clock, resendAfterMs, attempts })
  return async (sequence, root, signal) => {
    const outcome = await sender.send(
      {
        what: `anchor of ${sequence} receipts`,
        to: predeploys.accessRegistry,
        abi: accessRegistryAbi,
        simulateAt: 'latest',
        data: encodeFunctionData({
          abi: accessRegistryAbi,
          functionName: 'anchorReceipts',
          args: [sequence, root],
        }),
      },
      { ...(signal && { signal }) },
    )
    if (outcome.status === 'ok') return
    throw new BaseError(`The anchor of receipt ${sequence} was not accepted.`, {
      code: 'DA_NODE_ANCHOR',
      ...(outcome.status === 'error' && { cause: outcome.error }),
      ...(outcome.status === 'rejected' && { metaMessages: [`L2 says: ${outcome.reason}`] }),
    })
  }
}
