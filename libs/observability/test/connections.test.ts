import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { afterAll, expect, test } from '@jest/globals'
import { boundConnections } from '../src/connections.js'

const server = createServer((socket) => socket.on('error', () => undefined))
boundConnections(server, 2)
afterAll(() => void server.close())

test('the oldest connection gives way to a new one', async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const open = async () => {
    const arrived = once(server, 'connection')
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    await Promise.all([once(socket, 'connect'), arrived])
    return socket
  }
  const [first, second] = [await open(), await open()]
  const closed = once(first, 'close')
  const third = await open()
  await closed
  expect([first, second, third].map((socket) => socket.destroyed)).toEqual([true, false, false])
  const end = once(second, 'close')
  second.destroy()
  await end
  third.destroy()
}, 30_000)
