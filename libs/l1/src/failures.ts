import {
  BaseError as ViemError,
  ContractFunctionRevertedError,
  decodeErrorResult,
  HttpRequestError,
  TimeoutError,
  type Abi,
  type Hex,
} from 'viem'

/** Whether the server may have done what it was asked although its answer did not come. */
export const isUnanswered = (error: unknown): boolean =>
  error instanceof ViemError &&
  error.walk((e) => e instanceof TimeoutError || e instanceof HttpRequestError) !== null

/** The nonce is taken by what waits in the mempool: geth's and anvil's words. */
export const isInMempool = (error: unknown): boolean =>
  /underpriced|already (known|imported)/i.test((error as Error).message)

/** The name and arguments of a contract's error, or undefined when the failure was no revert. */
export function revertReason(error: unknown, abi: Abi = []): string | undefined {
  if (!(error instanceof ViemError)) return undefined
  const reverted = error.walk((e) => e instanceof ContractFunctionRevertedError)
  if (reverted instanceof ContractFunctionRevertedError && reverted.data)
    return `${reverted.data.errorName}(${(reverted.data.args ?? []).join(', ')})`
  const withData = error.walk(
    (e) => typeof (e as { data?: unknown }).data === 'string' && (e as { data: string }).data.length >= 10,
  ) as { data: Hex } | null
  if (withData) {
    try {
      const { errorName, args } = decodeErrorResult({ abi, data: withData.data })
      return `${errorName}(${(args ?? []).join(', ')})`
    } catch {
      return `reverted with ${withData.data.slice(0, 138)}`
    }
  }
  return /revert/i.test(error.message) ? error.shortMessage : undefined
}
