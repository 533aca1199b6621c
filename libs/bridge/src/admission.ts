import { optimismPortalAbi } from '@animechain/contracts/OptimismPortal'
import type { Address } from 'viem'
import type { BridgeContext } from './context.js'
import { accountOf, isOpen, isWithoutRoom, reasonForRoom, reasonToLeave } from './policy.js'
import type { Withdrawal, WithdrawalTransfer } from './transfers.js'

/** Which withdrawals the relayer follows, and which it leaves to others. */
export function admission({ ledger, limits, wallet, l1Client, portal }: BridgeContext) {
  /** Never called by the portal: itself and its inbox. */
  let barred: ReadonlySet<string> | undefined

  const ofItself = (withdrawal: Withdrawal) =>
    wallet && reasonToLeave(withdrawal, { barred, maxGas: limits.maxGas })
  const ofRoom = (account: Address) =>
    reasonForRoom({ own: ledger.open(account), inAll: ledger.open() }, limits)

  return {
    /** Why a withdrawal is left to others; undefined: it is followed. */
    reason: (withdrawal: Withdrawal, account: Address): string | undefined =>
      ofItself(withdrawal) ?? ofRoom(account),

    /** A withdrawal of the store as it is judged now: the relayer may be another, and give more gas or less. */
    again(stored: WithdrawalTransfer): WithdrawalTransfer {
      const { leftToOthers: _before, refusals: _tries, ...transfer } = stored
      const left =
        ofItself(transfer.withdrawal) ?? (isOpen(transfer) ? ofRoom(accountOf(transfer)) : undefined)
      return left ? { ...transfer, leftToOthers: left } : transfer
    },

    /** Reads what the portal never calls, once, and leaves what goes there. */
    async readBarred(): Promise<void> {
      if (!wallet || barred) return
      const inbox = await l1Client.readContract({
        ...{ address: portal, abi: optimismPortalAbi, functionName: 'inbox' as const },
      })
      barred = new Set([portal.toLowerCase(), inbox.toLowerCase()])
      for (const transfer of ledger.all()) {
        const left = isOpen(transfer) && ofItself(transfer.withdrawal)
        if (left) await ledger.save({ ...transfer, leftToOthers: left })
      }
    },

    /** Follows those that there was no room for, as far as there is room now. */
    async readmit(): Promise<void> {
      for (const transfer of ledger.all()) {
        if (!isWithoutRoom(transfer) || ofRoom(accountOf(transfer))) continue
        const { leftToOthers: _before, ...again } = transfer
        await ledger.save(again)
      }
    },
  }
}

export type Admission = ReturnType<typeof admission>
