import { fastExitsAbi } from '@animechain/contracts/FastExits'
import { optimismPortalAbi } from '@animechain/contracts/OptimismPortal'
import { stakeRegistryAbi } from '@animechain/contracts/StakeRegistry'
import { BaseError } from '@animechain/core'
import {
  ContractFunctionRevertedError,
  decodeErrorResult,
  BaseError as ViemError,
  type Address,
  type Hash,
} from 'viem'
import type { errorCatalogue } from '../catalogue.js'

/** Why a withdrawal is not paid early: docs/reference/errors.md. */
export type FastExitCode = Extract<keyof typeof errorCatalogue, `BRIDGE_FAST_${string}`>

/** What a refusal says besides its words. Amounts are wei or the token's smallest unit. */
export interface FastExitDetails {
  /** until the game is old enough */
  secondsLeft?: bigint
  /** what there can be now */
  most?: bigint
  /** weight that signed, and that it takes; wei */
  weight?: bigint
  needed?: bigint
  /** what is to be approved, to whom */
  token?: Address
  spender?: Address
  amount?: bigint
}

/** A withdrawal is not paid early. The ordinary way remains, unless it is finalised already. */
export class FastExitError extends BaseError {
  declare readonly code: FastExitCode
  readonly details: FastExitDetails
  constructor(
    message: string,
    code: FastExitCode,
    options: { details?: FastExitDetails; expected?: string; cause?: unknown } = {},
  ) {
    super(message, {
      code,
      docsPath: '/spec/network.md',
      cause: options.cause,
      ...(options.expected === undefined ? {} : { metaMessages: [options.expected] }),
    })
    this.name = 'FastExitError'
    this.details = options.details ?? {}
  }
}

const made = (
  code: FastExitCode,
  message: string,
  expected?: string,
  details?: FastExitDetails,
): FastExitError =>
  new FastExitError(message, code, {
    ...(expected === undefined ? {} : { expected }),
    ...(details === undefined ? {} : { details }),
  })

/** The refusals, each with what was expected and what came. */
export const refuse = {
  none: (portal: Address) =>
    made(
      'BRIDGE_FAST_NONE',
      'This chain pays no withdrawal early.',
      `The portal ${portal} names no FastExits.`,
    ),
  paused: () =>
    made(
      'BRIDGE_FAST_PAUSED',
      'The portal is paused.',
      'Expected withdrawals to go on; the ordinary way waits too.',
    ),
  finalized: () => made('BRIDGE_FAST_FINALIZED', 'The withdrawal is finalised already.'),
  notProven: (proofSubmitter?: Address) =>
    made(
      'BRIDGE_FAST_NOT_PROVEN',
      'The withdrawal is not proven.',
      `Expected a proof${proofSubmitter ? ` by ${proofSubmitter}` : ''} against the game of the certificate.`,
    ),
  wrongGame: (game: Address, why: string) =>
    made('BRIDGE_FAST_WRONG_GAME', 'The game of the certificate does not serve.', `${game}: ${why}`),
  hasRival: (game: Address) =>
    made(
      'BRIDGE_FAST_RIVAL',
      'The assertion is disputed, and only the ordinary way is open until that is decided.',
      `Expected no rival of it or of one that it continues; ${game} has one.`,
    ),
  tooYoung: (secondsLeft: bigint) =>
    made(
      'BRIDGE_FAST_TOO_YOUNG',
      `The assertion is too young for another ${secondsLeft} s.`,
      'Expected it to have stood for the least age of the network, so that somebody had time to dispute it.',
      { secondsLeft },
    ),
  notInsured: (why: string) =>
    made(
      'BRIDGE_FAST_NOT_INSURED',
      'The withdrawal is of no insured class: it is only finalised in the ordinary way.',
      `Expected plain ETH, or ETH or a token by the standard bridge without extra data; ${why}.`,
    ),
  notCovered: (token: Address, why: string, most = 0n) =>
    made(
      'BRIDGE_FAST_NO_COVER',
      `The token ${token} has no cover.`,
      `Expected it to be listed and locked; ${why}.`,
      {
        token,
        most,
      },
    ),
  tooMuch: (amount: bigint, most: bigint, bound: string) =>
    made(
      'BRIDGE_FAST_NO_COVER',
      `There is no cover for ${amount} now.`,
      `Expected at most ${most}, ${bound}.`,
      { amount, most },
    ),
  noQuorum: (why: string, weight?: bigint, needed?: bigint) =>
    made(
      'BRIDGE_FAST_NO_QUORUM',
      'Too few verifiers vouch for the assertion.',
      `For a certificate: ${why}.`,
      { ...(weight === undefined ? {} : { weight }), ...(needed === undefined ? {} : { needed }) },
    ),
  badCertificate: (why: string) =>
    made('BRIDGE_FAST_BAD_CERTIFICATE', 'The certificate does not serve.', `Expected ${why}.`),
  settled: (id: Hash) =>
    made(
      'BRIDGE_FAST_SETTLED',
      'The certificate is settled: nothing more is paid under it.',
      `Expected certificate ${id} to be open.`,
    ),
  approval: (token: Address, spender: Address, amount: bigint, got: bigint) =>
    made(
      'BRIDGE_FAST_APPROVAL',
      'The fee is paid in the token, which is not approved.',
      `Expected an allowance of ${amount} of ${token} for ${spender}, got ${got}.`,
      { token, spender, amount },
    ),
  callFailed: () =>
    made(
      'BRIDGE_FAST_CALL_FAILED',
      'The target does not take the payment, so nothing was reserved.',
      'Expected the call of the target to succeed with the gas that was given.',
    ),
}

/** All errors that a fast exit can end with. */
export const exitErrorsAbi = [...optimismPortalAbi, ...fastExitsAbi, ...stakeRegistryAbi].filter(
  (item) => item.type === 'error',
)

type Arguments = readonly unknown[]
/** What the contracts' errors mean. `now` is the time of L1, seconds. */
const meanings: Record<string, (args: Arguments, now: bigint) => FastExitError> = {
  OptimismPortal_NoFastExits: () => refuse.none('0x'),
  OptimismPortal_CallPaused: () => refuse.paused(),
  OptimismPortal_AlreadyFinalized: () => refuse.finalized(),
  OptimismPortal_Unproven: () => refuse.notProven(),
  OptimismPortal_BadTarget: () => refuse.notInsured('its target is a contract that trusts the portal'),
  OptimismPortal_InvalidProofTimestamp: () => refuse.notProven(),
  OptimismPortal_CallFailed: () => refuse.callFailed(),
  OptimismPortal_InsufficientGas: () => refuse.callFailed(),
  InsuredClasses_NotInsured: () => refuse.notInsured('L1 refuses it'),
  FastExits_TooYoung: ([notBefore], now) => refuse.tooYoung((notBefore as bigint) - now),
  FastExits_HasRival: ([game]) => refuse.hasRival(game as Address),
  FastExits_WrongGame: ([game]) =>
    refuse.wrongGame(game as Address, 'expected one that stands and says what was attested'),
  FastExits_TooManyAncestors: ([most]) =>
    refuse.badCertificate(`a game that continues at most ${String(most)} that are not accepted`),
  FastExits_NotCovered: ([token, locked]) =>
    refuse.notCovered(token as Address, `${String(locked)} of it are locked`, locked as bigint),
  FastExits_TooMuch: ([amount, most]) =>
    refuse.tooMuch(amount as bigint, most as bigint, 'in all, at once or within an hour'),
  FastExits_NoQuorum: ([weight, total]) =>
    refuse.noQuorum(
      `expected two thirds of ${String(total)} wei, got ${String(weight)}`,
      weight as bigint,
      (2n * (total as bigint) + 2n) / 3n,
    ),
  FastExits_WrongCount: ([count]) => refuse.noQuorum(`expected more signatures, got ${String(count)}`),
  StakeRegistry_NotActive: ([key, epoch]) =>
    refuse.badCertificate(`signers that are active at epoch ${String(epoch)}, not ${String(key)}`),
  FastExits_BadSignature: ([index, key]) =>
    refuse.badCertificate(`signatures ascending by key, not ${String(key)} as vote ${String(index)}`),
  FastExits_WrongEpoch: ([epoch, current]) =>
    refuse.badCertificate(`a recent epoch of the present ${String(current)}, not ${String(epoch)}`),
  FastExits_WrongSigners: () =>
    refuse.badCertificate(
      'the signers of the certificate that stands; get it again if it was posted meanwhile',
    ),
  FastExits_WrongStatus: ([id]) => refuse.settled(id as Hash),
  FastExits_WrongFee: ([sent, expected]) =>
    refuse.badCertificate(`a fee of ${String(expected)} wei, not ${String(sent)}`),
}

/** A refusal of L1 in words; anything else as it is. @param now time of L1, seconds */
export function refusalOf(error: unknown, game: Address, now: bigint): unknown {
  if (!(error instanceof ViemError)) return error
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError)
  if (!(reverted instanceof ContractFunctionRevertedError)) return error
  const { errorName: name, args = [] } = reverted.data ?? decoded(reverted.raw) ?? {}
  if (name === 'OptimismPortal_InvalidDisputeGame' || name === 'OptimismPortal_ImproperDisputeGame')
    return refuse.wrongGame(game, 'expected the game that the withdrawal is proven against, which stands')
  return (name === undefined ? undefined : meanings[name]?.(args, now)) ?? error
}

function decoded(data: `0x${string}` | undefined): { errorName: string; args: Arguments } | undefined {
  if (data === undefined) return undefined
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi: exitErrorsAbi, data })
    return { errorName, args }
  } catch {
    return undefined
  }
}
