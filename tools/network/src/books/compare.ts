import { networkRoles } from '@animechain/contracts'
import { diligenceAbi } from '@animechain/contracts/Diligence'
import { drillsAbi } from '@animechain/contracts/Drills'
import { fastExitsAbi } from '@animechain/contracts/FastExits'
import { feeSplitterAbi } from '@animechain/contracts/FeeSplitter'
import { l1StandardBridgeAbi } from '@animechain/contracts/L1StandardBridge'
import { multicall3Abi, multicall3DeployedBytecode } from '@animechain/contracts/Multicall3'
import { stakeRegistryAbi } from '@animechain/contracts/StakeRegistry'
import { weth9Abi } from '@animechain/contracts/WETH9'
import type { Address } from '@animechain/core'
import { zeroAddress, type Abi } from 'viem'
import { ACTORS } from './actions.js'
import { burnAddress, people, remoteToken } from './chain.js'
import type { Contracts } from './contracts.js'
import { sumsOf, type Books } from './model.js'

/** A value that the model and the contracts must have alike. */
interface Check {
  name: string
  expected: bigint
  /** What reads it. */
  call: { address: Address; abi: Abi; functionName: string; args?: readonly unknown[] }
  /** The value in what it returned; default all of it. */
  pick?: (result: never) => bigint
}

const MULTICALL: Address = `0x${'ca11'.padStart(40, '0')}`
const VERIFIER = networkRoles.verifier
const statuses = { open: 1n, released: 2n, refilled: 3n }
const checkIns = { checkedIn: 1n, revealed: 2n, missed: 3n, disproved: 4n }

/** What an action can have changed besides members and what contracts hold: certificates, drills and epochs by their numbers. */
export interface Touched {
  certificates: Iterable<number>
  drills: Iterable<number>
  epochs: Iterable<number>
}

/** What was burned before an action is not what slashing burned: losers of disputes lose a part too. */
export class Comparison {
  #burned = 0n
  /** Values that were compared. */
  values = 0

  constructor(
    readonly books: Books,
    readonly contracts: Contracts,
  ) {}

  /** Puts the reader there. */
  async begin(): Promise<void> {
    const { l1 } = this.contracts.world
    await l1.request('anvil_setCode', [MULTICALL, multicall3DeployedBytecode])
    this.#burned = await this.#burnedNow()
  }

  #burnedNow(): Promise<bigint> {
    return this.contracts.world.client.getBalance({ address: burnAddress })
  }

  /** What disputes burned since; to be told after a decision. */
  async forgetBurned(): Promise<void> {
    this.#burned = (await this.#burnedNow()) - this.books.burned
  }

  /**
   * Reads every balance and compares it. @param touched whose books are looked into
   * @returns the sums as the contracts have them
   * @throws {Error} that names the first value that differs, and both values
   */
  async check({ certificates, drills, epochs }: Touched, after: string): Promise<bigint[]> {
    const sums = sumsOf(this.books)
    const all = [
      ...[...this.#held(sums), ...this.#members()],
      ...[...this.#certificates(certificates), ...this.#drills(drills), ...this.#epochs(epochs)],
    ]
    const found = await this.#read(all)
    this.values += all.length
    all.forEach(({ name, expected }, i) => {
      if (found[i] !== expected)
        throw new Error(
          `After ${after}: expected ${name} to be ${expected} as in the model, got ${found[i]}.`,
        )
    })
    // In the order of the sums; what is summed over members was compared for each of them.
    return sums
  }

  async #read(all: readonly Check[]): Promise<bigint[]> {
    const results = (await this.contracts.world.client.multicall({
      ...{ contracts: all.map(({ call }) => call), allowFailure: false, multicallAddress: MULTICALL },
      batchSize: 0,
    } as never)) as unknown[]
    return results.map((result, i) =>
      BigInt(all[i]!.pick ? all[i]!.pick(result as never) : (result as bigint)),
    )
  }

  /** What contracts hold, and their sums. */
  #held(sums: readonly bigint[]): Check[] {
    const { world } = this.contracts
    const { stakeRegistry, fastExits, optimismPortal, l1StandardBridge, diligence, feeSplitter } =
      world.addresses
    const balance = (address: Address) => ({
      call: { address: MULTICALL, abi: multicall3Abi as Abi, functionName: 'getEthBalance', args: [address] },
    })
    const tokens = (address: Address) => ({
      call: { address: world.token, abi: weth9Abi as Abi, functionName: 'balanceOf', args: [address] },
    })
    const exits = (functionName: string, ...args: unknown[]) => ({
      call: { address: fastExits, abi: fastExitsAbi as Abi, functionName, args },
    })
    const registry = (functionName: string, ...args: unknown[]) => ({
      call: { address: stakeRegistry, abi: stakeRegistryAbi as Abi, functionName, args },
    })
    const { token } = world
    const { now, registry: model } = this.books
    return [
      {
        name: 'active',
        ...registry('activeOf', VERIFIER),
        pick: ([members]: [unknown[]]) => BigInt(members.length),
      },
      { name: 'weight', ...registry('totalWeightAt', VERIFIER, model.epochAt(now) + 1n) },
      { name: "the registry's ETH", ...balance(stakeRegistry) },
      { name: "the registry's tokens", ...tokens(stakeRegistry) },
      { name: 'seized tokens', ...registry('seized', fastExits, token) },
      { name: 'reserved ETH', ...exits('reserved', zeroAddress) },
      { name: 'reserved tokens', ...exits('reserved', token) },
      { name: 'insurance in ETH', ...exits('insurance', zeroAddress) },
      { name: 'insurance in tokens', ...exits('insurance', token) },
      { name: 'what the portal is owed', ...exits('owed') },
      { name: "the exits' ETH", ...balance(fastExits) },
      { name: "the exits' tokens", ...tokens(fastExits) },
      { name: "the portal's ETH", ...balance(optimismPortal) },
      {
        name: 'deposits of the bridge',
        call: {
          ...{ address: l1StandardBridge, abi: l1StandardBridgeAbi as Abi, functionName: 'deposits' },
          args: [token, remoteToken],
        },
      },
      { name: 'what was burned', ...balance(burnAddress), pick: (all: bigint) => all - this.#burned },
      { name: "the other slasher's ETH", ...balance(people.other) },
      {
        name: 'what waits for the insurance',
        call: { address: diligence, abi: diligenceAbi as Abi, functionName: 'uninsured' },
      },
      { name: "diligence's ETH", ...balance(diligence) },
      {
        name: 'fees that wait for the recipient',
        call: {
          ...{ address: feeSplitter, abi: feeSplitterAbi as Abi, functionName: 'owed' },
          args: [people.recipient],
        },
      },
      { name: "the splitter's ETH", ...balance(feeSplitter) },
      { name: "the fee recipient's ETH", ...balance(people.recipient) },
      { name: "the drills' ETH", ...balance(world.addresses.drills) },
    ].map((check, i): Check => ({ expected: sums[heldAt[i]!]!, ...check }))
  }

  /** All of each member. */
  #members(): Check[] {
    const { world } = this.contracts
    const { stakeRegistry, fastExits, diligence, drills } = world.addresses
    const { registry, credit, now, diligence: rewards, drills: bounties } = this.books
    const epoch = registry.epochAt(now) + 1n
    const of = (functionName: string, ...args: unknown[]) => ({
      call: { address: stakeRegistry, abi: stakeRegistryAbi as Abi, functionName, args },
    })
    const credits = [...people.members, people.finder].flatMap((who, i): Check[] => [
      ...[zeroAddress, world.token].map((asset, at): Check => ({
        ...{ name: `credit ${at} of ${i}`, expected: credit[at]![i]! },
        call: { address: fastExits, abi: fastExitsAbi as Abi, functionName: 'credit', args: [asset, who] },
      })),
      {
        ...{ name: `rewards of ${i}`, expected: rewards.credit[i]! },
        call: { address: diligence, abi: diligenceAbi as Abi, functionName: 'credit', args: [who] },
      },
      {
        ...{ name: `bounties won by ${i}`, expected: bounties.credit[i]! },
        call: { address: drills, abi: drillsAbi as Abi, functionName: 'credit', args: [who] },
      },
    ])
    const members = Array.from({ length: ACTORS }, (_, i) => i).flatMap((i): Check[] => {
      const [who, key] = [people.members[i]!, people.keys[i]!.address]
      const member = registry.members[i]
      const leaving = member && member.leavingAt !== 0n ? member.leavingAt + world.epochStart : 0n
      const whole = of('memberOf', VERIFIER, who)
      return [
        {
          name: `stake of ${i}`,
          expected: member?.stake ?? 0n,
          ...whole,
          pick: ({ stake }: { stake: bigint }) => stake,
        },
        {
          ...{ name: `locks of ${i}`, expected: BigInt(member?.locks ?? 0), ...whole },
          pick: ({ locks }: { locks: bigint }) => locks,
        },
        {
          ...{ name: `end of the unbonding of ${i}`, expected: leaving, ...whole },
          pick: ({ leavingAt }: { leavingAt: number }) => BigInt(leavingAt),
        },
        {
          name: `tokens of ${i}`,
          expected: registry.tokenStakes[i]!,
          ...of('tokenStakeOf', VERIFIER, who, world.token),
        },
        {
          name: `weight of ${i}`,
          expected: registry.weightAt(i, epoch),
          ...of('weightAt', VERIFIER, key, epoch),
        },
      ]
    })
    return [...credits, ...members]
  }

  #certificates(which: Iterable<number>): Check[] {
    const { world } = this.contracts
    const exits = (functionName: string, ...args: unknown[]) => ({
      call: { address: world.addresses.fastExits, abi: fastExitsAbi as Abi, functionName, args },
    })
    return [...which].flatMap((b): Check[] => {
      const [it, id] = [this.books.certificates[b], this.contracts.posted[b]?.id]
      if (!it || !id) return []
      const assets = [zeroAddress, world.token].flatMap((asset, at): Check[] => [
        { name: `fees ${at} of certificate ${b}`, expected: it.fees[at]!, ...exits('feesOf', id, asset) },
        {
          name: `reserved ${at} of certificate ${b}`,
          expected: it.reserved[at]!,
          ...exits('reservedOf', id, asset),
        },
      ])
      const pick = ({ status }: { status: number }) => BigInt(status)
      return [
        ...assets,
        {
          name: `status of certificate ${b}`,
          expected: statuses[it.status],
          ...exits('certificateOf', id),
          pick,
        },
      ]
    })
  }

  /** What is left of a drill, and how far it is. */
  #drills(which: Iterable<number>): Check[] {
    const { world, drilling } = this.contracts
    const time = (at: bigint) => (at === 0n ? 0n : at + world.epochStart)
    return [...which].flatMap((b): Check[] => {
      const [it, known] = [this.books.drills.all[b], drilling.drills[b]]
      if (!it || !known) return []
      const call = {
        ...{ address: world.addresses.drills, abi: drillsAbi as Abi },
        ...{ functionName: 'drillOf', args: [known.commitment] },
      }
      const of = (
        name: string,
        expected: bigint,
        pick: (drill: Record<string, bigint>) => bigint,
      ): Check => ({
        ...{ name: `${name} of drill ${b}`, expected, call, pick },
      })
      return [
        of('the bounty', it.bounty, (drill) => drill.bounty!),
        of('the last time to reveal', time(it.expiresAt), (drill) => drill.expiresAt!),
        of('the time of the reveal', time(it.revealedAt), (drill) => drill.revealedAt!),
        of('the last time for alarms', time(it.closesAt), (drill) => drill.closesAt!),
        of('the best alarm', BigInt(it.best), (drill) => drill.best!),
      ]
    })
  }

  /** The pot of an epoch, and what became of its check-ins. */
  #epochs(which: Iterable<number>): Check[] {
    const { diligence } = this.books
    const of = (functionName: string, ...args: unknown[]) => ({
      call: {
        ...{ address: this.contracts.world.addresses.diligence, abi: diligenceAbi as Abi },
        ...{ functionName, args },
      },
    })
    return [...which].flatMap((b): Check[] => {
      const epoch = BigInt(b)
      const { revealUntil, closed, checkIns: told, absent } = diligence.epochOf(epoch)
      const end = revealUntil === 0n ? 0n : revealUntil + this.contracts.world.epochStart
      const whole = of('epochOf', epoch)
      const members = people.members.flatMap((who, i): Check[] => {
        const mine = told.get(i)
        const status = mine ? checkIns[mine.status] : absent.has(i) ? checkIns.missed : 0n
        const it = of('checkInOf', epoch, who)
        return [
          {
            ...{ name: `status of ${i} in epoch ${b}`, expected: status, ...it },
            pick: ({ status: found }: { status: number }) => BigInt(found),
          },
          {
            ...{ name: `batches of ${i} in epoch ${b}`, expected: BigInt(mine?.count ?? 0), ...it },
            pick: ({ count }: { count: number }) => BigInt(count),
          },
        ]
      })
      return [
        { name: `pot of epoch ${b}`, expected: diligence.potOf(epoch), ...of('potOf', epoch) },
        {
          ...{ name: `last time to answer for epoch ${b}`, expected: end, ...whole },
          pick: (it: { revealUntil: bigint }) => it.revealUntil,
        },
        {
          ...{ name: `whether epoch ${b} is closed`, expected: closed ? 1n : 0n, ...whole },
          pick: (it: { closed: boolean }) => (it.closed ? 1n : 0n),
        },
        ...members,
      ]
    })
  }
}

/** Where the sums of the model have what contracts hold. */
const heldAt = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 17, 18, 19, 20, 23, 24, 25, 26, 27, 30]
