import type { Address, Hash, Hex } from '@animechain/core'
import { drillsAbi } from '@animechain/contracts/Drills'
import { encodeAbiParameters, encodeFunctionData, keccak256, type PublicClient, type Transport } from 'viem'
import { reading } from './failures.js'
import type { NetworkCall } from './writer.js'

/** A wrong assertion that somebody makes on purpose, as `Drills` has it: docs/spec/network.md, section 8. */
export interface DrillOnL1 {
  /** hash that it was committed to by */
  commitment: Hash
  maker: Address
  /** seconds */
  committedAt: bigint
  /** last time to reveal it, seconds */
  expiresAt: bigint
  /** wei; 0 once it is paid, given back or burned */
  bounty: bigint
  /** its assertion; zero before it is revealed */
  game: Address
  /** seconds; 0 before it is revealed */
  revealedAt: bigint
  /** last time to reveal alarms about it, seconds; 0 before another root is accepted */
  closesAt: bigint
  /** the accepted root; zero before */
  rightRoot: Hash
  /** number of the earliest right alarm that was revealed; 0 for none */
  best: bigint
  /** who raised it */
  winner: Address
}

/** A commitment to an alarm, as `Drills` has it. */
export interface CommittedAlarm {
  /** in the order of commitments, from 1 on; 0: there is none */
  number: bigint
  /** seconds */
  committedAt: bigint
}

/** What a drill is committed to by. */
export interface DrillParts {
  /** who commits, and reveals */
  maker: Address
  salt: Hash
  batchIndex: bigint
  /** accumulator of the inbox after the batch */
  batchAcc: Hash
  /** the wrong output root that is going to be asserted */
  outputRoot: Hash
}

/** What an alarm is committed to by. */
export interface AlarmParts {
  /** who commits, and reveals */
  who: Address
  game: Address
  /** own output root of the batch */
  derived: Hash
  salt: Hash
}

const MAX_GAS = 500_000n

const [addressType, bytes32, uint256] = [
  { type: 'address' },
  { type: 'bytes32' },
  { type: 'uint256' },
] as const

/** The commitment of a drill. */
export const drillCommitment = ({ maker, salt, batchIndex, batchAcc, outputRoot }: DrillParts): Hash =>
  keccak256(
    encodeAbiParameters(
      [addressType, bytes32, uint256, bytes32, bytes32],
      [maker, salt, batchIndex, batchAcc, outputRoot],
    ),
  )

/** The commitment of an alarm. */
export const alarmCommitment = ({ who, game, derived, salt }: AlarmParts): Hash =>
  keccak256(encodeAbiParameters([addressType, addressType, bytes32, bytes32], [who, game, derived, salt]))

/** Reads `Drills`. Each throws `NETWORK_L1_UNREADABLE`, or what the transport throws by name. */
export function drillReads(client: PublicClient<Transport>, address: Address) {
  const at = { address, abi: drillsAbi } as const
  async function drill(commitment: Hash): Promise<DrillOnL1 | undefined> {
    const found = await client.readContract({ ...at, functionName: 'drillOf', args: [commitment] })
    return BigInt(found.maker) === 0n ? undefined : { commitment, ...found }
  }
  return {
    /** Least bounty of a drill, wei. */
    leastBounty: (): Promise<bigint> =>
      reading('the least bounty of a drill', () =>
        client.readContract({ ...at, functionName: 'leastBounty' }),
      ),
    /** undefined: nobody committed to it */
    drill: (commitment: Hash) => reading('a drill', () => drill(commitment)),
    /** The drill that an assertion was; undefined: none that is revealed. */
    drillOfGame: (game: Address): Promise<DrillOnL1 | undefined> =>
      reading('whether an assertion was a drill', async () => {
        const commitment = await client.readContract({ ...at, functionName: 'drillOfGame', args: [game] })
        return BigInt(commitment) === 0n ? undefined : drill(commitment)
      }),
    alarm: (commitment: Hash): Promise<CommittedAlarm> =>
      reading('a commitment to an alarm', () =>
        client.readContract({ ...at, functionName: 'alarmOf', args: [commitment] }),
      ),
    /** wei that an account can claim */
    credit: (account: Address): Promise<bigint> =>
      reading('the credit of an account', () =>
        client.readContract({ ...at, functionName: 'credit', args: [account] }),
      ),
  }
}

/** What {@link drillReads} makes. */
export type DrillReads = ReturnType<typeof drillReads>

/** Calls of `Drills`. */
export function drillCalls(to: Address) {
  const call = (what: string, data: Hex, value?: bigint): NetworkCall => ({
    ...{ what, to, data, maxGas: MAX_GAS },
    ...(value !== undefined && { value }),
  })
  const abi = drillsAbi
  return {
    /** Before the assertion is made. @param bounty wei, `leastBounty` or more */
    commitDrill: (commitment: Hash, bounty: bigint) =>
      call(
        'commit to a drill',
        encodeFunctionData({ abi, functionName: 'commitDrill', args: [commitment] }),
        bounty,
      ),
    /** By its maker, once `other` asserts another root for the same batch. */
    revealDrill: (salt: Hash, game: Address, other: Address) =>
      call(
        `reveal that ${game} is a drill`,
        encodeFunctionData({ abi, functionName: 'revealDrill', args: [salt, game, other] }),
      ),
    /** @param accepted an accepted and final game for the same batch */
    decideDrill: (game: Address, accepted: Address) =>
      call(
        `have the drill ${game} decided`,
        encodeFunctionData({ abi, functionName: 'decideDrill', args: [game, accepted] }),
      ),
    closeDrill: (game: Address) =>
      call(`close the drill ${game}`, encodeFunctionData({ abi, functionName: 'closeDrill', args: [game] })),
    /** Burns the bounty of a drill that was not revealed or not decided in time. */
    expireDrill: (commitment: Hash) =>
      call(
        'have a drill expire',
        encodeFunctionData({ abi, functionName: 'expireDrill', args: [commitment] }),
      ),
    commitAlarm: (commitment: Hash) =>
      call(
        'commit to an alarm',
        encodeFunctionData({ abi, functionName: 'commitAlarm', args: [commitment] }),
      ),
    /** By who committed to it, once the drill is decided. */
    revealAlarm: ({ game, derived, salt }: Omit<AlarmParts, 'who'>) =>
      call(
        `reveal the alarm about ${game}`,
        encodeFunctionData({ abi, functionName: 'revealAlarm', args: [game, derived, salt] }),
      ),
    claimCredit: (receiver: Address) =>
      call(
        'claim the bounties of drills',
        encodeFunctionData({ abi, functionName: 'claimCredit', args: [receiver] }),
      ),
  }
}

/** What {@link drillCalls} makes. */
export type DrillCalls = ReturnType<typeof drillCalls>
