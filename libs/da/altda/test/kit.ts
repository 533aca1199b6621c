import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { altDaServer, memoryStore, type AltDaServer, type AltDaServerOptions } from '../src/index.js'

const started: { stop(): Promise<void> }[] = []

/** Ends what was started since the last call. */
export async function stopAll(): Promise<void> {
  for (const each of started.splice(0).reverse()) await each.stop()
}

/** A real server on loopback. */
export async function server(options: Partial<AltDaServerOptions> = {}): Promise<AltDaServer> {
  const made = altDaServer({
    store: memoryStore(),
    port: 0,
    rate: { perSecond: 10_000, burst: 10_000 },
    ...options,
  })
  await made.start()
  started.push(made)
  return made
}

/** A server of somebody else, which answers what it likes. Gives its URL. */
export async function otherServer(
  answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void,
): Promise<string> {
  const other = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => answer(request, response, Buffer.concat(chunks)))
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  started.push({
    stop: () =>
      new Promise((resolve) => {
        other.close(() => resolve())
        other.closeAllConnections()
      }),
  })
  return `http://127.0.0.1:${(other.address() as AddressInfo).port}`
}

export const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + 7) & 0xff)
