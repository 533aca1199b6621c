import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { challengeTreeAbi } from '@animechain/contracts/ChallengeTree'
import { fastExitsAbi } from '@animechain/contracts/FastExits'
import { l1StandardBridgeAbi } from '@animechain/contracts/L1StandardBridge'
import { optimismPortalAbi } from '@animechain/contracts/OptimismPortal'
import { stakeRegistryAbi } from '@animechain/contracts/StakeRegistry'
import { InvalidInputError } from '@animechain/core'
import { erc20Abi, zeroAddress, type Address } from 'viem'
import { getBlock, readContract } from 'viem/actions'
import type { Withdrawal } from '../transfers.js'
import type { AskOptions } from './attestations.js'
import { findCertificate, type FoundCertificate } from './certificate.js'
import { insuredClass, type InsuredClass, type MovedAmount } from './classes.js'
import {
  exitContracts,
  exitNetwork,
  trustedOf,
  verifierRole,
  type ExitContracts,
  type ExitContractsParameter,
  type ExitNetwork,
  type L1Client,
} from './contracts.js'
import { refuse } from './errors.js'
import { quoteOf, type FastExitQuote, type GameFacts, type QuoteFacts } from './quote.js'

/** What is to be quoted: a withdrawal, or one that is not made yet. */
export type QuotedExit =
  | {
      withdrawal: Withdrawal
      /** whose proof it is to be finalised with; default: the newest */
      proofSubmitter?: Address | undefined
      /** Who would pay a fee in tokens: then the allowance is looked at too. */
      payer?: Address | undefined
      /** what {@link getCertificate} found before; default: it is looked for */
      certificate?: FoundCertificate | undefined
    }
  | {
      /** token on L1, and its twin on L2; default ETH */
      token?: Address | undefined
      remoteToken?: Address | undefined
      /** wei, or the token's smallest unit */
      amount: bigint
    }

interface Servers {
  /** URLs of verifiers, 16 at most; without them only a certificate that stands is found */
  verifiers?: readonly string[]
  /** blocks of L1 whose logs are asked for at once; default 5,000 */
  logRange?: bigint
}

type ExitOfWithdrawal = Extract<QuotedExit, { withdrawal: Withdrawal }>

/** What {@link getFastExitQuote} takes. */
export type GetFastExitQuoteParameters = ExitContractsParameter & AskOptions & QuotedExit & Servers

/** `GameStatus`. */
const LOST = 1
const ACCEPTED = 2
/** Games that are not accepted and that a game may continue at most. */
const MAX_ANCESTORS = 32

async function gameFacts(client: L1Client, address: Address): Promise<GameFacts> {
  const at = { address, abi: assertionGameAbi } as const
  const [createdAt, resolvedAt, status, unrivalled, challengePeriod] = await Promise.all([
    readContract(client, { ...at, functionName: 'createdAt' }),
    readContract(client, { ...at, functionName: 'resolvedAt' }),
    readContract(client, { ...at, functionName: 'status' }),
    readContract(client, { ...at, functionName: 'timer' }),
    readContract(client, { ...at, functionName: 'challengePeriod' }),
  ])
  return { address, createdAt, resolvedAt, isLost: status === LOST, unrivalled, challengePeriod }
}

/** The game that has a rival, of this one and of those that it continues and that are not accepted. */
async function rivalOf(client: L1Client, game: Address): Promise<Address | undefined> {
  let address = game
  for (let depth = 0; depth <= MAX_ANCESTORS && address !== zeroAddress; depth++) {
    const at = { address, abi: assertionGameAbi } as const
    const [status, tree, tournament, parent] = await Promise.all([
      readContract(client, { ...at, functionName: 'status' }),
      readContract(client, { ...at, functionName: 'tree' }),
      readContract(client, { ...at, functionName: 'tournament' }),
      readContract(client, { ...at, functionName: 'parent' }),
    ])
    if (depth > 0 && status === ACCEPTED) return undefined
    const { rivalledAt } = await readContract(client, {
      ...{ address: tree, abi: challengeTreeAbi, functionName: 'rivalry' as const },
      args: [tournament],
    })
    if (rivalledAt !== 0) return address
    address = parent
  }
  return undefined
}

async function proofFacts(
  client: L1Client,
  portal: Address,
  id: Withdrawal['withdrawalHash'],
  submitter: Address | undefined,
): Promise<{ provenAt: bigint; game: Address } | undefined> {
  const at = { address: portal, abi: optimismPortalAbi } as const
  let by = submitter
  if (by === undefined) {
    const count = await readContract(client, { ...at, functionName: 'numProofSubmitters', args: [id] })
    if (count === 0n) return undefined
    by = await readContract(client, { ...at, functionName: 'proofSubmitters', args: [id, count - 1n] })
  }
  const [game, provenAt] = await readContract(client, {
    ...at,
    functionName: 'provenWithdrawals',
    args: [id, by],
  })
  return provenAt === 0n ? undefined : { provenAt, game }
}

async function limitsWith(client: L1Client, fastExits: Address, members: readonly Address[], asset: Address) {
  const { cover, open, single, hour } = await readContract(client, {
    ...{ address: fastExits, abi: fastExitsAbi, functionName: 'limitsOf' as const },
    args: [[...members], asset],
  })
  return { total: cover, open, single, hour }
}

async function tokenFacts(
  client: L1Client,
  { registry, fastExits }: ExitNetwork,
  bridge: Address,
  { token, remoteToken }: MovedAmount,
  payer: Address | undefined,
): Promise<Pick<QuoteFacts, 'token' | 'allowance'>> {
  if (token === zeroAddress) return {}
  const [isListed, locked] = await Promise.all([
    readContract(client, {
      ...{ address: registry, abi: stakeRegistryAbi, functionName: 'isListed' as const },
      args: [token],
    }),
    readContract(client, {
      ...{ address: bridge, abi: l1StandardBridgeAbi, functionName: 'deposits' as const },
      args: [token, remoteToken],
    }),
  ])
  // Anybody can name a contract that is no token.
  if (!isListed || !payer) return { token: { isListed, locked } }
  const amount = await readContract(client, {
    ...{ address: token, abi: erc20Abi, functionName: 'allowance' as const },
    args: [payer, fastExits],
  })
  return { token: { isListed, locked }, allowance: { spender: fastExits, amount } }
}

/** What is the same for every quote of a chain at a time. */
async function chainFacts(client: L1Client, portal: Address) {
  const at = { address: portal, abi: optimismPortalAbi } as const
  const [{ timestamp: now }, isPaused, maturityDelay, finalityDelay, inbox] = await Promise.all([
    getBlock(client, { blockTag: 'latest' }),
    readContract(client, { ...at, functionName: 'paused' }),
    readContract(client, { ...at, functionName: 'proofMaturityDelaySeconds' }),
    readContract(client, { ...at, functionName: 'disputeGameFinalityDelaySeconds' }),
    readContract(client, { ...at, functionName: 'inbox' }),
  ])
  return { now, isPaused, maturityDelay, finalityDelay, inbox }
}

async function activeMembers(client: L1Client, registry: Address): Promise<readonly Address[]> {
  const [members] = await readContract(client, {
    ...{ address: registry, abi: stakeRegistryAbi, functionName: 'activeOf' as const },
    args: [verifierRole],
  })
  return members
}

const membersIn = (found: FoundCertificate): readonly Address[] | undefined =>
  found.status === 'standing' || found.status === 'assembled' ? found.members : undefined

/** What L1 says of a withdrawal that is made. */
async function factsOfWithdrawal(
  client: L1Client,
  network: ExitNetwork,
  parameters: AskOptions & ExitOfWithdrawal & Servers,
  insured: InsuredClass,
) {
  const { withdrawal, proofSubmitter } = parameters
  const id = withdrawal.withdrawalHash
  const [isFinalized, proven] = await Promise.all([
    readContract(client, {
      ...{ address: network.portal, abi: optimismPortalAbi, functionName: 'finalizedWithdrawals' as const },
      args: [id],
    }),
    proofFacts(client, network.portal, id, proofSubmitter),
  ])
  if (!proven) return { isFinalized, proof: undefined, rivalled: undefined, found: undefined }
  const [game, rivalled] = await Promise.all([gameFacts(client, proven.game), rivalOf(client, proven.game)])
  // A certificate is not looked for where it would be of no use.
  const isOfUse = insured.insured && !isFinalized && !game.isLost && rivalled === undefined
  const found =
    parameters.certificate ??
    (isOfUse ? await findCertificate(client, network, { ...parameters, game: proven.game }) : undefined)
  return { isFinalized, proof: { provenAt: proven.provenAt, game }, rivalled, found }
}

function insuredOf(parameters: QuotedExit, contracts: ExitContracts, inbox: Address): InsuredClass {
  if ('withdrawal' in parameters) return insuredClass(parameters.withdrawal, trustedOf(contracts, inbox))
  const { token = zeroAddress, remoteToken = zeroAddress, amount } = parameters
  if (amount <= 0n || amount >> 256n !== 0n)
    throw new InvalidInputError('amount', 'more than 0, less than 2^256', amount)
  if ((token === zeroAddress) !== (remoteToken === zeroAddress))
    throw new InvalidInputError('token', 'a token on L1 and its twin on L2, or neither', {
      token,
      remoteToken,
    })
  return { insured: true, token, remoteToken, amount }
}

/**
 * What an early payment of a withdrawal costs and whether it is open, beside the ordinary way. For one that is not made yet, as if all active verifiers
 * vouched for its assertion.
 *
 * @throws {FastExitError} `BRIDGE_FAST_NONE` where the chain pays none early
 * @throws {InvalidInputError}
 */
export async function getFastExitQuote(
  client: L1Client,
  parameters: GetFastExitQuoteParameters,
): Promise<FastExitQuote> {
  const contracts = exitContracts(client, parameters)
  const network = await exitNetwork(client, contracts.portal)
  const { inbox, ...chain } = await chainFacts(client, contracts.portal)
  const insured = insuredOf(parameters, contracts, inbox)
  const isMade = 'withdrawal' in parameters
  const { found, ...made } = isMade
    ? await factsOfWithdrawal(client, network, parameters, insured)
    : { isFinalized: false, proof: 'asked' as const, rivalled: undefined, found: undefined }
  const members = found ? membersIn(found) : await activeMembers(client, network.registry)
  const payer = isMade ? parameters.payer : undefined
  return quoteOf({
    ...chain,
    ...made,
    insured,
    minAge: network.minAge,
    certificate: found ?? { status: 'asked' },
    signers: members?.length ?? 0,
    limits:
      insured.insured && members
        ? await limitsWith(client, network.fastExits, members, insured.token)
        : undefined,
    ...(insured.insured ? await tokenFacts(client, network, contracts.l1StandardBridge, insured, payer) : {}),
  })
}

/** As {@link getFastExitQuote}; where it is not open now, its reason is thrown, and that the game is too young too. @throws {FastExitError} */
export async function expectFastExit(
  client: L1Client,
  parameters: GetFastExitQuoteParameters,
): Promise<FastExitQuote> {
  const quote = await getFastExitQuote(client, parameters)
  if (quote.refusal) throw quote.refusal
  if (quote.fast.waitSeconds) throw refuse.tooYoung(BigInt(quote.fast.waitSeconds))
  return quote
}
