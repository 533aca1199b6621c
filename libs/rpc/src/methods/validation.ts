import {
  maxNonce,
  maxTransactionGas,
  zeroAddress,
  type BlockOverride,
  type CallRequest,
  type SealedHeader,
  type StateOverride,
} from '@animechain/core'
import type { Context } from '../context.js'
import { RpcError, serverError } from '../errors.js'

/** Codes of eth_simulateV1 for a call that cannot begin (execution-apis). */
const NONCE_TOO_LOW = -38010
const NONCE_TOO_HIGH = -38011
const FEE_TOO_LOW = -38012
const INTRINSIC_GAS = -38013
const INSUFFICIENT_FUNDS = -38014
export const GAS_LIMIT = -38015
const INIT_CODE_TOO_LARGE = -38025

/** By the engine's words for what it does not begin. */
const codes: readonly (readonly [words: string, code: number])[] = [
  ['intrinsic gas too low', INTRINSIC_GAS],
  ['insufficient funds', INSUFFICIENT_FUNDS],
  ['max fee per gas less than block base fee', FEE_TOO_LOW],
  ['max initcode size exceeded', INIT_CODE_TOO_LARGE],
]

/** What is answered to a simulation with a call that cannot begin. */
export function rejected(reason: string): RpcError {
  const known = codes.find(([words]) => reason.startsWith(words))
  return known ? new RpcError(known[1], reason) : serverError(reason)
}

/**
 * A call as it would be included, where `validation` is asked for: its nonce, its fee and its gas are those of a transaction. Signature and code of the
 * sender are not looked at; funds, intrinsic gas and init code the engine checks, for any call.
 * @param room gas that is left for it
 * @throws {RpcError} with the code that execution-apis has for it
 */
export async function validated(
  { backend: { chainConfig, engine } }: Context,
  base: SealedHeader,
  world: Readonly<Record<string, StateOverride>>,
  values: Required<BlockOverride>,
  request: CallRequest,
  room: bigint,
): Promise<CallRequest> {
  const from = request.from ?? zeroAddress
  const own = world[from]?.nonce ?? (await engine.stateAt(base).getAccount(from))?.nonce ?? 0n
  const nonce = request.nonce ?? own
  if (nonce !== own) {
    const how = nonce < own ? 'low' : 'high'
    throw new RpcError(
      nonce < own ? NONCE_TOO_LOW : NONCE_TOO_HIGH,
      `nonce too ${how}: address ${from}, tx: ${nonce} state: ${own}`,
    )
  }
  if (own === maxNonce) throw serverError(`nonce has max value: address ${from}, nonce: ${own}`)
  const maxFee = request.maxFeePerGas ?? request.gasPrice ?? 0n
  if (maxFee < values.baseFeePerGas)
    throw new RpcError(
      FEE_TOO_LOW,
      `max fee per gas less than block base fee: address ${from}, maxFeePerGas: ${maxFee}, baseFee: ${values.baseFeePerGas}`,
    )
  const isOsaka = chainConfig.hardforks.some(
    ({ name, timestamp }) => name === 'osaka' && timestamp <= values.timestamp,
  )
  const most = isOsaka && maxTransactionGas < room ? maxTransactionGas : room
  if (request.gas !== undefined && request.gas > most)
    throw new RpcError(GAS_LIMIT, `transaction gas limit too high: at most ${most}, got ${request.gas}`)
  return { ...request, nonce, gas: request.gas ?? most }
}
