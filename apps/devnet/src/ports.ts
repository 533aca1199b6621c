import { createServer } from 'node:net'
import { BaseError } from '@animechain/core'

/** A free port on loopback. Another process may take it before it is used. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** The port itself, or a free one for 0. @throws {BaseError} `DEVNET_PORT` when it is taken, with the flag that changes it */
export async function takePort(port: number, flag: string): Promise<number> {
  if (port === 0) return freePort()
  const free = await new Promise<boolean>((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
  if (!free)
    throw new BaseError(`Port ${port} on 127.0.0.1 is taken.`, {
      code: 'DEVNET_PORT',
      metaMessages: [
        `Stop what listens there (another devnet?), or choose another port: ${flag} <port>, 0 for any free one.`,
      ],
    })
  return port
}
