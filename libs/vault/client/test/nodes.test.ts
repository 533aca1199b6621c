import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { nodeClient } from '../src/index.js'

const address = `0x${'11'.repeat(20)}` as const
const order = {
  message: { project: `0x${'22'.repeat(32)}`, grant: `0x${'33'.repeat(32)}`, issuedAt: 1n },
  signature: '0x',
} as const

/** A node that answers like this. */
async function withNode(
  listener: RequestListener,
  use: (client: ReturnType<typeof nodeClient>) => Promise<void>,
) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    await use(nodeClient({ address, url: `http://127.0.0.1:${port}` }))
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

describe('a node that closes the connection', () => {
  it('is asked again for what it has, once, and never told twice', async () => {
    let asked = 0
    const cut: RequestListener = ({ socket, method }, response) => {
      asked++
      if (method === 'GET' && asked === 2) response.writeHead(404).end('{}')
      else socket.destroy()
    }
    await withNode(cut, async (client) => {
      const object = `0x${'44'.repeat(32)}` as const
      expect(await client.manifest(object, 0)).toMatchObject({ status: 'refused', http: 404 })
      expect(asked).toBe(2)
      expect(await client.revokeNow(order)).toMatchObject({ status: 'unreachable' })
      expect(asked).toBe(3)
      const gone = await client.manifest(object, 0)
      expect(gone).toMatchObject({ status: 'unreachable' })
      expect((gone as { message: string }).message).toMatch(/^cannot be reached: fetch failed: ./)
      expect(asked).toBe(5)
    })
  })
})
