import { steadyTime, systemClock, type Address, type Clock, type Hash } from '@animechain/core'
import { networkRoles, type L1Addresses } from '@animechain/contracts'
import { anchorStateRegistryAbi } from '@animechain/contracts/AnchorStateRegistry'
import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { fastExitsAbi } from '@animechain/contracts/FastExits'
import { stakeRegistryAbi } from '@animechain/contracts/StakeRegistry'
import { epochAt, type EpochRules, type EpochWeights } from '@animechain/network-protocol'
import { boundedMap } from '@animechain/runtime'
import { zeroAddress, type PublicClient, type Transport } from 'viem'
import { isNoAnswer, isRevert, reading } from './failures.js'

/** Contracts of a chain that has a verifier network. */
export type NetworkContracts = Required<Pick<L1Addresses, 'stakeRegistry' | 'fastExits'>> &
  Pick<L1Addresses, 'anchorStateRegistry' | 'diligence' | 'drills'>

/** What does not change in the life of a deployment. */
export interface NetworkRules extends EpochRules {
  /** epochs for which attestations serve in a certificate */
  certificateEpochs: bigint
  /** signers of a certificate at least */
  minVerifiers: number
  /** least age of a game before withdrawals are paid early in it, seconds */
  minAge: bigint
}

/** What the verifiers' role asks, which the owner of the chain may change. */
export interface RoleRules {
  /** wei */
  minStake: bigint
  /** seconds */
  unbonding: bigint
  maxActive: number
  /** parts per million */
  cap: bigint
}

/** A member of the verifiers, as the registry has it now. */
export interface NetworkMember {
  owner: Address
  /** its hot key; zero where it is no member */
  key: Address
  /** first epoch that it can be active in */
  since: bigint
  /** when it can be paid, seconds; 0 unless it asked to leave */
  leavingAt: bigint
  /** whether it has a place among the active */
  isSeated: boolean
  /** wei */
  stake: bigint
  /** open certificates that it signed */
  locks: bigint
  endpoint: string
}

/** What a game says of itself. None of it changes. */
export interface GameFacts {
  batchIndex: bigint
  batchAcc: Hash
  l2BlockNumber: bigint
  outputRoot: Hash
  /** seconds */
  createdAt: bigint
}

/** Where L1 is now. */
export interface L1Now {
  number: bigint
  /** seconds */
  timestamp: bigint
  epoch: bigint
}

/** A block of L1. */
export interface L1Block {
  number: bigint
  hash: Hash
  /** seconds */
  timestamp: bigint
}

/** Reads what the verifier network has on L1. Each throws `NETWORK_L1_UNREADABLE`, or what the transport throws by name. */
export interface NetworkReads {
  readonly contracts: NetworkContracts
  rules(): Promise<NetworkRules>
  role(): Promise<RoleRules>
  /** L1's newest block, asked once a second at most. */
  now(): Promise<L1Now>
  /** Time of L1's final block, seconds, asked once in two seconds at most; 0 while there is none. */
  finalTime(): Promise<bigint>
  /** L1's final block, asked each time; undefined while there is none. */
  finalBlock(): Promise<L1Block | undefined>
  /** Hash of L1's block of this number, asked each time; undefined where there is none. */
  hashOf(number: bigint): Promise<Hash | undefined>
  /** Weight of a key at an epoch, wei; undefined for an epoch that has not begun. */
  weightAt(key: Address, epoch: bigint): Promise<bigint | undefined>
  /** Weights of these keys at an epoch that has begun, with the total of all. */
  weights(epoch: bigint, keys: readonly Address[]): Promise<EpochWeights>
  member(owner: Address): Promise<NetworkMember>
  /** Active members, asked once a minute at most. */
  active(): Promise<NetworkMember[]>
  /** Active members now. */
  seated(): Promise<NetworkMember[]>
  /** Owner account of a key; undefined where nobody has it. */
  ownerOfKey(key: Address): Promise<Address | undefined>
  /** What a game of the factory says of itself; undefined where it is none, or barred. */
  game(address: Address): Promise<GameFacts | undefined>
  /** Whether a game's claim is accepted, final, proper and respected. */
  isAccepted(game: Address): Promise<boolean>
  /** The account of `claimCredit`. wei, or smallest units of a token */
  credit(asset: Address, account: Address): Promise<bigint>
}

/** How L1 is read. */
export interface NetworkReadsOptions {
  client: PublicClient<Transport>
  contracts: NetworkContracts
  clock?: Clock
}

/** Weights and games that are remembered. */
const MAX_WEIGHTS = 16_384
const MAX_GAMES = 1_024
/** Keys of members that are remembered. */
const MAX_OWNERS = 1_024
/** For how long something that can change is taken for what it was. milliseconds */
const NOW_MS = 1_000
const ACTIVE_MS = 60_000
const YOUNG_MS = 10_000
const FINAL_MS = 2_000

const role = networkRoles.verifier

/** An answer that is asked for again after a time. A question that failed is asked again at once. */
function kept<T>(clock: Clock, forMs: number, ask: () => Promise<T>): () => Promise<T> {
  let last: { at: number; answer: Promise<T> } | undefined
  return () => {
    if (last && steadyTime(clock) - last.at < forMs) return last.answer
    const answer = ask()
    const asked = { at: steadyTime(clock), answer }
    last = asked
    answer.catch(() => {
      if (last === asked) last = undefined
    })
    return answer
  }
}

/** The rules of a deployment, and of the role. */
function ruleReads({ client, contracts }: NetworkReadsOptions) {
  const registry = { address: contracts.stakeRegistry, abi: stakeRegistryAbi } as const
  const exits = { address: contracts.fastExits, abi: fastExitsAbi } as const
  async function rules(): Promise<NetworkRules> {
    const [epochStart, epochLength, certificateEpochs, minVerifiers, minAge] = await Promise.all([
      client.readContract({ ...registry, functionName: 'epochStart' }),
      client.readContract({ ...registry, functionName: 'epochLength' }),
      client.readContract({ ...exits, functionName: 'certificateEpochs' }),
      client.readContract({ ...exits, functionName: 'minVerifiers' }),
      client.readContract({ ...exits, functionName: 'minAge' }),
    ])
    return { epochStart, epochLength, certificateEpochs, minVerifiers: Number(minVerifiers), minAge }
  }
  async function roleRules(): Promise<RoleRules> {
    const found = await client.readContract({ ...registry, functionName: 'parametersOf', args: [role] })
    return { ...found, unbonding: BigInt(found.unbonding), cap: BigInt(found.cap) }
  }
  return {
    rules: () => reading('the rules of the verifier network', rules),
    role: () => reading('what the role of verifiers asks', roleRules),
  }
}

/** Reads of members. */
function memberReads({ client, contracts, clock = systemClock }: NetworkReadsOptions) {
  const registry = { address: contracts.stakeRegistry, abi: stakeRegistryAbi } as const
  /** A key belongs to its member for good. */
  const owners = boundedMap<Address, Address>(MAX_OWNERS)

  async function member(owner: Address): Promise<NetworkMember> {
    const found = await client.readContract({ ...registry, functionName: 'memberOf', args: [role, owner] })
    const { stake, locks, endpoint } = found
    return {
      owner: owner.toLowerCase() as Address,
      key: found.key.toLowerCase() as Address,
      since: BigInt(found.since),
      leavingAt: BigInt(found.leavingAt),
      isSeated: found.place !== 0,
      ...{ stake, locks, endpoint },
    }
  }
  async function active(): Promise<NetworkMember[]> {
    const [members] = await client.readContract({ ...registry, functionName: 'activeOf', args: [role] })
    return Promise.all(members.map(member))
  }
  async function ownerOfKey(key: Address): Promise<Address | undefined> {
    const known = owners.get(key)
    if (known !== undefined) return known
    const owner = await client.readContract({ ...registry, functionName: 'ownerOfKey', args: [key] })
    if (owner === zeroAddress) return undefined
    owners.set(key, owner.toLowerCase() as Address)
    return owners.get(key)
  }
  return {
    member: (owner: Address) => reading('a member', () => member(owner)),
    active: kept(clock, ACTIVE_MS, () => reading('the active members', active)),
    seated: () => reading('the active members', active),
    ownerOfKey: (key: Address) =>
      reading('the owner of a key', () => ownerOfKey(key.toLowerCase() as Address)),
  }
}

/** Reads of weights. What an epoch began with is final once L1 has finalised a block of it; until then it is asked for again. */
function weightReads(
  { client, contracts, clock = systemClock }: NetworkReadsOptions,
  { rules, now, finalTime }: Pick<NetworkReads, 'rules' | 'now' | 'finalTime'>,
) {
  const registry = { address: contracts.stakeRegistry, abi: stakeRegistryAbi } as const
  const known = boundedMap<string, { weight: bigint; until: number }>(MAX_WEIGHTS)
  const finalEpoch = async () => epochAt(await finalTime(), await rules())

  async function remembered(
    slot: string,
    epoch: bigint,
    ask: () => Promise<bigint>,
  ): Promise<bigint | undefined> {
    const before = known.get(slot)
    if (before && steadyTime(clock) < before.until) return before.weight
    if (epoch < 1n || (await now()).epoch < epoch) return undefined
    const weight = await ask()
    const isFinal = (await finalEpoch()) >= epoch
    known.set(slot, { weight, until: isFinal ? Infinity : steadyTime(clock) + YOUNG_MS })
    return weight
  }
  const weightAt = (key: Address, epoch: bigint) =>
    remembered(`${key.toLowerCase()}/${epoch}`, epoch, () =>
      client.readContract({ ...registry, functionName: 'weightAt', args: [role, key, epoch] }),
    )
  const totalAt = (epoch: bigint) =>
    remembered(`total/${epoch}`, epoch, () =>
      client.readContract({ ...registry, functionName: 'totalWeightAt', args: [role, epoch] }),
    )
  return {
    weightAt: (key: Address, epoch: bigint) => reading('the weight of a key', () => weightAt(key, epoch)),
    weights: (epoch: bigint, keys: readonly Address[]): Promise<EpochWeights> =>
      reading('the weights of an epoch', async () => {
        const of = new Map<Address, bigint>()
        const [total] = await Promise.all([
          totalAt(epoch),
          ...keys.map(async (key) => {
            const weight = await weightAt(key, epoch)
            if (weight) of.set(key.toLowerCase() as Address, weight)
          }),
        ])
        return { epoch, total: total ?? 0n, of }
      }),
  }
}

/** Reads of games. */
function gameReads({ client, contracts }: NetworkReadsOptions) {
  const anchor = { address: contracts.anchorStateRegistry, abi: anchorStateRegistryAbi } as const
  const known = boundedMap<Address, GameFacts>(MAX_GAMES)

  async function game(address: Address): Promise<GameFacts | undefined> {
    const before = known.get(address)
    if (before) return before
    // Whether the factory made it comes first: of a stranger's contract nothing is believed.
    const isProper = await client
      .readContract({ ...anchor, functionName: 'isGameProper', args: [address] })
      .catch((error: unknown) => {
        if (isNoAnswer(error)) return false
        throw error
      })
    if (!isProper) return undefined
    const at = { address, abi: assertionGameAbi } as const
    const [batchIndex, batchAcc, l2BlockNumber, outputRoot, createdAt] = await Promise.all([
      client.readContract({ ...at, functionName: 'batchIndex' }),
      client.readContract({ ...at, functionName: 'batchAcc' }),
      client.readContract({ ...at, functionName: 'l2BlockNumber' }),
      client.readContract({ ...at, functionName: 'rootClaim' }),
      client.readContract({ ...at, functionName: 'createdAt' }),
    ])
    const facts = { batchIndex, batchAcc, l2BlockNumber, outputRoot, createdAt }
    known.set(address, facts)
    return facts
  }
  return {
    game: (address: Address) => reading('a game', () => game(address.toLowerCase() as Address)),
    isAccepted: (address: Address) =>
      reading('whether a claim is accepted', () =>
        client
          .readContract({ ...anchor, functionName: 'isGameClaimValid', args: [address] })
          .catch((error: unknown) => {
            if (isRevert(error)) return false
            throw error
          }),
      ),
  }
}

/** Reads of L1's blocks. */
function blockReads(client: PublicClient<Transport>): Pick<NetworkReads, 'finalBlock' | 'hashOf'> {
  const block = async (of: { blockTag: 'finalized' } | { blockNumber: bigint }) => {
    try {
      const { number, hash, timestamp } = await client.getBlock(of)
      return { number: number!, hash: hash!, timestamp }
    } catch (error) {
      if (/block not found|could not be found/i.test((error as Error).message)) return undefined
      throw error
    }
  }
  return {
    finalBlock: () => reading("L1's final block", () => block({ blockTag: 'finalized' })),
    hashOf: (blockNumber) =>
      reading(`L1's block ${blockNumber}`, async () => (await block({ blockNumber }))?.hash),
  }
}

/** Reads of the verifier network by JSON-RPC. `l1Transport` of @animechain/l1 makes them bounded, and safe with several endpoints. */
export function networkReads(options: NetworkReadsOptions): NetworkReads {
  const { client, contracts, clock = systemClock } = options
  const { rules: readRules, role: readRole } = ruleReads(options)
  const rules = kept(clock, Infinity, readRules)
  const now = kept(clock, NOW_MS, () =>
    reading("L1's newest block", async () => {
      const { number, timestamp } = await client.getBlock({ blockTag: 'latest' })
      return { number, timestamp, epoch: epochAt(timestamp, await rules()) }
    }),
  )
  const { finalBlock, hashOf } = blockReads(client)
  // A young L1 has none.
  const finalTime = kept(clock, FINAL_MS, async () => (await finalBlock())?.timestamp ?? 0n)
  return {
    contracts,
    rules,
    role: readRole,
    now,
    ...{ finalTime, finalBlock, hashOf },
    ...weightReads(options, { rules, now, finalTime }),
    ...memberReads(options),
    ...gameReads(options),
    credit: (asset, account) =>
      reading('the credit of an account', () =>
        client.readContract({
          ...{ address: contracts.fastExits, abi: fastExitsAbi },
          functionName: 'credit',
          args: [asset, account],
        }),
      ),
  }
}
