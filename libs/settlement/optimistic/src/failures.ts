import { BaseError, isBaseError } from '@animechain/core'
import { BaseError as ViemError, ContractFunctionRevertedError, ContractFunctionZeroDataError } from 'viem'

/** L1 has no such records any more: the caller's view is of a chain that is gone, or was never there. */
export function reorged(what: string): BaseError {
  return new BaseError(`L1 no longer has ${what}.`, { code: 'SETTLEMENT_REORGED' })
}

/** The error of this project in a chain of causes: viem wraps what its transport throws. */
function ours(error: unknown): BaseError | undefined {
  for (let depth = 0; depth < 32 && error !== undefined && error !== null; depth++) {
    if (isBaseError(error)) return error
    error = (error as { cause?: unknown }).cause
  }
  return undefined
}

export const isOurError = (error: unknown): boolean => ours(error) !== undefined

/**
 * Runs a read of L1.
 * @throws {BaseError} what went wrong by name: `SETTLEMENT_L1_UNREADABLE` for a server that is not there, does not answer, or answers with an error
 */
export async function reading<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    const own = ours(error)
    if (own) throw own
    const { shortMessage, message } = error as { shortMessage?: string; message?: string }
    throw new BaseError(`L1 cannot be read: ${shortMessage ?? message ?? String(error)}`, {
      code: 'SETTLEMENT_L1_UNREADABLE',
      cause: error,
      metaMessages: [`Expected ${what}.`],
    })
  }
}

/** Whether there is no contract, at that block. */
export const isAbsent = (error: unknown): boolean =>
  error instanceof ViemError && error.walk((cause) => cause instanceof ContractFunctionZeroDataError) !== null

export const isRevert = (error: unknown): boolean =>
  error instanceof ViemError && error.walk((cause) => cause instanceof ContractFunctionRevertedError) !== null

/** Whether a server said that it does not do this, which it may. */
export const isRefusal = (error: unknown): boolean =>
  !isOurError(error) &&
  error instanceof ViemError &&
  error.walk((cause) => typeof (cause as { code?: unknown }).code === 'number') !== null
