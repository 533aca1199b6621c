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

/** Whether an attack goes on: until its time is over and, on a machine that was too slow for it, until it has done what it claims. */
export const goesOn = ({ until, latest }, enough) => Date.now() < until || (!enough && Date.now() < latest)

/** Counts of texts, for what came back. */
export function tally() {
  const counts = {}
  return {
    counts,
    add(text) {
      // Numbers differ, what is said does not; and there is a bound on how much is kept.
      const key = String(text)
        .replaceAll(/\d{4,}/g, '…')
        .slice(0, 120)
      if (key in counts || Object.keys(counts).length < 20) counts[key] = (counts[key] ?? 0) + 1
    },
  }
}

/** One request; its parsed answer, or undefined. */
export async function post(target, body) {
  try {
    return JSON.parse(await exchange(target, body))
  } catch {
    return undefined
  }
}

/** Bytes of an answer that are looked at. */
const SEEN_BYTES = 1_000

/** One request: whether there was a result, the bytes of the answer, and what was said instead of one. Long answers are not kept. */
export async function outcome(target, body) {
  let bytes = 0
  let text = ''
  try {
    await exchange(target, body, (data) => {
      bytes += data.length
      if (text.length < SEEN_BYTES) text += data.toString('latin1', 0, SEEN_BYTES)
    })
  } catch (error) {
    return { result: false, bytes, said: error.code ?? error.message }
  }
  if (/^\s*(\[|\{"jsonrpc":"2.0","id":[^,]*,"result":)/.test(text)) return { result: true, bytes }
  return { result: false, bytes, said: /"message":"([^"]*)"/.exec(text)?.[1] ?? text.trim() }
}

/** Sends one request; the bytes of the answer, unless somebody else takes them. @throws Error when none came */
function exchange({ port, from, signal }, body, take) {
  return new Promise((resolve, reject) => {
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
        response.on('data', take ?? ((data) => parts.push(data)))
        response.on('error', reject)
        response.on('end', () => resolve(Buffer.concat(parts)))
        response.on('close', () => reject(new Error('the answer was cut off')))
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

/**
 * Keeps `count` of something open until the time is over; what is lost is opened again, at most `perSecond` at an even pace, and many at once, so that
 * an opening that takes long holds no other up. Once `least` were opened, `keep` of them are held.
 */
export async function keepOpen({
  until,
  latest,
  count,
  least = count,
  keep = count,
  enough = () => true,
  perSecond,
  open,
  isOpen,
}) {
  let held = []
  let opened = 0
  let opening = 0
  let due = 0
  let last = Date.now()
  while (goesOn({ until, latest }, opened >= least && enough())) {
    held = held.filter(isOpen)
    // What could not be begun in time is not made up for.
    due = Math.min(due + ((Date.now() - last) / 1_000) * perSecond, perSecond / 2)
    last = Date.now()
    const now = Math.floor(Math.min(due, (opened >= least ? keep : count) - held.length - opening))
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
