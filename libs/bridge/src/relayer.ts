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
import type { FastLane, YoungProof } from './fast/lane.js'
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
    settled,

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
      return { ...transfer, finalizeTransactionHash: hash, status: 'finalized', label: 'canonical' }
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
    async look(transfer: WithdrawalTransfer): Promise<{ next: WithdrawalTransfer; position: Position }> {
      const receipt = await receiptOfWithdrawal(l2Client, transfer)
      const parameters = { receipt, targetChain: l2 as never, chain: l1 }
      const seen = statuses[await getWithdrawalStatus(l1Client, parameters)]!
      const position: Position = wallet
        ? await proven.positionOf(wallet.account.address, ownersOf(transfer), transfer.id, seen)
        : { status: seen }
      const seconds = await secondsToNextStep(transfer, position)
      const { secondsToNextStep: _seconds, waitsFor: _why, notFast: _reason, ...kept } = transfer
      const next = {
        ...kept,
        status: position.status,
        l2BlockNumber: receipt.blockNumber,
        ...(seconds === undefined ? {} : { secondsToNextStep: seconds }),
      }
      return { next, position }
    },
  }
}

/** The proof that a withdrawal could be paid early with. */
const youngOf = ({ status, game, proofSubmitter }: Position): YoungProof | undefined =>
  status === 'waitingToFinalize' && game && proofSubmitter ? { game, proofSubmitter } : undefined

interface Taken {
  next: WithdrawalTransfer
  acted: boolean
}

/** Pays withdrawals early, without ever standing in the way of the ordinary way. */
function fastSteps(lane: FastLane, settled: ReturnType<typeof stepsOf>['settled']) {
  return {
    async finalizeFast(next: WithdrawalTransfer, proof: YoungProof): Promise<Taken> {
      let sent = next
      try {
        if (await lane.isPending(next))
          return { next: { ...next, waitsFor: 'its transaction to be included' }, acted: false }
        sent = await lane.send(next, proof)
        await settled(sent, 'finalizeFast', sent.fastTransactionHash!)
        lane.paid(sent)
        const { notFast: _why, possibleSince: _since, fastTransactionHash, ...paid } = sent
        const done = { finalizeTransactionHash: fastTransactionHash!, status: 'finalized' as const }
        return { next: { ...paid, ...done }, acted: true }
      } catch (error) {
        // What was sent may still be included.
        return { next: lane.failed(sent, proof, error), acted: true }
      }
    },

    /** How a withdrawal was paid that others finalised, or an earlier run did. */
    async labelled(next: WithdrawalTransfer, before: WithdrawalTransfer): Promise<WithdrawalTransfer> {
      if (next.status !== 'finalized' || before.status === 'finalized') return next
      lane.done(next.id)
      const { fastTransactionHash, label: _expected, notFast: _why, ...paid } = next
      // Of those that were finalised before they were followed there can be many.
      const found = await lane.labelOf(next.id, before.status === 'waitingToProve' ? 1 : undefined)
      if (!found) return paid
      const { label, hash } = found
      if (hash === undefined || hash !== fastTransactionHash) return { ...paid, label }
      lane.paid(next)
      return { ...paid, label, finalizeTransactionHash: hash }
    },
  }
}

/** Looks where withdrawals stand, and proves and finalises them. */
export function relayer(context: BridgeContext, lane: FastLane) {
  const { ledger, budget, limits, wallet, clock, logger } = context
  const { paid, isPaused, look } = standing(context)
  const { prove, finalize, settled } = stepsOf(context)
  const { finalizeFast, labelled } = fastSteps(lane, settled)

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

  /** Why a step that is possible is not taken now. */
  function waitOf(next: WithdrawalTransfer): string | undefined {
    const account = accountOf(next)
    return (
      reasonToWait(next, clock.now(), limits.graceMs) ??
      budget.refusal(account) ??
      (next.status === 'readyToFinalizeFast' ? lane.refusal(account) : undefined)
    )
  }

  /** Takes the step that is due, or says what it waits for. */
  async function step(next: WithdrawalTransfer, position: Position, mayAct: boolean): Promise<Taken> {
    if (!wallet || next.possibleSince === undefined) return { next, acted: false }
    const wait = mayAct ? waitOf(next) : 'others before it'
    if (wait) return { next: { ...next, waitsFor: wait }, acted: false }
    const { possibleSince: _since, ...due } = next
    const young = youngOf(position)
    if (next.status === 'readyToFinalizeFast' && young) return finalizeFast(next, young)
    const taken =
      next.status === 'readyToProve'
        ? await prove(wallet, due)
        : await finalize(wallet, due, position.proofSubmitter)
    return { next: taken, acted: true }
  }

  return {
    isPaused,

    /** Looks where a withdrawal stands and takes the step that is due. Answers whether it took one. */
    async advance(transfer: WithdrawalTransfer, mayAct: boolean): Promise<boolean> {
      if (transfer.status === 'finalized' && (await isPaid(transfer))) return false
      const { next: looked, position } = await look(transfer)
      const young = youngOf(position)
      const considered = young ? await lane.consider(looked, young) : await labelled(looked, transfer)
      const possible = withPossible(considered, transfer, clock.now())
      const { next, acted } = await step(possible, position, mayAct)
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
