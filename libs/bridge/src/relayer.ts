import { optimismPortalAbi } from '@animechain/contracts/OptimismPortal'
import { BaseError, type Hash } from '@animechain/core'
import type { Account, Address, Chain, Transport, WalletClient } from 'viem'
import {
  buildProveWithdrawal,
  finalizeWithdrawal,
  getGame,
  getTimeToFinalize,
  getWithdrawalStatus,
  proveWithdrawal,
} from 'viem/op-stack'
import type { BridgeContext } from './context.js'
import { accountOf, afterFailure, afterSuccess, ownersOf, reasonToWait, withPossible } from './policy.js'
import { proofs, type Position } from './proofs.js'
import { receiptOfWithdrawal } from './receipts.js'
import type { WithdrawalStatus, WithdrawalTransfer } from './transfers.js'

/** viem's words for where a withdrawal stands. */
const statuses: Record<string, WithdrawalStatus> = {
  'waiting-to-prove': 'waitingToProve',
  'ready-to-prove': 'readyToProve',
  'waiting-to-finalize': 'waitingToFinalize',
  'ready-to-finalize': 'readyToFinalize',
  finalized: 'finalized',
}

type Wallet = WalletClient<Transport, Chain, Account>

/** Steps on L1: each waits for its transaction and charges its gas. */
function stepsOf({ l1Client, l2Client, l2, budget, steps, purse }: BridgeContext) {
  async function settled(transfer: WithdrawalTransfer, step: string, hash: Hash): Promise<void> {
    const receipt = await l1Client.waitForTransactionReceipt({ hash, timeout: 60_000 })
    budget.charge(accountOf(transfer), Number(receipt.gasUsed))
    purse.paid(receipt)
    steps.inc(1, { step, result: receipt.status })
    if (receipt.status !== 'success')
      throw new BaseError(`The ${step} transaction ${hash} reverted.`, { code: 'BRIDGE_STEP_REVERTED' })
  }

  return {
    async prove(wallet: Wallet, transfer: WithdrawalTransfer): Promise<WithdrawalTransfer> {
      const { withdrawal, l2BlockNumber } = transfer
      // Any of those listed, so that one that is wrong and not challenged yet does not stand in the way for long.
      const search = { l2BlockNumber, targetChain: l2 as never, strategy: 'random' }
      const game = await getGame(l1Client, search as never)
      const proof = await buildProveWithdrawal(l2Client, { game, withdrawal } as never)
      // The estimate of its gas is the simulation too. The L2 chain's portal is looked up by the L1 chain of the wallet.
      const hash = await proveWithdrawal(wallet, { ...(proof as object), targetChain: l2 } as never)
      await settled(transfer, 'prove', hash)
      return { ...transfer, proveTransactionHash: hash, status: 'waitingToFinalize' }
    },

    async finalize(
      wallet: Wallet,
      transfer: WithdrawalTransfer,
      proofSubmitter: Address | undefined,
    ): Promise<WithdrawalTransfer> {
      const { withdrawal } = transfer
      const step = { withdrawal, proofSubmitter, targetChain: l2 as never }
      const hash = await finalizeWithdrawal(wallet, step as never)
      await settled(transfer, 'finalize', hash)
      return { ...transfer, finalizeTransactionHash: hash, status: 'finalized' }
    },
  }
}

/** Where withdrawals stand on L1. */
function standing({ l1, l2, l1Client, l2Client, wallet, portal, clock }: BridgeContext) {
  const contract = { address: portal, abi: optimismPortalAbi } as const
  const proven = proofs(l1Client, portal)
  const secondsLeft = (seconds: number) => Math.max(0, Math.ceil(seconds))

  async function secondsToNextStep(
    transfer: WithdrawalTransfer,
    { status, provenAt }: Position,
  ): Promise<number | undefined> {
    if (provenAt !== undefined) {
      const delay = await l1Client.readContract({ ...contract, functionName: 'proofMaturityDelaySeconds' })
      return secondsLeft(Number(provenAt + delay) - clock.now() / 1_000)
    }
    if (status !== 'waitingToFinalize') return undefined
    const of = { withdrawalHash: transfer.id, targetChain: l2 as never, chain: l1 }
    return secondsLeft((await getTimeToFinalize(l1Client, of)).seconds)
  }

  return {
    /** Whether L1 has paid a withdrawal, in its newest block or in the newest that no reorg can take back. */
    paid: (id: Hash, blockTag: 'latest' | 'finalized'): Promise<boolean> =>
      l1Client.readContract({ ...contract, functionName: 'finalizedWithdrawals', args: [id], blockTag }),

    /** A pause of the portal is nobody's failure: nothing is tried while it lasts. */
    isPaused: (): Promise<boolean> => l1Client.readContract({ ...contract, functionName: 'paused' }),

    /** The withdrawal as it stands now, and whose proof it is to be finalised with. */
    async look(
      transfer: WithdrawalTransfer,
    ): Promise<{ next: WithdrawalTransfer; proofSubmitter: Address | undefined }> {
      const receipt = await receiptOfWithdrawal(l2Client, transfer)
      const parameters = { receipt, targetChain: l2 as never, chain: l1 }
      const seen = statuses[await getWithdrawalStatus(l1Client, parameters)]!
      const position: Position = wallet
        ? await proven.positionOf(wallet.account.address, ownersOf(transfer), transfer.id, seen)
        : { status: seen }
      const seconds = await secondsToNextStep(transfer, position)
      const { secondsToNextStep: _seconds, waitsFor: _why, ...kept } = transfer
      const next = {
        ...kept,
        status: position.status,
        l2BlockNumber: receipt.blockNumber,
        ...(seconds === undefined ? {} : { secondsToNextStep: seconds }),
      }
      return { next, proofSubmitter: position.proofSubmitter }
    },
  }
}

/** Looks where withdrawals stand, and proves and finalises them. */
export function relayer(context: BridgeContext) {
  const { ledger, budget, limits, wallet, clock, logger } = context
  const { paid, isPaused, look } = standing(context)
  const { prove, finalize } = stepsOf(context)

  /** Whether a payment stands, for good or for now. */
  async function isPaid(transfer: WithdrawalTransfer): Promise<boolean> {
    // A young L1 has no final block yet.
    if (await paid(transfer.id, 'finalized').catch(() => false)) {
      await ledger.save({ ...transfer, irreversible: true })
      return true
    }
    if (await paid(transfer.id, 'latest')) return true
    logger.warn('an L1 reorg took the payment of a withdrawal back', { withdrawal: transfer.id })
    return false
  }

  /** Takes the step that is due, or says what it waits for. */
  async function step(
    next: WithdrawalTransfer,
    proofSubmitter: Address | undefined,
    mayAct: boolean,
  ): Promise<{ next: WithdrawalTransfer; acted: boolean }> {
    if (!wallet || next.possibleSince === undefined) return { next, acted: false }
    const wait = mayAct
      ? (reasonToWait(next, clock.now(), limits.graceMs) ?? budget.refusal(accountOf(next)))
      : 'others before it'
    if (wait) return { next: { ...next, waitsFor: wait }, acted: false }
    const taken =
      next.status === 'readyToProve'
        ? await prove(wallet, next)
        : await finalize(wallet, next, proofSubmitter)
    const { possibleSince: _since, ...moved } = taken
    return { next: moved, acted: true }
  }

  return {
    isPaused,

    /** Looks where a withdrawal stands and takes the step that is due. Answers whether it took one. */
    async advance(transfer: WithdrawalTransfer, mayAct: boolean): Promise<boolean> {
      if (transfer.status === 'finalized' && (await isPaid(transfer))) return false
      const looked = await look(transfer)
      const possible = withPossible(looked.next, transfer, clock.now())
      const { next, acted } = await step(possible, looked.proofSubmitter, mayAct)
      if (next.status !== transfer.status)
        logger.info('withdrawal moved', { withdrawal: transfer.id, from: transfer.status, to: next.status })
      await ledger.save(afterSuccess(next))
      return acted
    },

    async noteFailure(transfer: WithdrawalTransfer, error: unknown): Promise<void> {
      const failed = afterFailure(transfer, error, clock.now())
      const { lastError, status, failures, leftToOthers } = failed
      logger.warn('withdrawal step failed', {
        withdrawal: transfer.id,
        status,
        error: lastError,
        failures,
        leftToOthers,
      })
      await ledger.save(failed)
    },
  }
}
