/** One holder's part of something that is bounded. */
export interface Holding {
  readonly amount: number
  /** Takes more, from others if need be; false when there is no more to be had for this holder. */
  grow(by: number): boolean
  /** Gives some back. */
  shrink(by: number): void
  /** Gives all back. May be called again. */
  end(): void
}

/** How something that is held for a client gives way to another client when places run out. */
export interface HoldOptions {
  /** Among the holdings of a client the one with the lowest rank gives way first. */
  rank(): number
  /** Told after everything that was held has been given back. */
  giveWay(): void
}

/** Something bounded, such as bytes or places, that many clients share. */
export interface Shares {
  /** An empty holding for a client, which may have many. Clients are told apart by their names. */
  hold(client: string, options: HoldOptions): Holding
  /** Held by all together. */
  readonly used: number
}

/**
 * Shares out `total`, at most `perClient` to each. Nobody is locked out: when all is taken, the client that holds most gives way to the one that asks,
 * and within a client's own bound its lowest ranking holding does. Only who ranks lowest itself is refused.
 */
export function shares({
  total,
  perClient = total,
}: {
  total: number
  perClient?: number | undefined
}): Shares {
  interface Client {
    used: number
    /** those that hold something */
    holdings: Set<Held>
  }
  interface Held {
    amount: number
    readonly options: HoldOptions
  }
  const clients = new Map<string, Client>()
  let used = 0

  /** Gives back; a client without holdings is forgotten. */
  const give = (name: string, held: Held, by: number) => {
    const given = Math.min(by, held.amount)
    if (given <= 0) return
    const client = clients.get(name)!
    held.amount -= given
    client.used -= given
    used -= given
    if (held.amount === 0) client.holdings.delete(held)
    if (client.holdings.size === 0) clients.delete(name)
  }
  /** The client that would hold most if `asking` got `by` more. */
  const greediest = (asking: string, by: number): string => {
    let found = asking
    let most = (clients.get(asking)?.used ?? 0) + by
    for (const [name, client] of clients) if (client.used > most) [found, most] = [name, client.used]
    return found
  }
  const lowest = (name: string): Held | undefined => {
    let found: Held | undefined
    let least = Infinity
    for (const held of clients.get(name)?.holdings ?? []) {
      const rank = held.options.rank()
      if (rank < least) [found, least] = [held, rank]
    }
    return found
  }
  const grow = (name: string, held: Held, by: number): boolean => {
    if (held.amount + by > Math.min(total, perClient)) return false
    for (;;) {
      const within = (clients.get(name)?.used ?? 0) + by <= perClient
      if (within && used + by <= total) break
      const from = within ? greediest(name, by) : name
      const found = lowest(from)
      if (found === undefined || found === held) return false
      give(from, found, found.amount)
      found.options.giveWay()
    }
    let client = clients.get(name)
    if (client === undefined) clients.set(name, (client = { used: 0, holdings: new Set() }))
    client.holdings.add(held)
    held.amount += by
    client.used += by
    used += by
    return true
  }

  return {
    get used() {
      return used
    },
    hold(name, options) {
      const held: Held = { amount: 0, options }
      return {
        get amount() {
          return held.amount
        },
        grow: (by) => by <= 0 || grow(name, held, by),
        shrink: (by) => give(name, held, by),
        end: () => give(name, held, held.amount),
      }
    },
  }
}
