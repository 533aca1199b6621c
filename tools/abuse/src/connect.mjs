// Raw connections, requests and WebSockets for attacks. Everything may fail: that is what the node is there for.
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { WebSocket } from 'ws'

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
export const ask = (method, params = [], id = 1) => JSON.stringify({ jsonrpc: '2.0', id, method, params })
export const head = (length) =>
  `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`

/** A connection, or undefined when it cannot be had. */
export function tcp({ port, from }) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', ...(from ? { localAddress: from } : {}) })
    socket.on('error', () => resolve(undefined))
    socket.once('connect', () => resolve(socket))
    setTimeout(() => resolve(undefined), 3_000).unref()
  })
}

/** A WebSocket, or undefined. */
export function webSocket({ port, from }) {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, from ? { localAddress: from } : {})
    socket.on('error', () => resolve(undefined))
    socket.once('open', () => resolve(socket))
    setTimeout(() => resolve(undefined), 3_000).unref()
  })
}

/** Of an attacker's requests: what it has under way is bounded by the attack. */
const agent = new Agent({ keepAlive: true })

/** One request; its parsed answer, or undefined. */
export function post({ port, from, signal }, body) {
  return new Promise((resolve) => {
    const request = httpRequest(
      {
        port,
        host: '127.0.0.1',
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        ...(from && { localAddress: from }),
        ...(signal && { signal }),
      },
      (response) => {
        const parts = []
        response.on('data', (data) => parts.push(data))
        response.on('error', () => resolve(undefined))
        response.on('end', () => {
          try {
            resolve(JSON.parse(Buffer.concat(parts)))
          } catch {
            resolve(undefined)
          }
        })
        response.on('close', () => resolve(undefined))
      },
    )
    request.on('error', () => resolve(undefined))
    request.end(body)
  })
}

/**
 * Keeps `count` of something open until the time is over; what is lost is opened again, at most `perSecond` at an even pace, and many at once, so that
 * an opening that takes long holds no other up.
 */
export async function keepOpen({ until, count, perSecond, open, isOpen }) {
  let held = []
  let opened = 0
  let opening = 0
  let due = 0
  let last = Date.now()
  while (Date.now() < until) {
    held = held.filter(isOpen)
    // What could not be begun in time is not made up for.
    due = Math.min(due + ((Date.now() - last) / 1_000) * perSecond, perSecond / 2)
    last = Date.now()
    const now = Math.floor(Math.min(due, count - held.length - opening))
    for (let i = 0; i < now; i++) {
      due--
      opening++
      void open(opened)
        .then((one) => {
          if (one) {
            held.push(one)
            opened++
          }
        })
        .finally(() => opening--)
    }
    await sleep(50)
  }
  return { opened, held: held.filter(isOpen).length }
}
