/** What the bridge decides about a withdrawal, from what is known of it. */
import { BaseError } from '@animechain/core'
import {
  BaseError as ViemError,
  ContractFunctionRevertedError,
  ExecutionRevertedError,
  size,
  TransactionReceiptNotFoundError,
  type Address,
} from 'viem'
import { pauseAfter, shareOf } from './limits.js'
import type { Withdrawal, WithdrawalStatus, WithdrawalTransfer } from './transfers.js'

/** Gas of a byte of calldata at most (EIP-7623). */
const BYTE_GAS = 40n
/** Times in a row that L1 or L2 refuses a step before it is given up. With the pauses between them about an hour. */
const MAX_REFUSALS = 12
/** How the reason begins where there is no room: it ends with it. */
const NO_ROOM = 'there is no room'

/** Who started it on L2. Of those that an earlier version kept only the sender is known. */
export const accountOf = ({ account, withdrawal }: WithdrawalTransfer): Address =>
  account ?? (withdrawal.sender.toLowerCase() as Address)

/** Those whose own withdrawal it is: nobody else can prove it in their name. */
export const ownersOf = (transfer: WithdrawalTransfer): Address[] => [
  accountOf(transfer),
  transfer.withdrawal.sender.toLowerCase() as Address,
]

/** Whether it takes room. */
export const isOpen = ({ status, leftToOthers }: WithdrawalTransfer): boolean =>
  status !== 'finalized' && leftToOthers === undefined

/** Whether there is nothing left to do about it here. */
export const isDone = ({ irreversible, leftToOthers }: WithdrawalTransfer): boolean =>
  irreversible === true || leftToOthers !== undefined

/** What of it is kept in the store. */
export function lasting(transfer: WithdrawalTransfer): WithdrawalTransfer {
  const { secondsToNextStep: _seconds, waitsFor: _why, notFast: _reason, ...kept } = transfer
  return kept
}

/** Whether a chain refused a step, other than not answering. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof BaseError
    ? error.code === 'BRIDGE_STEP_REVERTED' || error.code === 'BRIDGE_WITHDRAWAL_GONE'
    : error instanceof ViemError &&
      error.walk(
        (cause) =>
          cause instanceof ContractFunctionRevertedError ||
          cause instanceof ExecutionRevertedError ||
          cause instanceof TransactionReceiptNotFoundError,
      ) !== null

export function shortMessage(error: unknown): string {
  if (error instanceof Error)
    return 'shortMessage' in error ? String(error.shortMessage) : error.message.split('\n')[0]!
  return String(error)
}

/** Why the relayer leaves a withdrawal to others: anybody can start one that costs it its purse, or that the portal never pays. */
export function reasonToLeave(
  { target, gasLimit, data }: Withdrawal,
  { barred, maxGas }: { barred?: ReadonlySet<string> | undefined; maxGas: bigint },
): string | undefined {
  if (barred?.has(target.toLowerCase())) return 'the portal calls neither itself nor its inbox'
  const gas = gasLimit + BYTE_GAS * BigInt(size(data))
  return gas > maxGas ? `it can take ${gas} gas on L1, the relayer gives ${maxGas}` : undefined
}

/** Why there is no room for a withdrawal: nobody fills the list for the others. */
export function reasonForRoom(
  { own, inAll }: { own: number; inAll: number },
  { maxOpen, maxOpenPerAccount }: { maxOpen: number; maxOpenPerAccount: number },
): string | undefined {
  if (own < shareOf(inAll, maxOpen, maxOpenPerAccount)) return undefined
  return `${NO_ROOM}: ${own} of its account are open, ${inAll} in all`
}

/** Whether it is left to others for want of room. */
export const isWithoutRoom = ({ leftToOthers }: WithdrawalTransfer): boolean =>
  leftToOthers?.startsWith(NO_ROOM) ?? false

/** Why the relayer leaves a step that is possible to the owner for a while. */
export function reasonToWait(
  { possibleSince }: WithdrawalTransfer,
  now: number,
  graceMs: number,
): string | undefined {
  const waited = now - (possibleSince ?? now)
  // A clock that was set back must not make it wait for long.
  if (waited < 0 || waited >= graceMs) return undefined
  return `its owner may take this step first, for ${Math.ceil((graceMs - waited) / 1_000)} s`
}

/** Whether the pause after the last failure is over. */
export function isRested({ nextTryAt = 0, failures }: WithdrawalTransfer, now: number): boolean {
  const pause = nextTryAt - now
  // Never longer than a pause can be, also when the clock was set back.
  return pause <= 0 || pause > pauseAfter(failures)
}

/** Those first for whose accounts least was done: a flood of one account's does not delay the others'. */
export const inTurn = (
  transfers: Iterable<WithdrawalTransfer>,
  usedBy: (account: Address) => number,
): WithdrawalTransfer[] =>
  [...transfers]
    .filter((transfer) => !isDone(transfer))
    .map((transfer) => ({ transfer, used: usedBy(accountOf(transfer)) }))
    .sort((a, b) => a.used - b.used)
    .map(({ transfer }) => transfer)

/** A withdrawal after a step that failed. */
export function afterFailure(transfer: WithdrawalTransfer, error: unknown, now: number): WithdrawalTransfer {
  const failures = transfer.failures + 1
  // A chain that cannot be reached says nothing of the withdrawal.
  const refusals = (transfer.refusals ?? 0) + (isRefusal(error) ? 1 : 0)
  const lastError = shortMessage(error)
  return {
    ...transfer,
    failures,
    refusals,
    lastError,
    nextTryAt: now + pauseAfter(failures),
    ...(refusals >= MAX_REFUSALS
      ? { leftToOthers: `given up after ${refusals} refusals: ${lastError}` }
      : {}),
  }
}

/** A withdrawal after a look or a step that succeeded: its failures are forgotten. */
export function afterSuccess(transfer: WithdrawalTransfer): WithdrawalTransfer {
  const { refusals: _refusals, lastError: _error, nextTryAt: _at, ...rest } = transfer
  return { ...rest, failures: 0 }
}

/** Where a step can be taken. */
const possible: ReadonlySet<WithdrawalStatus> = new Set([
  'readyToProve',
  'readyToFinalizeFast',
  'readyToFinalize',
])

/** Notes since when a step is possible. */
export function withPossible(
  next: WithdrawalTransfer,
  before: WithdrawalTransfer,
  now: number,
): WithdrawalTransfer {
  const { possibleSince, ...rest } = next
  if (!possible.has(next.status)) return rest
  const isNew = next.status !== before.status || possibleSince === undefined
  return { ...rest, possibleSince: isNew ? now : possibleSince }
}
