import type { Server } from 'node:net'
import { shares } from '@animechain/core'

/**
 * Bounds the open connections of a server, before it listens: the oldest of the address that has most gives way to a new one, so that nobody can keep the
 * others out.
 *
 * @param most connections at once
 */
export function boundConnections(server: Server, most: number): void {
  const places = shares({ total: most })
  let count = 0
  server.on('connection', (socket) => {
    const age = count++
    const place = places.hold(socket.remoteAddress ?? '', {
      rank: () => age,
      giveWay: () => socket.destroy(),
    })
    place.grow(1)
    socket.once('close', () => place.end())
  })
}
