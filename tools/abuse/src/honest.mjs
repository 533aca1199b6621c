// An honest client: cheap requests on kept and on new connections, a WebSocket that hears of blocks, a filter that it polls, a payment every second.
import { Agent, request as httpRequest } from 'node:http'
import { privateKeyToAccount } from 'viem/accounts'
import { WebSocket } from 'ws'
import { ask, sleep } from './connect.mjs'

/** Milliseconds after which it gives up on a request. */
const PATIENCE_MS = 10_000

function poster(port, agent, patienceMs = PATIENCE_MS) {
  return (body) =>
    new Promise((resolve, reject) => {
      const request = httpRequest(
        {
          port,
          host: '127.0.0.1',
          method: 'POST',
          agent,
          headers: { 'content-type': 'application/json' },
          timeout: patienceMs,
        },
        (response) => {
          let text = ''
          response.on('data', (data) => (text += data))
          response.on('end', () => {
            try {
              resolve(JSON.parse(text))
            } catch {
              reject(new Error(`HTTP ${response.statusCode}: ${text.slice(0, 80)}`))
            }
          })
        },
      )
      request.on('error', reject)
      request.on('timeout', () => request.destroy(new Error(`no answer in ${patienceMs} ms`)))
      request.end(body)
    })
}

/** Reads again and again, on a kept connection and on new ones. */
async function reads({ seen, onKept, onNew, user, going }) {
  for (let i = 0; going(); i++) {
    const body = i % 2 ? ask('eth_blockNumber') : ask('eth_getBalance', [user.address, 'latest'])
    const began = performance.now()
    try {
      const once = () => (i % 5 === 0 ? onNew : onKept)(body)
      // A kept connection may have been closed while it was idle: clients ask once more.
      const answer = await once().catch((error) =>
        error.code === 'ECONNRESET' ? once() : Promise.reject(error),
      )
      if (answer.error) throw new Error(answer.error.message)
    } catch (error) {
      seen.failures.push(error.message || error.code)
    }
    seen.latencies.push(performance.now() - began)
    await sleep(25)
  }
}

/** A payment to itself every second. */
async function payments({ seen, onNew, account, chainId, going }) {
  const { address } = account
  const nonce = (await onNew(ask('eth_getTransactionCount', [address, 'pending'])).catch(() => ({}))).result
  for (let next = Number(nonce ?? 0); going(); await sleep(1_000)) {
    const raw = await account.signTransaction(payment(address, chainId, next, 1n))
    const answer = await onNew(ask('eth_sendRawTransaction', [raw])).catch((error) => ({ error }))
    if (answer.result) {
      seen.payments++
      next++
    } else seen.paymentFailures.push(answer.error?.message)
  }
}

const payment = (to, chainId, nonce, value) => ({
  type: 'eip1559',
  chainId,
  nonce,
  to,
  value,
  gas: 21_000n,
  maxFeePerGas: 100_000_000_000n,
  maxPriorityFeePerGas: 1_000_000n,
})

/** A filter that is polled every second. */
async function filter({ seen, onKept, going }) {
  let id
  for (; going(); await sleep(1_000)) {
    try {
      if (id === undefined) id = (await onKept(ask('eth_newBlockFilter'))).result
      else if ((await onKept(ask('eth_getFilterChanges', [id]))).error) {
        seen.filterLost++
        id = undefined
      }
    } catch {
      // Counted with the reads.
    }
  }
}

/** A WebSocket that hears of blocks, opened again when it is lost. Returns what ends it. */
function listen({ seen, port, going }) {
  let socket
  const open = () => {
    socket = new WebSocket(`ws://127.0.0.1:${port}`)
    socket.on('open', () => socket.send(ask('eth_subscribe', ['newHeads'])))
    socket.on('message', (data) => {
      if (data.includes('eth_subscription')) seen.blocks.push(Date.now())
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (!going()) return
      seen.socketLost++
      setTimeout(open, 500)
    })
  }
  open()
  return () => socket.terminate()
}

/**
 * Starts asking. `stop()` ends it and tells the milliseconds of each request, what failed, and when blocks came.
 * @param {{ port: number, chainId: number, user: { address: string, privateKey: string }, patienceMs?: number }} options
 */
export function honestClient({ port, chainId, user, patienceMs }) {
  const kept = new Agent({ keepAlive: true, maxSockets: 2 })
  const seen = {
    latencies: [],
    failures: [],
    blocks: [],
    payments: 0,
    paymentFailures: [],
    filterLost: 0,
    socketLost: 0,
  }
  let isGoing = true
  const parts = {
    seen,
    port,
    chainId,
    user,
    account: privateKeyToAccount(user.privateKey),
    onKept: poster(port, kept, patienceMs),
    onNew: poster(port, false, patienceMs),
    going: () => isGoing,
  }
  const endListening = listen(parts)
  const work = [reads(parts), payments(parts), filter(parts)]
  return {
    seen,
    async stop() {
      isGoing = false
      endListening()
      await Promise.allSettled(work)
      kept.destroy()
      return seen
    },
  }
}

/** Milliseconds of requests to a server that does nothing, at the pace of the honest client's: what of them is the machine's own. */
export function idleTimes(port) {
  const kept = new Agent({ keepAlive: true, maxSockets: 1 })
  const send = poster(port, kept)
  const latencies = []
  let going = true
  async function reads() {
    while (going) {
      const began = performance.now()
      await send(ask('eth_blockNumber')).catch(() => undefined)
      latencies.push(performance.now() - began)
      await sleep(25)
    }
  }
  void reads()
  return {
    latencies,
    stop() {
      going = false
      kept.destroy()
    },
  }
}

/** A burst of payments in one batch; how many were taken. */
export async function burst({ port, chainId, user, count }) {
  const account = privateKeyToAccount(user.privateKey)
  const send = poster(port, false)
  const first = Number((await send(ask('eth_getTransactionCount', [user.address, 'pending']))).result)
  const raws = []
  for (let i = 0; i < count; i++)
    raws.push(await account.signTransaction(payment(user.address, chainId, first + i, 0n)))
  const answers = await send(`[${raws.map((raw, id) => ask('eth_sendRawTransaction', [raw], id)).join(',')}]`)
  return answers.filter(({ result }) => result).length
}
