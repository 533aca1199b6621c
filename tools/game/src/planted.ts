import {
  Game,
  type Edge,
  type GameParameters,
  type Hash,
  type Mutual,
  type Outcome,
} from '@animechain/proving-game'
import type { Rules } from './match.js'

/** Rules with a bug, each of a kind that a dispute game once had or that this one's rules are there to prevent. The checks must find every one. */
export const planted: Readonly<Record<string, Rules>> = {
  'a refinement tells its timer to the rivals of what it refines': class extends Game {
    protected override toldBy(edge: Edge): readonly Edge[] {
      const refined = super.toldBy(edge)[0]
      return [...this.edges.values()].filter(({ mutual }) => mutual === refined?.mutual)
    }
  },
  'the second edge is no rival yet': class extends Game {
    private readonly two = new Set<Hash>()
    protected override joined(edge: Edge, mutual: Mutual | undefined): Mutual {
      const joined = super.joined(edge, mutual)
      if (mutual === undefined || this.two.has(edge.mutual)) return joined
      this.two.add(edge.mutual)
      return mutual
    }
  },
  'a later edge has time of its own': class extends Game {
    protected override ownTime(edge: Edge): number {
      const { firstAt, secondAt } = this.mutual(edge.mutual)!
      return (secondAt ?? this.now) - firstAt
    }
  },
  'a rival does not stop the clock': class extends Game {
    protected override ownTime(edge: Edge): number {
      const { first, firstAt } = this.mutual(edge.mutual)!
      return first === edge.id ? this.now - firstAt : 0
    }
  },
  'the greater timer of two children counts': class extends Game {
    protected override freshTime(edge: Edge): number {
      if (edge.lower === undefined || edge.proven) return super.freshTime(edge)
      const [lower, upper] = [this.edge(edge.lower)!, this.edge(edge.upper!)!]
      return this.ownTime(edge) + Math.max(this.knownTime(lower), this.knownTime(upper))
    }
  },
  'a stake is free at the decision': class extends Game {
    protected override mayTakeBack(edge: Edge): boolean {
      const { decidedAt } = this.tournament(edge.tournament)!
      return super.mayTakeBack(edge) || (edge.level > 0 && decidedAt !== undefined)
    }
  },
  'a stake is free at any time': class extends Game {
    protected override mayTakeBack(edge: Edge): boolean {
      return super.mayTakeBack(edge) || edge.level > 0
    }
  },
  'a bond is given back while what it backs is open': class extends Game {
    protected override mayTakeBack(edge: Edge): boolean {
      return super.mayTakeBack({ ...edge, unconfirmed: 0 })
    }
  },
  'any path is rewarded': class extends Game {
    protected override followsOnWinningSide(): boolean {
      return true
    }
  },
  'a refinement that lost is rewarded': class extends Game {
    protected override followsOnWinningSide(above: Edge, edge: Edge): boolean {
      return super.followsOnWinningSide(above, edge) || edge.refines === above.id
    }
  },
  'a proof that nobody needed is rewarded': class extends Game {
    protected override provePays(edge: Edge): boolean {
      return edge.proven
    }
  },
  'free for whoever has an assertion in the tournament': class extends Game {
    protected override isFreeFor(edge: Edge, account: string): boolean {
      return (
        super.isFreeFor(edge, account) ||
        this.assertions(edge.tournament).some(({ asserter }) => asserter === account)
      )
    }
  },
  'whoever is not refuted can be slashed': class extends Game {
    protected override isRefuted(edge: Edge): boolean {
      return this.mutual(edge.mutual)!.winner !== edge.id
    }
  },
  'the last leaf is not bound to what is refined': class extends Game {
    protected override endsWith(root: Hash, last: Hash, siblings: readonly Hash[], height: number): boolean {
      return siblings.length === height || super.endsWith(root, last, siblings, height)
    }
  },
  'a lost bond goes to the pot whole': class extends Game {
    protected override lose(edge: Edge, inVain: boolean): void {
      const { burned } = this.ledger
      super.lose(edge, inVain)
      const back = this.ledger.burned - burned
      const tournament = this.tournament(edge.tournament)!
      this.ledger.burned = burned
      this.ledger.pots += back
      this.tournaments.set(tournament.id, { ...tournament, pot: tournament.pot + back })
    }
  },
  'a stake for a move that was made is kept': class extends Game {
    protected override sendBack(_: string, value: bigint): Outcome {
      this.receive(value)
      return { status: 'nothing' }
    }
  },
}

/** Parameters with bonds that pay for less than they must: the draft that charged a refinement to the level below. */
export function underfunded(parameters: GameParameters): GameParameters {
  const { heights, rewards } = parameters
  const path = (level: number, more: bigint) => BigInt(heights[level]!) * rewards.bisect + more
  const least = (amount: bigint) => (amount * 5n + 3n) / 4n
  return {
    ...parameters,
    bonds: [
      least(path(0, rewards.assert)),
      least(path(1, rewards.refine)),
      least(path(2, rewards.refine + rewards.prove)),
    ],
  }
}
