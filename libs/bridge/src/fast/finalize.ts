import { fastExitsAbi } from '@animechain/contracts/FastExits'
import { optimismPortalAbi } from '@animechain/contracts/OptimismPortal'
import { InvalidInputError, type Hash } from '@animechain/core'
import { erc20Abi, zeroAddress, type Account, type Address } from 'viem'
import { getBlock, readContract, simulateContract, writeContract } from 'viem/actions'
import type { Withdrawal } from '../transfers.js'
import type { ExitCertificate } from './certificate.js'
import { insuredClass, type MovedAmount } from './classes.js'
import {
  contractOf,
  exitContracts,
  exitNetwork,
  trustedOf,
  type ExitContractsParameter,
  type L1Client,
} from './contracts.js'
import { exitErrorsAbi, FastExitError, refusalOf, refuse } from './errors.js'

/** What {@link finalizeWithdrawalFast} takes. */
export type FinalizeWithdrawalFastParameters = ExitContractsParameter & {
  withdrawal: Withdrawal
  /** What `getCertificate` gave: with votes it is posted with the exit, with signers it stands. */
  certificate: ExitCertificate
  /** Default: the account of the client. It pays the fee: ether that is sent along, or tokens that it approved FastExits for. */
  account?: Account | Address
  /** whose proof it is finalised with; default: the account's */
  proofSubmitter?: Address | undefined
  /** gas limit; default: as estimated */
  gas?: bigint | undefined
  /** wei */
  maxFeePerGas?: bigint | undefined
  maxPriorityFeePerGas?: bigint | undefined
  nonce?: number | undefined
}

const finalizeAbi = [
  ...optimismPortalAbi.filter((item) => item.type === 'function' && item.name === 'finalizeFast'),
  ...exitErrorsAbi,
] as unknown as typeof optimismPortalAbi

const addressOf = (account: Account | Address): Address =>
  typeof account === 'string' ? account : account.address

/** What a withdrawal moves. @throws {FastExitError} `BRIDGE_FAST_NOT_INSURED` */
async function movedBy(client: L1Client, parameters: FinalizeWithdrawalFastParameters): Promise<MovedAmount> {
  const contracts = exitContracts(client, parameters)
  const inbox = await readContract(client, {
    ...{ address: contracts.portal, abi: optimismPortalAbi, functionName: 'inbox' as const },
  })
  const found = insuredClass(parameters.withdrawal, trustedOf(contracts, inbox))
  if (!found.insured) throw refuse.notInsured(found.why)
  return found
}

/** Whether a refusal is for want of an approval: a token says that in its own words. */
async function approvalOf(
  client: L1Client,
  fastExits: Address,
  { token, fee }: { token: Address; fee: bigint },
  payer: Address,
): Promise<FastExitError | undefined> {
  if (token === zeroAddress) return undefined
  const allowance = await readContract(client, {
    ...{ address: token, abi: erc20Abi, functionName: 'allowance' as const },
    args: [payer, fastExits],
  }).catch(() => fee)
  return allowance < fee ? refuse.approval(token, fastExits, fee, allowance) : undefined
}

/**
 * Finalises a withdrawal early, out of what verifiers pledged: beside viem's `finalizeWithdrawal`, with a certificate. Pays the fee, a thousandth of what is
 * withdrawn, in the same asset. It is simulated first, so that what L1 would refuse costs nothing.
 *
 * @returns hash of the transaction
 * @throws {FastExitError} with `code` and `details`: what was expected and what came
 */
export async function finalizeWithdrawalFast(
  client: L1Client,
  parameters: FinalizeWithdrawalFastParameters,
): Promise<Hash> {
  const { withdrawal, certificate, account = client.account, gas, nonce } = parameters
  const { maxFeePerGas, maxPriorityFeePerGas } = parameters
  if (!account) throw new InvalidInputError('account', 'one that pays, or a client that has one', account)
  const portal = contractOf(client, parameters, 'portal')
  const { fastExits } = await exitNetwork(client, portal)
  const { token, amount } = await movedBy(client, parameters)
  const fee = await readContract(client, {
    ...{ address: fastExits, abi: fastExitsAbi, functionName: 'feeOf' as const },
    args: [amount],
  })
  // A fee in tokens is fetched by FastExits.
  const value = token === zeroAddress ? fee : 0n
  const { body } = certificate
  const votes = 'votes' in certificate ? certificate.votes : []
  const signers = 'signers' in certificate ? certificate.signers : []
  const call = {
    ...{
      account,
      address: portal,
      abi: finalizeAbi,
      functionName: 'finalizeFast' as const,
      value,
      gas,
      nonce,
    },
    args: [withdrawal, parameters.proofSubmitter ?? addressOf(account), body, votes, signers] as const,
    ...{ maxFeePerGas, maxPriorityFeePerGas },
  }
  try {
    await simulateContract(client, call as never)
    return await writeContract(client as never, { ...call, chain: client.chain } as never)
  } catch (error) {
    // The newest block's time is that of the simulation, or a second before.
    const now = await getBlock(client, { blockTag: 'latest' }).then(
      ({ timestamp }) => timestamp,
      () => 0n,
    )
    const refusal = refusalOf(error, body.game, now)
    if (refusal instanceof FastExitError) throw refusal
    throw (await approvalOf(client, fastExits, { token, fee }, addressOf(account))) ?? refusal
  }
}
