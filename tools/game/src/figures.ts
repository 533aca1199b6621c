import { Game, symbolicHashing } from '@animechain/proving-game'
import { HONEST, Match, type Setting } from './match.js'
import { largeSetting, playWith, type Played, type Temper } from './play.js'

/** What the honest player needs against so many liars. */
export interface Figure {
  readonly claims: number
  readonly edges: number
  /** In wei: at one time, and as multiples of b0, b1, b2. */
  readonly staked: bigint
  readonly stakes: readonly [number, number, number]
  readonly moves: Readonly<Record<string, number>>
  readonly earned: bigint
  /** Acceptance beyond P, as a part of P. */
  readonly delay: number
}

/**
 * Junk claims that are each played to the last step as fast as can be. `made` says who bisects what junk and right claims share: the honest player, or the liars
 * before it comes, so that it plays in trees that are not its own.
 */
export function figure(claims: number, made: 'by the honest player' | 'by liars', seed = 1): Figure {
  const base = largeSetting()
  // Every block has an output of its own, so that the claims part from the right one at as many places.
  const setting: Setting = { ...base, shape: { ...base.shape, blocks: 8_000 } }
  const temper: Temper = {
    claims,
    accounts: claims,
    sybils: 0,
    absence: made === 'by liars' ? 8 * 3_600 : 0,
    hurry: 1,
    late: false,
    copying: 0,
    copied: made === 'by liars',
    children: 0,
    edges: Infinity,
  }
  const match = Match.begin(setting, symbolicHashing(), Game)
  return describe(playWith(match, seed, temper), match)
}

function describe(played: Played, match: Match): Figure {
  const roots = [...match.game.edges.values()].filter(({ id, top, maker }) => id === top && maker === HONEST)
  const staked = (level: number) =>
    roots.filter((edge) => edge.level === level && edge.stake !== 'none').length
  const moves = [...match.moves].filter(([name]) => name.startsWith(HONEST))
  return {
    claims: played.temper.claims,
    edges: played.edges,
    staked: played.staked,
    stakes: [staked(0), staked(1), staked(2)],
    moves: Object.fromEntries(moves.map(([name, times]) => [name.slice(HONEST.length + 1), times])),
    earned: played.earned,
    delay: played.delay / match.setting.parameters.period,
  }
}
