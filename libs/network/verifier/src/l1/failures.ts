import { BaseError, isBaseError } from '@animechain/core'
import {
  BaseError as ViemError,
  ContractFunctionExecutionError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
} from 'viem'

/** The error of this project in a chain of causes: viem wraps what its transport throws. */
function ours(error: unknown): BaseError | undefined {
  for (let depth = 0; depth < 32 && error !== undefined && error !== null; depth++) {
    if (isBaseError(error)) return error
    error = (error as { cause?: unknown }).cause
  }
  return undefined
}

/** Whether a call reverted, or there is no contract that answers it. */
export const isRevert = (error: unknown): boolean =>
  error instanceof ViemError &&
  error.walk(
    (cause) =>
      cause instanceof ContractFunctionRevertedError || cause instanceof ContractFunctionZeroDataError,
  ) !== null

/** Whether a contract at a stranger's address answered with something else than it should: a revert, nothing, or what does not decode. */
export const isNoAnswer = (error: unknown): boolean =>
  isRevert(error) ||
  (error instanceof ContractFunctionExecutionError &&
    ['AbiDecodingDataSizeTooSmallError', 'PositionOutOfBoundsError', 'IntegerOutOfRangeError'].includes(
      (error.cause as Error | undefined)?.name ?? '',
    ))

/**
 * Runs a read of L1.
 * @throws {BaseError} `NETWORK_L1_UNREADABLE`, or what the transport says by name
 */
export async function reading<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    const own = ours(error)
    if (own) throw own
    const { shortMessage, message } = error as { shortMessage?: string; message?: string }
    throw new BaseError(`L1 cannot be read: ${shortMessage ?? message ?? String(error)}`, {
      code: 'NETWORK_L1_UNREADABLE',
      cause: error,
      metaMessages: [`Expected ${what}.`],
    })
  }
}
