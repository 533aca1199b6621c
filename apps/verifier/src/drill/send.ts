import type { NetworkCall } from '@animechain/network-verifier'
import type { PrivateKeyAccount } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { expectValue, sendCalls, type SentCalls } from '../network/send.js'
import { eth, type DrillContext } from './context.js'

/** The account of `--maker-key`. @throws {InvalidInputError} where it is missing */
export const makerOf = ({ values }: DrillContext): PrivateKeyAccount =>
  privateKeyToAccount(
    expectValue(values.makerKey, 'makerKey', 'the key of the account that pays, in --maker-key'),
  )

/** Says what the fees are about to be, and sends. @throws {BaseError} `VERIFIER_REFUSED` */
export async function sendCall(
  { at, values, tell }: DrillContext,
  account: PrivateKeyAccount,
  call: NetworkCall,
): Promise<SentCalls> {
  const { to, data, value = 0n } = call
  try {
    const [gas, price] = await Promise.all([
      at.client.estimateGas({ account, to, data, value }),
      at.client.getGasPrice(),
    ])
    tell([`Fees: about ${eth(gas * price)}, paid by ${account.address}.`])
  } catch {
    // Why L1 refuses it is said when it is sent.
  }
  return sendCalls(at, account, [call], { maxFeePerGas: values.dutyFee })
}
