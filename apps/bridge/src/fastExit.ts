import {
  exitFee,
  finalizeWithdrawalFast,
  getCertificate,
  getFastExitQuote,
  proofs,
  type ExitContracts,
  type FastExitQuote,
  type L1Client,
  type Withdrawal,
} from '@animechain/bridge'
import { isBaseError, type Hash } from '@animechain/core'
import { erc20Abi, formatEther, zeroAddress, type Account, type Address, type PublicClient } from 'viem'
import { writeContract } from 'viem/actions'

/** What became of a try to pay a withdrawal early. */
export type Early = 'sent' | 'wait' | 'never'

/** Refusals that waiting does not change. */
const forGood = new Set(['BRIDGE_FAST_NONE', 'BRIDGE_FAST_NOT_INSURED', 'BRIDGE_FAST_SETTLED'])

/** Who pays a withdrawal early, and whom it asks. */
export interface EarlyParts {
  /** reads L1 */
  client: PublicClient
  /** Signs on L1. Its account made the proof, and pays the fee. */
  wallet: L1Client & { account: Account }
  contracts: ExitContracts
  withdrawal: Withdrawal
  verifiers: readonly string[]
  /** Waits for a transaction, and says it; throws where it reverted. */
  settle(label: string, send: () => Promise<Hash>): Promise<void>
  say(line: string): void
}

/** What is reserved and paid, in words. */
const amountOf = (token: Address, amount: bigint): string =>
  token === zeroAddress ? `${formatEther(amount)} ETH` : `${amount} of ${token}`

/** Pays a withdrawal early as soon as it is covered. Each call is one try; what stands in the way is said once. */
export function earlyPayment(parts: EarlyParts): () => Promise<Early> {
  const { client, wallet, contracts, withdrawal, verifiers, settle, say } = parts
  const own = proofs(client, contracts.portal)
  const payer = wallet.account.address
  let said: string | undefined
  const once = (line: string): void => {
    if (line !== said) say(line)
    said = line
  }

  async function approve(token: Address, spender: Address, amount: bigint): Promise<void> {
    await settle(`Approved the fee of ${amountOf(token, amount)}`, () =>
      writeContract(wallet, {
        ...{ chain: wallet.chain, account: wallet.account, abi: erc20Abi, address: token },
        functionName: 'approve',
        args: [spender, amount],
      } as never),
    )
  }

  async function trial(): Promise<Early> {
    const proof = await own.proofBy(payer, withdrawal.withdrawalHash)
    if (proof.state !== 'young') return 'wait'
    const found = await getCertificate(client, { contracts, verifiers, game: proof.game })
    const quote = await getFastExitQuote(client, {
      ...{ contracts, verifiers, withdrawal, payer, proofSubmitter: payer, certificate: found },
    })
    const { refusal, fast, moved } = quote
    if (refusal?.code === 'BRIDGE_FAST_APPROVAL') {
      const { token, spender, amount } = refusal.details
      await approve(token!, spender!, amount!)
      return 'wait'
    }
    if (refusal) throw refusal
    if (found.status !== 'standing' && found.status !== 'assembled') return 'wait'
    if (fast.waitSeconds) {
      once('Covered: waiting until the assertion is old enough to be paid early')
      return 'wait'
    }
    const { certificate } = found
    await settle(`Finalised early, for a fee of ${amountOf(moved!.token, fast.fee)}`, () =>
      finalizeWithdrawalFast(wallet, { contracts, withdrawal, certificate }),
    )
    return 'sent'
  }

  return async () => {
    try {
      return await trial()
    } catch (error) {
      if (!isBaseError(error) || !error.code.startsWith('BRIDGE_FAST_')) throw error
      const never = forGood.has(error.code)
      once(`${never ? 'Not paid early' : 'Not paid early yet'}: ${error.shortMessage}`)
      return never ? 'never' : 'wait'
    }
  }
}

/** A quote in lines: both ways, with what they cost and take. */
export function quoteLines({ label, moved, refusal, fast, cover, canonical }: FastExitQuote): string[] {
  const of = (amount: bigint) => amountOf(moved?.token ?? zeroAddress, amount)
  const wait =
    fast.waitSeconds === undefined
      ? 'as soon as an assertion with it is old enough'
      : `in ${fast.waitSeconds} s`
  return [
    `label: ${label}`,
    refusal
      ? `covered-fast: no. ${[refusal.shortMessage, ...refusal.metaMessages].join(' ')}`
      : `covered-fast: ${of(moved!.amount)} ${wait}, for a fee of ${of(exitFee(moved!.amount))} and about ${fast.gas} gas`,
    ...(cover
      ? [
          `  cover of ${cover.signers} verifiers: ${of(cover.total)}, of which ${of(cover.open)} are taken; one exit ${of(cover.single)}, left of this hour ${of(cover.hour)}`,
        ]
      : []),
    `canonical: ${moved ? of(moved.amount) : 'all of it'} in ${canonical.waitSeconds} s if nobody disputes it, without a fee, for about ${canonical.gas} gas`,
  ]
}

/** A quote as JSON has it: the refusal by its code and words. */
export const quoteJson = ({ refusal, ...quote }: FastExitQuote) => ({
  ...quote,
  ...(refusal
    ? {
        refusal: {
          code: refusal.code,
          message: refusal.shortMessage,
          expected: refusal.metaMessages.join(' '),
        },
      }
    : {}),
})
