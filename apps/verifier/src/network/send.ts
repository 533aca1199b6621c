import { BaseError, InvalidInputError, type Hex } from '@animechain/core'
import { networkWriter, type NetworkCall, type NetworkSent } from '@animechain/network-verifier'
import type { Account } from 'viem'
import type { NetworkAt } from './l1.js'

/** A setting that a command cannot do without. @throws {InvalidInputError} where it is missing */
export const expectValue = <T>(value: T | undefined, name: string, expected: string): T => {
  if (value === undefined) throw new InvalidInputError(name, expected, 'nothing')
  return value
}

/** What L1 did not take. */
export const refused = (
  what: string,
  sent: { status: 'rejected'; reason: string } | { status: 'feeTooHigh'; baseFee: bigint },
): BaseError =>
  new BaseError(`L1 did not take the transaction to ${what}.`, {
    code: 'VERIFIER_REFUSED',
    metaMessages: [
      sent.status === 'rejected'
        ? `Expected it to be accepted, got ${sent.reason}.`
        : `Expected a lower base fee, got ${sent.baseFee} wei.`,
    ],
  })

/** Transactions that were mined. */
export interface SentCalls {
  transactions: Hex[]
  /** wei that all of them have cost, besides what they carried */
  fee: bigint
}

/**
 * Sends calls of an account one after the other, and waits for each.
 * @param options.maxFeePerGas wei; default: as much as L1 asks
 * @throws {BaseError} `VERIFIER_REFUSED`
 */
export async function sendCalls(
  { client, transport }: Pick<NetworkAt, 'client' | 'transport'>,
  account: Account,
  calls: readonly NetworkCall[],
  options: { maxFeePerGas?: bigint } = {},
): Promise<SentCalls> {
  const writer = networkWriter({ client, transport, account, ...options })
  const done: SentCalls = { transactions: [], fee: 0n }
  for (const call of calls) {
    const sent: NetworkSent = await writer.send(call)
    if (sent.status !== 'ok') throw refused(call.what, sent)
    done.transactions.push(sent.hash)
    done.fee += sent.fee
  }
  return done
}

/** JSON for programs: numbers beyond 2^53 are strings. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? each.toString() : each), 2)
