import { disputeGameFactoryAbi } from '@animechain/contracts/DisputeGameFactory'
import type { Address, Hash } from '@animechain/core'
import { keccakHashing, type Game, type Action, type Hashing, type Outcome } from '@animechain/proving-game'
import {
  concatHex,
  encodeAbiParameters,
  encodeFunctionData,
  getCreate2Address,
  zeroAddress,
  type Hex,
} from 'viem'
import { Chain } from '../chain.js'
import { addressOf, type Arena } from './arena.js'

/** A machine's state, as `prove` is shown it. */
export interface OpenState {
  readonly status: number
  readonly pc: number
  readonly sp: number
  readonly fp: number
  readonly pages: number
  readonly codeRoot: Hash
  readonly ramRoot: Hash
  readonly inputs: Hash
  readonly output: Hash
}

export const ZERO: Hash = `0x${'0'.repeat(64)}`

const STATE_TAG = 'animechain state 1'

/** keccak256 that remembers the states that it hashed, and knows the contracts of assertions. */
export class OpenHashing implements Hashing {
  readonly states = new Map<Hash, OpenState>()
  /** Contracts of assertions, by their root edges. */
  readonly games = new Map<Hash, Address>()
  readonly #keccak = keccakHashing()

  hash(...words: (Hash | number | string)[]): Hash {
    // On L1 a tournament is named by the contract of the parent.
    if (words[0] === 'animechain tournament 1') {
      const [tag, type, parent, ...rest] = words as [string, number, Hash, number, number]
      return this.#keccak.hash(tag, type, this.games.get(parent) ?? parent, ...rest)
    }
    const hash = this.#keccak.hash(...words)
    if (words[0] === STATE_TAG) {
      const [, status, pc, sp, fp, pages, codeRoot, ramRoot, inputs, output] = words as [
        string,
        ...[number, number, number, number, number],
        ...[Hash, Hash, Hash, Hash],
      ]
      this.states.set(hash, { status, pc, sp, fp, pages, codeRoot, ramRoot, inputs, output })
    }
    return hash
  }
}

/** A chain with the inbox's batches, in which each name is a state that can be opened. */
export class OpenChain extends Chain {
  batches: Arena['batches'] = []

  override name(kind: string, ...parts: (number | Hash)[]): Hash {
    const { pages, codeRoot } = this.parameters.program
    const ramRoot = super.name(kind, ...parts)
    return this.hashing.hash(STATE_TAG, 0, 0, 0, 0, pages, codeRoot, ramRoot, ZERO, ZERO)
  }

  override batch(index: number): { acc: Hash; lastBlock: number } | undefined {
    return this.batches[index]
  }
}

type Assert = Extract<Action, { type: 'assert' }>

/** `IDisputeGame.extraData` of the claim that an action makes, whether it can be made or not. */
function extraDataOf(game: Game, { parent, root }: Assert): Hex {
  const hashing = game.hashing as OpenHashing
  const claim = parent === undefined ? undefined : game.claims.get(parent)
  const index =
    (claim === undefined ? -1 : game.tournament(claim.tournament)!.batchIndex) + game.parameters.interval
  const batch = game.world.batch(index) ?? { acc: ZERO, lastBlock: 0 }
  const address =
    parent === undefined ? zeroAddress : (hashing.games.get(parent) ?? (`0x${parent.slice(-40)}` as Address))
  return encodeAbiParameters(
    [{ type: 'uint256' }, { type: 'uint256' }, { type: 'bytes32' }, { type: 'address' }, { type: 'bytes32' }],
    [BigInt(batch.lastBlock), BigInt(index), batch.acc, address, root],
  )
}

/** The call that makes a claim. */
export function createCall(game: Game, action: Assert): Hex {
  const args = [
    game.parameters.gameType,
    action.output,
    concatHex([extraDataOf(game, action), ...action.siblings]),
  ] as const
  return encodeFunctionData({ abi: disputeGameFactoryAbi, functionName: 'create', args })
}

/** Where the factory makes the claim: the address follows from its content (ERC-1167 with immutable arguments, CREATE2). */
function gameAddress(arena: Pick<Arena, 'factory' | 'implementation'>, game: Game, action: Assert): Address {
  const content = concatHex([addressOf(action.from), action.output, extraDataOf(game, action)])
  const size = (content.length - 2) / 2 + 45
  const bytecode = concatHex([
    `0x61${size.toString(16).padStart(4, '0')}`,
    '0x3d81600a3d39f3363d3d373d3d3d363d73',
    arena.implementation,
    '0x5af43d82803e903d91602b57fd5bf3',
    content,
  ])
  return getCreate2Address({ from: arena.factory, salt: ZERO, bytecode })
}

/** The rules, as the game calls them when contracts have addresses. */
export const addressed = (
  arena: Pick<Arena, 'factory' | 'implementation'>,
  rules: typeof Game,
): typeof Game =>
  class extends rules {
    override act(action: Action): Outcome {
      const outcome = super.act(action)
      if (action.type === 'assert' && outcome.status === 'done') {
        const { id } = [...this.claims.values()].at(-1)!
        ;(this.hashing as OpenHashing).games.set(id, gameAddress(arena, this, action))
      }
      return outcome
    }
  }
