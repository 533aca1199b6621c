// Raw connections, requests and WebSockets for attacks. Everything may fail: that is what the node is there for.
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

/** One request; its parsed answer, or undefined. */
export async function post({ port, signal }, body) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      ...(signal ? { signal } : {}),
    })
    return JSON.parse(await response.text())
  } catch {
    return undefined
  }
}

/** Keeps `count` of something open until the time is over; what is lost is opened again, at most `perSecond`. */
export async function keepOpen({ until, count, perSecond, open, isOpen }) {
  const held = []
  let opened = 0
  while (Date.now() < until) {
    for (let i = 0; i < perSecond / 10 && Date.now() < until; i++) {
      for (let j = held.length - 1; j >= 0; j--) if (!isOpen(held[j])) held.splice(j, 1)
      if (held.length >= count) break
      const one = await open(opened)
      if (one) {
        held.push(one)
        opened++
      }
    }
    await sleep(100)
  }
  return { opened, held: held.filter(isOpen).length }
}
