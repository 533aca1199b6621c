import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { challengeTreeAbi } from '@animechain/contracts/ChallengeTree'
import type { Address, Hash } from '@animechain/core'
import {
  inputsHash,
  refinedMutual,
  type Action,
  type Before,
  type Edge,
  type Game,
} from '@animechain/proving-game'
import { encodeFunctionData, type Hex } from 'viem'
import { addressOf, type Arena } from './arena.js'
import { createCall, ZERO, type OpenHashing, type OpenState } from './world.js'

/** A call to a contract. */
export interface Call {
  readonly to: Address
  readonly data: Hex
  /** wei */
  readonly value: bigint
}

type Of<T extends Action['type']> = Extract<Action, { type: T }>

const abi = challengeTreeAbi
const TURN = { lower: 0, upper: 1, refined: 2 } as const

/** A state that is none: shown where nobody knows one. */
const noState: OpenState = {
  ...{ status: 0, pc: 0, sp: 0, fp: 0, pages: 0 },
  ...{ codeRoot: ZERO, ramRoot: ZERO, inputs: ZERO, output: ZERO },
}

/** What the model was told about a step in the last action. */
export interface Oracle {
  asked: { readonly before: Hash; readonly after: Hash } | undefined
}

/** The calls that make the model's actions on L1, wrong ones included. */
export class Calls {
  /** Hash of the inputs that a level begins with, by its mutual: fixed by the first refinement. */
  private readonly inputs = new Map<Hash, Hash>()

  constructor(
    private readonly arena: Arena,
    private readonly game: Game,
    private readonly oracle: Oracle,
  ) {}

  /** The call of the action that the model did or refused last. Undefined: what it says cannot be said on L1. */
  of(action: Action): Call | undefined {
    const onTree = (data: Hex, value = 0n): Call => ({ to: this.arena.tree, data, value })
    switch (action.type) {
      case 'assert':
        return { to: this.arena.factory, data: createCall(this.game, action), value: action.value }
      case 'bisect': {
        const mutual = this.game.edge(action.edge)?.mutual ?? action.edge
        const args = [mutual, action.left, action.right] as const
        return onTree(encodeFunctionData({ abi, functionName: 'bisect', args }))
      }
      case 'refine':
        return onTree(this.refine(action), action.value)
      case 'prove':
        return onTree(this.prove(action))
      case 'update': {
        const args = [action.edges.map((id) => this.updateOf(id))] as const
        return onTree(encodeFunctionData({ abi, functionName: 'update', args }))
      }
      case 'resolve': {
        const to = (this.game.hashing as OpenHashing).games.get(action.assertion)
        return (
          to && {
            to,
            data: encodeFunctionData({ abi: assertionGameAbi, functionName: 'resolve' }),
            value: 0n,
          }
        )
      }
      case 'slash':
      case 'claimStake': {
        const { mutual, root } = this.nameOf(action.edge)
        return onTree(encodeFunctionData({ abi, functionName: action.type, args: [mutual, root] }))
      }
      case 'reward':
        return this.reward(action, onTree)
      case 'claimCredit':
        return onTree(
          encodeFunctionData({ abi, functionName: 'claimCredit', args: [addressOf(action.account)] }),
        )
      case 'close':
        return onTree(encodeFunctionData({ abi, functionName: 'close', args: [action.tournament] }))
    }
  }

  /** Mutual and root of an edge; of one that is not there, something that names none. */
  private nameOf(id: Hash): { mutual: Hash; root: Hash } {
    return this.game.edge(id) ?? { mutual: id, root: id }
  }

  private updateOf(id: Hash) {
    const { mutual, root } = this.nameOf(id)
    const edge = this.game.edge(id)
    const half = (child: Hash | undefined): Hash => (child === undefined ? ZERO : this.game.edge(child)!.root)
    return { mutual, root, left: half(edge?.lower), right: half(edge?.upper) }
  }

  private refine(action: Of<'refine'>): Hex {
    const edge = this.game.edge(action.edge)
    const halted = edge === undefined ? undefined : this.haltedState(edge, action)
    const args = [
      this.leafOf(action.edge, action.before),
      action.root,
      action.siblings,
      halted ?? noState,
    ] as const
    return encodeFunctionData({ abi, functionName: 'refine', args })
  }

  private haltedState(edge: Edge, { halted, before }: Of<'refine'>): OpenState | undefined {
    if (halted === undefined) return undefined
    const { program, rules } = this.game.parameters
    const { hashing } = this.game
    const { batchAcc, parentBlock, parentOutput } = this.game.tournament(edge.tournament)!
    const mutual = refinedMutual(hashing, edge.mutual)
    const agreed = edge.left === undefined ? parentOutput : (before?.leaf ?? ZERO)
    const shown = inputsHash(hashing, agreed, batchAcc, parentBlock + 1 + edge.position, rules)
    const inputs = this.inputs.get(mutual) ?? shown
    return { ...halted, status: 1, codeRoot: program.codeRoot, inputs, output: edge.root }
  }

  /** Keeps what the first refinement fixed. Call it after an action that the model has done. */
  done(action: Action): void {
    if (action.type !== 'refine') return
    const edge = this.game.edge(action.edge)!
    const mutual = refinedMutual(this.game.hashing, edge.mutual)
    const state = this.haltedState(edge, action)
    if (edge.level === 0 && state && !this.inputs.has(mutual)) this.inputs.set(mutual, state.inputs)
  }

  private prove({ edge, before }: Of<'prove'>): Hex {
    const { states } = this.game.hashing as OpenHashing
    const asked = this.oracle.asked
    const state = asked && states.get(asked.before)
    const args = [this.leafOf(edge, before), state ?? noState, [], asked?.after ?? ZERO] as const
    return encodeFunctionData({ abi, functionName: 'prove', args })
  }

  private leafOf(id: Hash, before: Before | undefined) {
    const edge = this.game.edge(id)
    if (edge === undefined)
      return {
        ...{ level: 0, top: id, position: 0n, lefts: [], root: id, before: ZERO, beforeProof: [] },
      }
    // An edge that is not a leaf is named by its first leaf: there is no such edge.
    const position = edge.position * 2 ** edge.height
    const shown = edge.left === undefined ? undefined : before
    return {
      level: edge.level,
      top: this.game.edge(edge.top)!.mutual,
      position: BigInt(position),
      lefts: this.leftsOf(edge),
      root: edge.root,
      before: shown?.leaf ?? ZERO,
      beforeProof: shown?.siblings ?? [],
    }
  }

  /** Roots of the halves to the left on the way to an edge. */
  private leftsOf(edge: Edge): readonly Hash[] {
    this.learnParents()
    const lefts: Hash[] = []
    for (let at: Edge | undefined = edge; at !== undefined; at = this.parents.get(at.id))
      if (at.position % 2 === 1) lefts.unshift(at.left!)
    return lefts
  }

  /** An edge that each edge is a half of; rivals of it have the same mutual. */
  private readonly parents = new Map<Hash, Edge>()

  private learnParents(): void {
    for (const edge of this.game.edges.values())
      for (const child of [edge.lower, edge.upper])
        if (child !== undefined && !this.parents.has(child)) this.parents.set(child, edge)
  }

  private reward({ path }: Of<'reward'>, onTree: (data: Hex) => Call): Call | undefined {
    const first = path[0] === undefined ? undefined : this.game.edge(path[0])
    if (first === undefined) return undefined
    const { accepted } = this.game.tournament(first.tournament)!
    // On L1 a path begins with the accepted assertion, without a word.
    if (path.length === 1 && accepted !== undefined && accepted !== first.id) return undefined
    const steps = path.slice(1).map((id, i) => this.stepOf(path[i]!, id))
    const args = [first.tournament, steps] as const
    return onTree(encodeFunctionData({ abi, functionName: 'reward', args }))
  }

  private stepOf(aboveId: Hash, id: Hash) {
    const [above, edge] = [this.game.edge(aboveId), this.game.edge(id)]
    if (edge === undefined) return { turn: TURN.lower, left: id, right: id }
    if (edge.refines !== undefined) return { turn: TURN.refined, left: edge.root, right: ZERO }
    const isChild = id === above?.lower || id === above?.upper
    if (!isChild) return { turn: TURN.lower, left: edge.root, right: ZERO }
    const [left, right] = [this.game.edge(above.lower!)!.root, this.game.edge(above.upper!)!.root]
    return { turn: id === above.lower ? TURN.lower : TURN.upper, left, right }
  }
}
