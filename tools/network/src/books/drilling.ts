import { drillsAbi } from '@animechain/contracts/Drills'
import { keccak256Hex, type Address, type Hash, type Hex } from '@animechain/core'
import { withdrawalOutput } from '@animechain/testing'
import {
  encodeAbiParameters,
  encodeFunctionData,
  hexToBytes,
  parseAbiParameters,
  toHex,
  zeroAddress,
} from 'viem'
import { withdrawalsOf, type Action } from './actions.js'
import { people, type World } from './chain.js'
import type { Asserted } from './duties.js'
import { withdrawalsAt } from './withdrawals.js'

/** What drills need of the chain that they are about. */
export interface DrilledClaims {
  readonly claims: readonly (Asserted & { rival?: { game: Address } })[]
  /** Accumulator of a batch, which is appended where it is not there. */
  batch(number: number, at: bigint): Promise<Hash>
}

/** The root that the rival of a claim has. */
export const rivalRoot = (claim: number): Hash => `0x${(claim + 1).toString(16).padStart(64, 'f')}`
const WRONG: Hash = `0x${'22'.repeat(32)}`
const SALT: Hash = toHex(7, { size: 32 })

const hash = (data: Hex): Hash => keccak256Hex(hexToBytes(data))
const drill = parseAbiParameters('address, bytes32, uint256, bytes32, bytes32')
const alarm = parseAbiParameters('address, address, bytes32, bytes32')
const encode = (functionName: string, args: readonly unknown[]): Hex =>
  encodeFunctionData({ abi: drillsAbi, functionName, args } as never)

/** Does actions on Drills. */
export class Drilling {
  readonly drills: { commitment: Hash; salt: Hash; claim: number }[] = []

  constructor(
    readonly world: World,
    readonly chain: DrilledClaims,
  ) {}

  /** Whether the contract allowed it. */
  async act({ kind, a, b, amount }: Action, at: bigint): Promise<boolean> {
    const member = people.members[a]!
    const call = (functionName: string, args: readonly unknown[], from = people.finder) =>
      this.world.send(at, from, this.world.addresses.drills, encode(functionName, args))
    if (kind === 'commitDrill') return this.#commit(member, amount, at)
    if (kind === 'claimBounty') return call('claimCredit', [member], member)
    if (kind === 'revealDrill' || kind === 'expireDrill') {
      const it = this.drills[b]
      if (!it) return false
      if (kind === 'expireDrill') return call('expireDrill', [it.commitment])
      const claim = this.chain.claims[it.claim]
      const games = [claim?.body.game ?? zeroAddress, claim?.rival?.game ?? zeroAddress]
      return call('revealDrill', [it.salt, ...games], member)
    }
    const claim = this.chain.claims[b]
    if (!claim) return false
    const { game } = claim.body
    const derived = amount === 0n ? rivalRoot(b) : WRONG
    switch (kind) {
      case 'commitAlarm':
        return call('commitAlarm', [hash(encodeAbiParameters(alarm, [member, game, derived, SALT]))], member)
      case 'revealAlarm':
        return call('revealAlarm', [game, derived, SALT], member)
      case 'decideDrill':
        return call('decideDrill', [game, claim.winner?.game ?? game])
      default:
        return call('closeDrill', [game])
    }
  }

  /** Commits to a wrong assertion of the next batch: with these withdrawals. */
  async #commit(maker: Address, amount: bigint, at: bigint): Promise<boolean> {
    const [{ addresses, send }, claim] = [this.world, this.chain.claims.length]
    const acc = await this.chain.batch(claim, at)
    const { root } = withdrawalOutput(withdrawalsAt(this.world, claim, withdrawalsOf(amount, claim)), claim)
    const salt = toHex(this.drills.length, { size: 32 })
    const commitment = hash(encodeAbiParameters(drill, [maker, salt, BigInt(claim), acc, root]))
    if (!(await send(at + 1n, maker, addresses.drills, encode('commitDrill', [commitment]), amount)))
      return false
    this.drills.push({ commitment, salt, claim })
    return true
  }
}
