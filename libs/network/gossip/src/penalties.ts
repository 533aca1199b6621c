/** What a peer did, in points. A hundred are the graylist. */
export const penaltyPoints = {
  /** a message that no honest node forwards */
  rejected: 12,
  /** a frame that is none of the protocol */
  malformed: 30,
  /** a message beyond four times the rate, for which a peer is no longer merely fast */
  flooding: 0.2,
  /** bytes that are not what was asked for */
  wrongPayload: 60,
} as const

/** What a peer can be blamed for. */
export type Offence = keyof typeof penaltyPoints

/** How blame becomes a place on the graylist, and ends. */
export interface PenaltyOptions {
  /** points from which on a peer is graylisted; default 100 */
  graylistAt?: number
  /** milliseconds in which half of the points are forgotten; default 60,000 */
  halfLifeMs?: number
  /** milliseconds that a peer stays on the graylist; default 600,000 */
  graylistMs?: number
  /** peers that are remembered, those that offended longest ago are forgotten first; default 4,096 */
  most?: number
}

/** Blame by peer. Pure: time is given. */
export interface Penalties {
  /** @returns whether the peer is graylisted by this */
  add(peer: string, offence: Offence, now: number, times?: number): boolean
  /** points that are not forgotten yet, at least 0 */
  points(peer: string, now: number): number
  isGraylisted(peer: string, now: number): boolean
  /** graylisted peers now */
  count(now: number): number
  readonly size: number
}

/** Nobody is blamed for anything yet. */
export function penalties({
  graylistAt = 100,
  halfLifeMs = 60_000,
  graylistMs = 600_000,
  most = 4_096,
}: PenaltyOptions = {}): Penalties {
  const peers = new Map<string, { points: number; at: number; until: number }>()
  const left = (peer: string, now: number) => {
    const known = peers.get(peer)
    return known ? known.points * 0.5 ** (Math.max(0, now - known.at) / halfLifeMs) : 0
  }
  const isGraylisted = (peer: string, now: number) => (peers.get(peer)?.until ?? 0) > now
  return {
    add(peer, offence, now, times = 1) {
      const wasGraylisted = isGraylisted(peer, now)
      const points = Math.min(left(peer, now) + penaltyPoints[offence] * times, 2 * graylistAt)
      const until = points >= graylistAt ? now + graylistMs : (peers.get(peer)?.until ?? 0)
      peers.delete(peer)
      peers.set(peer, { points, at: now, until })
      if (peers.size > most) peers.delete(peers.keys().next().value!)
      return !wasGraylisted && until > now
    },
    points: left,
    isGraylisted,
    count: (now) => {
      let count = 0
      for (const { until } of peers.values()) if (until > now) count++
      return count
    },
    get size() {
      return peers.size
    },
  }
}
