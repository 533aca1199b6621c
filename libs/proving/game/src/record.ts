import { Game } from './game.js'
import type { Hash, Hashing } from './hashing.js'
import type { Action, Edge, GameParameters, GameWorld, Outcome } from './state.js'

/** What an action did to one edge: what L1 must show after it. Times in seconds, `'infinite'` for what is proven. */
export interface RecordedEdge {
  readonly id: Hash
  readonly level: number
  readonly height: number
  readonly position: number
  readonly root: Hash
  readonly mutual: Hash
  readonly left: Hash | undefined
  readonly leftHeight: number
  readonly top: Hash
  readonly refines: Hash | undefined
  readonly lower: Hash | undefined
  readonly upper: Hash | undefined
  readonly proven: boolean
  /** T as cached on L1. */
  readonly time: number | 'infinite'
  readonly stake: string
}

/** One action with all that L1 must agree about after it. Wei as decimal strings. */
export interface RecordedStep {
  readonly time: number
  readonly action: Action
  readonly outcome: Outcome
  /** Edges that it made or changed. */
  readonly edges: readonly RecordedEdge[]
  /** Mutuals whose winner it set: mutual and edge. */
  readonly winners: readonly (readonly [Hash, Hash])[]
  /** Steps that the prover was asked for: before and after. */
  readonly proofs: readonly { readonly before: Hash; readonly after: Hash }[]
  readonly ledger: {
    readonly received: string
    readonly held: string
    readonly pots: string
    readonly burned: string
    readonly paidOut: string
    readonly credits: Readonly<Record<string, string>>
  }
}

function recordedEdge({ time, ...edge }: Edge): RecordedEdge {
  const { id, level, height, position, root, mutual, left, leftHeight, top, refines } = edge
  const { lower, upper, proven, stake } = edge
  return {
    ...{ id, level, height, position, root, mutual, left, leftHeight, top, refines },
    ...{ lower, upper, proven, stake },
    time: time === Infinity ? 'infinite' : time,
  }
}

/** A run, to be played again on L1. */
export interface Recording {
  readonly parameters: GameParameters
  readonly batches: Readonly<Record<number, { readonly acc: Hash; readonly lastBlock: number }>>
  readonly steps: readonly RecordedStep[]
}

/** Plays actions at their times, and writes down what comes of each. */
export class Recorder {
  readonly game: Game
  private readonly steps: RecordedStep[] = []
  private readonly batches: Record<number, { acc: Hash; lastBlock: number }> = {}
  private proofs: { before: Hash; after: Hash }[] = []

  constructor(parameters: GameParameters, hashing: Hashing, world: GameWorld) {
    this.game = new Game(parameters, hashing, {
      batch: (index) => {
        const batch = world.batch(index)
        if (batch !== undefined) this.batches[index] = batch
        return batch
      },
      step: (before, place) => {
        const after = world.step(before, place)
        this.proofs.push({ before, after })
        return after
      },
    })
  }

  act(action: Action): Outcome {
    const { game } = this
    const [edges, mutuals] = [new Map(game.edges), new Map(game.mutuals)]
    this.proofs = []
    const outcome = game.act(action)
    const { received, held, pots, burned, paidOut, credits } = game.ledger
    this.steps.push({
      time: game.now,
      action,
      outcome,
      edges: [...game.edges.values()].filter((edge) => edges.get(edge.id) !== edge).map(recordedEdge),
      winners: [...game.mutuals]
        .filter(([id, { winner }]) => winner !== undefined && mutuals.get(id)?.winner === undefined)
        .map(([id, { winner }]) => [id, winner!] as const),
      proofs: this.proofs,
      ledger: {
        received: `${received}`,
        held: `${held}`,
        pots: `${pots}`,
        burned: `${burned}`,
        paidOut: `${paidOut}`,
        credits: Object.fromEntries([...credits].map(([account, amount]) => [account, `${amount}`])),
      },
    })
    return outcome
  }

  recording(): Recording {
    return { parameters: this.game.parameters, batches: this.batches, steps: this.steps }
  }
}

/** Plays a run from its beginning and records it. @throws what an action throws. */
export function record(
  parameters: GameParameters,
  hashing: Hashing,
  world: GameWorld,
  run: readonly { readonly time: number; readonly action: Action }[],
): Recording {
  const recorder = new Recorder(parameters, hashing, world)
  for (const { time, action } of run) {
    recorder.game.now = time
    recorder.act(action)
  }
  return recorder.recording()
}

/** JSON of a recording: amounts as decimal strings. */
export const recordingJson = (recording: Recording): string =>
  JSON.stringify(recording, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value), 1)
