import type { Address, Hash, Hex } from '@animechain/core'
import { challengeTreeAbi } from '@animechain/contracts/ChallengeTree'
import { disputeGameFactoryAbi } from '@animechain/contracts/DisputeGameFactory'
import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import type { MachineState } from '@animechain/proving-machine'
import { bytesToHex, concatHex, encodeAbiParameters, encodeFunctionData } from 'viem'
import type { PreparedMove } from '../access.js'
import type { LeafEvidence } from '../knowledge.js'
import { ZERO_WORD } from './words.js'
import type { TreeRecord } from './treeRecord.js'

/** A call to one of the contracts. */
export interface Call {
  to: Address
  data: Hex
  /** wei */
  value: bigint
  /** Whether it can be one of several in a `multicall` of the tree. */
  isBatchable: boolean
  /** Gas that it is sent with at least. An update estimated in the second of the one before has nothing to write yet, and much when it is mined. */
  leastGas?: bigint
}

export interface Contracts {
  tree: Address
  factory: Address
  gameType: number
}

const noState: MachineState = {
  ...{ status: 0, pc: 0, sp: 0, fp: 0, pages: 0 },
  ...{ codeRoot: ZERO_WORD, ramRoot: ZERO_WORD, inputs: ZERO_WORD, output: ZERO_WORD },
}

/** `IDisputeGame.extraData`: what a claim is about. */
const extraData = [
  { type: 'uint256' },
  { type: 'uint256' },
  { type: 'bytes32' },
  { type: 'address' },
  { type: 'bytes32' },
] as const

/** `IChallengeTree.Turn` */
const turn = { lower: 0, upper: 1, refined: 2 } as const

/** The call that makes a move. Edges must be known to the record. */
export function callOf(move: PreparedMove, record: TreeRecord, contracts: Contracts, account: Address): Call {
  const { tree, factory, gameType } = contracts
  const onTree = (data: Hex, value = 0n): Call => ({ to: tree, data, value, isBatchable: true })
  const edge = (id: Hash) => record.edges.get(id)!
  const abi = challengeTreeAbi
  switch (move.type) {
    case 'assert': {
      const { tournament, root, output, siblings, value } = move
      const { lastBlock, batchIndex, batchAcc, parent } = record.claims.get(
        record.tournaments.get(tournament.id)!.claims[0]!,
      )!
      const about = encodeAbiParameters(extraData, [
        BigInt(lastBlock),
        BigInt(batchIndex),
        batchAcc,
        parent,
        root,
      ])
      const args = [gameType, output, concatHex([about, ...siblings])] as const
      const data = encodeFunctionData({ abi: disputeGameFactoryAbi, functionName: 'create', args })
      return { to: factory, data, value, isBatchable: false }
    }
    case 'bisect': {
      const args = [edge(move.edge).mutual, move.left, move.right] as const
      return onTree(encodeFunctionData({ abi, functionName: 'bisect', args }))
    }
    case 'refine': {
      const { leaf, root, siblings, halted, value } = move
      const args = [leafOf(move.edge, leaf, record), root, siblings, halted ?? noState] as const
      return onTree(encodeFunctionData({ abi, functionName: 'refine', args }), value)
    }
    case 'prove': {
      const { leaf, state, proof, data } = move
      const args = [leafOf(move.edge, leaf, record), state, proof, bytesToHex(data)] as const
      return { ...onTree(encodeFunctionData({ abi, functionName: 'prove', args })), isBatchable: false }
    }
    case 'update':
      return onTree(encodeFunctionData({ abi, functionName: 'update', args: [updates(move.edges, record)] }))
    case 'resolve': {
      const { game } = record.claims.get(move.assertion)!
      const data = encodeFunctionData({ abi: assertionGameAbi, functionName: 'resolve' })
      return { to: game, data, value: 0n, isBatchable: false }
    }
    case 'slash':
    case 'claimStake': {
      const { mutual, root } = edge(move.edge)
      return onTree(encodeFunctionData({ abi, functionName: move.type, args: [mutual, root] }))
    }
    case 'reward':
      return onTree(
        encodeFunctionData({
          ...{ abi, functionName: 'reward' },
          args: [edge(move.path[0]!).tournament, steps(move.path, record)],
        }),
      )
    case 'claimCredit':
      return {
        ...onTree(encodeFunctionData({ abi, functionName: 'claimCredit', args: [account] })),
        isBatchable: false,
      }
  }
}

function leafOf(id: Hash, { place, root, lefts, before }: LeafEvidence, record: TreeRecord) {
  const edge = record.edges.get(id)!
  return {
    level: place.level,
    top: record.edges.get(edge.top)!.mutual,
    position: BigInt(place.position),
    lefts,
    root,
    before: before?.leaf ?? ZERO_WORD,
    beforeProof: before?.siblings ?? [],
  }
}

/** Leaves that are refined have their time told by what refines them. */
function updates(ids: readonly Hash[], record: TreeRecord) {
  return ids.flatMap((id) => {
    const { mutual, root, lower, upper, height, level } = record.edges.get(id)!
    if (height === 0 && level < 2) return []
    const left = lower === undefined ? ZERO_WORD : record.edges.get(lower)!.root
    const right = upper === undefined ? ZERO_WORD : record.edges.get(upper)!.root
    return [{ mutual, root, left, right }]
  })
}

function steps(path: readonly Hash[], record: TreeRecord) {
  return path.slice(1).map((id, i) => {
    const above = record.edges.get(path[i]!)!
    const edge = record.edges.get(id)!
    if (edge.refines === above.id) return { turn: turn.refined, left: edge.root, right: ZERO_WORD }
    const [left, right] = [record.edges.get(above.lower!)!.root, record.edges.get(above.upper!)!.root]
    return { turn: id === above.lower ? turn.lower : turn.upper, left, right }
  })
}
