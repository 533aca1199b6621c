import type { Hash } from '@animechain/core'
import { Game, keccakHashing, type Action, type GameParameters, type Outcome } from '@animechain/proving-game'
import { checkStep, stateHash, type L1Checks } from '@animechain/proving-machine'
import type { GameAccess, MoveResult, PreparedMove } from '../src/index.js'
import type { ToyBatch } from './toyChain.js'

const noL1: L1Checks = { blobValue: () => false, precompile: () => undefined }

/** The model of the game as an L1, with a prover that checks witnesses. */
export function modelL1(parameters: GameParameters, batches: readonly ToyBatch[]) {
  /** Steps that were shown, by the state before. */
  const shown = new Map<Hash, Hash>()
  const game = new Game(parameters, keccakHashing(), {
    batch: (index) => {
      const batch = batches[index]
      return batch && { acc: batch.acc, lastBlock: Number(batch.lastBlock) }
    },
    step: (before) => shown.get(before) ?? '0x00',
  })
  const balances = new Map<string, bigint>()

  function actionOf(from: string, move: PreparedMove): Action {
    switch (move.type) {
      case 'assert':
        return { ...move, from, parent: move.tournament.parent }
      case 'refine': {
        const { type, edge, root, siblings, halted, value, leaf } = move
        return { type, from, edge, root, siblings, halted, before: leaf.before, value }
      }
      case 'prove': {
        const { type, edge, leaf, state, proof, data } = move
        const before = stateHash(state)
        if (leaf.before !== undefined && leaf.before.leaf !== before)
          throw new Error('the witness is of another state')
        shown.set(before, stateHash(checkStep({ state, proof: [...proof], data }, noL1)))
        return { type, from, edge, before: leaf.before }
      }
      case 'claimCredit':
        return { ...move, from, account: from }
      default:
        return { ...move, from } as Action
    }
  }

  function play(from: string, move: PreparedMove): MoveResult {
    const value = 'value' in move ? move.value : 0n
    const balance = balances.get(from) ?? 0n
    if (balance < value) return { status: 'refused', reason: 'balance' }
    const credit = game.credit(from)
    let outcome: Outcome
    try {
      outcome = game.act(actionOf(from, move))
    } catch (error) {
      return { status: 'refused', reason: (error as Error).message }
    }
    if (outcome.status === 'refused') return { status: 'refused', reason: outcome.reason }
    balances.set(from, balance - value + (move.type === 'claimCredit' ? credit : 0n))
    return { status: 'made' }
  }

  return {
    game,
    balances,
    /** The game as an account sees it and plays it. `onMove` may throw: whoever moves is killed then. */
    access(account: string, onMove: (move: PreparedMove) => void = () => {}): GameAccess {
      return {
        account,
        look: async () => ({
          view: game.clone(),
          tournaments: [...game.tournaments.keys()],
          finished: [],
          generation: 0,
          purse: balances.get(account) ?? 0n,
          feePerGas: 1n,
        }),
        async play(moves) {
          return moves.map((move) => {
            onMove(move)
            return play(account, move)
          })
        },
      }
    },
  }
}
