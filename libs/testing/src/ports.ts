import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { BaseError } from '@animechain/core'

/**
 * Where free ports are looked for. Systems take the ports of outgoing connections from 32,768 (Linux) or 49,152 on: one from there is lost to the first
 * such connection before the program that it is meant for has started.
 */
const FIRST_PORT = 20_000
const LAST_PORT = 32_767
const ATTEMPTS = 100
/** The last ports that were given out: until whoever asked for one listens there, it looks free. */
const given = new Set<number>()
const GIVEN_KEPT = 1_000

/** Whether nothing listens on a port of loopback. */
export const isPortFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/**
 * A free port on loopback, another one each time. Another process may take it before it is used.
 *
 * @throws {BaseError} `NO_FREE_PORT`
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1)
    if (given.has(port)) continue
    given.add(port)
    if (!(await isPortFree(port))) continue
    if (given.size > GIVEN_KEPT) given.delete(given.values().next().value!)
    return port
  }
  throw new BaseError('There is no free port on 127.0.0.1.', {
    code: 'NO_FREE_PORT',
    metaMessages: [`Expected one from ${FIRST_PORT} to ${LAST_PORT}.`],
  })
}
