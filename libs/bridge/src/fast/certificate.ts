import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { fastExitsAbi } from '@animechain/contracts/FastExits'
import { stakeRegistryAbi } from '@animechain/contracts/StakeRegistry'
import {
  assemble,
  ballotBox,
  bodyOf,
  certificateId,
  epochAt,
  signersHash,
  type Ballot,
  type Certificate,
  type CertificateBody,
} from '@animechain/network-protocol'
import type { Hash } from '@animechain/core'
import type { Address } from 'viem'
import {
  getBlock,
  getBlockNumber,
  getChainId,
  getContractEvents,
  multicall,
  readContract,
} from 'viem/actions'
import { askForBallots, checkServers, type AskOptions, type ServerAnswer } from './attestations.js'
import {
  contractOf,
  exitNetwork,
  verifierRole,
  type ExitContractsParameter,
  type ExitNetwork,
  type L1Client,
} from './contracts.js'

/** A signer of a certificate that stands. */
export interface CertificateSigner {
  /** owner account of the member */
  member: Address
  /** its ETH stake when the certificate was posted, wei */
  stake: bigint
}

/** A certificate that was posted and is open. */
export interface StandingCertificate {
  body: CertificateBody
  /** in the order of their keys */
  signers: readonly CertificateSigner[]
}

/** What `finalizeWithdrawalFast` takes: votes, which are posted with the exit, or the signers of a certificate that stands. */
export type ExitCertificate = Certificate | StandingCertificate

/** The certificate of an assertion, or how far it is. */
export type FoundCertificate = {
  body: CertificateBody
  /** `H(abi.encode(body))` */
  id: Hash
  /** what the verifiers answered; empty where L1 says it all */
  servers: ServerAnswer[]
} & (
  | { status: 'standing'; certificate: StandingCertificate; members: readonly Address[] }
  | {
      status: 'assembled'
      certificate: Certificate
      /** owner accounts of the signers, in the order of their keys */
      members: readonly Address[]
      /** wei */
      weight: bigint
      needed: bigint
    }
  | { status: 'missing'; why: string; weight: bigint; needed: bigint }
  /** It was settled: nothing more is paid under it. */
  | { status: 'released' | 'refilled' }
)

/** What {@link getCertificate} takes. */
export type GetCertificateParameters = ExitContractsParameter &
  AskOptions & {
    /** the assertion that the withdrawal is proven against */
    game: Address
    /** URLs of verifiers, 16 at most; without them only a certificate that stands is found */
    verifiers?: readonly string[]
    /** blocks of L1 whose logs are asked for at once; default 5,000 */
    logRange?: bigint
  }

/** `IFastExits.Status`. */
const statuses = ['none', 'open', 'released', 'refilled'] as const
/** Keys that are looked up at once. */
const KEYS_AT_ONCE = 256
const LOG_RANGE = 5_000n

/** What verifiers attest to about a game, as L1 has it. Reads the game alone: whether it stands is not looked at. */
export async function bodyOfGame(
  client: L1Client,
  network: Pick<ExitNetwork, 'epochStart' | 'epochLength'>,
  game: Address,
): Promise<{ body: CertificateBody; createdAt: bigint }> {
  const at = { address: game, abi: assertionGameAbi } as const
  const [batchIndex, batchAcc, l2BlockNumber, outputRoot, createdAt] = await Promise.all([
    readContract(client, { ...at, functionName: 'batchIndex' }),
    readContract(client, { ...at, functionName: 'batchAcc' }),
    readContract(client, { ...at, functionName: 'l2BlockNumber' }),
    readContract(client, { ...at, functionName: 'rootClaim' }),
    readContract(client, { ...at, functionName: 'createdAt' }),
  ])
  const body = { game, batchIndex, batchAcc, l2BlockNumber, outputRoot, epoch: epochAt(createdAt, network) }
  return { body, createdAt }
}

/** The signers of a certificate that stands, out of the event of its posting: looked for from the newest block on back to the game's creation. */
async function standing(
  client: L1Client,
  { fastExits }: ExitNetwork,
  { id, expected, createdAt, range }: { id: Hash; expected: Hash; createdAt: bigint; range: bigint },
): Promise<readonly CertificateSigner[] | undefined> {
  let to = await getBlockNumber(client, { cacheTime: 0 })
  for (;;) {
    const from = to >= range ? to - range + 1n : 0n
    const logs = await getContractEvents(client, {
      ...{ address: fastExits, abi: fastExitsAbi, eventName: 'Certified' as const, strict: true as const },
      args: { id },
      fromBlock: from,
      toBlock: to,
    })
    for (const { args } of logs)
      // After a reorg it may have been posted again, with other stakes.
      if (signersHash(args.owners, args.stakes) === expected)
        return args.owners.map((member, i) => ({ member, stake: args.stakes[i]! }))
    if (from === 0n) return undefined
    const { timestamp } = await getBlock(client, { blockNumber: from })
    if (timestamp < createdAt) return undefined
    to = from - 1n
  }
}

/** Weights of keys at an epoch, and whose they are. Keys without weight, or whose member was paid since, are left out. */
async function weigh(client: L1Client, registry: Address, epoch: bigint, keys: readonly Address[]) {
  const at = { address: registry, abi: stakeRegistryAbi } as const
  // Without a Multicall3 in the chain object the calls go in one that needs none.
  const together = {
    allowFailure: false,
    batchSize: 16_384,
    ...(client.chain?.contracts?.multicall3 ? {} : { deployless: true }),
  } as const
  const of = new Map<Address, bigint>()
  const ownerOf = new Map<Address, Address>()
  for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
    const some = keys.slice(from, from + KEYS_AT_ONCE)
    const weights = await multicall(client, {
      ...together,
      contracts: some.map(
        (key) => ({ ...at, functionName: 'weightAt', args: [verifierRole, key, epoch] }) as const,
      ),
    })
    const weighty = some.filter((_key, i) => weights[i]! > 0n)
    const owners = await multicall(client, {
      ...together,
      contracts: weighty.map((key) => ({ ...at, functionName: 'ownerOfKey', args: [key] }) as const),
    })
    const members = await multicall(client, {
      ...together,
      contracts: owners.map(
        (owner) => ({ ...at, functionName: 'memberOf', args: [verifierRole, owner] }) as const,
      ),
    })
    for (const [i, { key, since }] of members.entries()) {
      // Who was paid and came again does not answer for what it was before.
      if (BigInt(key) === 0n || BigInt(since) > epoch) continue
      of.set(weighty[i]!, weights[some.indexOf(weighty[i]!)]!)
      ownerOf.set(weighty[i]!, owners[i]!)
    }
  }
  const total = await readContract(client, {
    ...at,
    functionName: 'totalWeightAt',
    args: [verifierRole, epoch],
  })
  return { weights: { epoch, total, of }, ownerOf }
}

async function assembled(
  client: L1Client,
  { registry, minVerifiers }: ExitNetwork,
  body: CertificateBody,
  given: readonly Ballot[],
) {
  const { weights, ownerOf } = await weigh(
    client,
    registry,
    body.epoch,
    given.map(({ key }) => key),
  )
  // Only keys with weight are in the box: strangers take no place in it.
  const box = ballotBox()
  for (const { key, attestation } of given) if (weights.of.has(key)) box.add(key, attestation)
  const made = assemble(body, box.ballots(body.batchIndex, body.batchAcc), {
    weights,
    minSigners: minVerifiers,
  })
  return { ...made, members: made.signers.map((key) => ownerOf.get(key)!) }
}

/** As {@link getCertificate}, of a network that was read before. */
export async function findCertificate(
  client: L1Client,
  network: ExitNetwork,
  parameters: Omit<GetCertificateParameters, 'targetChain' | 'contracts'>,
): Promise<FoundCertificate> {
  const { game, verifiers = [], logRange: range = LOG_RANGE } = parameters
  checkServers(verifiers)
  const { body, createdAt } = await bodyOfGame(client, network, game)
  const id = certificateId(body)
  const { signersHash: expected, status } = await readContract(client, {
    ...{ address: network.fastExits, abi: fastExitsAbi, functionName: 'certificateOf' as const },
    args: [id],
  })
  const found = { body: bodyOf(body), id, servers: [] }
  const state = statuses[status] ?? 'none'
  if (state === 'released' || state === 'refilled') return { ...found, status: state }
  if (state === 'open') {
    const signers = await standing(client, network, { id, expected, createdAt, range })
    if (signers) {
      const members = signers.map(({ member }) => member)
      return { ...found, status: 'standing', certificate: { body: found.body, signers }, members }
    }
    const why = 'its signers are not in the logs of L1; expected an endpoint that keeps them'
    return { ...found, status: 'missing', why, weight: 0n, needed: 0n }
  }
  const domain = { chainId: client.chain?.id ?? (await getChainId(client)), registry: network.registry }
  const { ballots, servers } = await askForBallots(verifiers, body, domain, parameters)
  const { weight, needed, ...made } = await assembled(client, network, body, ballots)
  if (!made.ok) return { ...found, servers, status: 'missing', why: made.why, weight, needed }
  const { certificate, members } = made
  return { ...found, servers, status: 'assembled', certificate, members, weight, needed }
}

/**
 * The certificate of an assertion: the one that stands on L1, or else one that is assembled out of attestations that verifiers give over HTTP, by weights of
 * the stake registry at the assertion's epoch. The more verifiers are asked, the fewer of them must be honest: one that is, and has heard the others, is enough.
 *
 * @throws {FastExitError} `BRIDGE_FAST_NONE`
 * @throws {InvalidInputError} for URLs that are none, or too many
 */
export async function getCertificate(
  client: L1Client,
  parameters: GetCertificateParameters,
): Promise<FoundCertificate> {
  const network = await exitNetwork(client, contractOf(client, parameters, 'portal'))
  return findCertificate(client, network, parameters)
}
