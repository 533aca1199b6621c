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

/**
 * Starts asking. `stop()` ends it and tells the milliseconds of each request, what failed, and when blocks came.
 * @param {{ port: number, chainId: number, user: { address: string, privateKey: string }, patienceMs?: number }} options
 */
export function honestClient({ port, chainId, user, patienceMs }) {
  const account = privateKeyToAccount(user.privateKey)
  const kept = new Agent({ keepAlive: true, maxSockets: 2 })
  const onKept = poster(port, kept, patienceMs)
  const onNew = poster(port, false, patienceMs)
  const seen = {
    latencies: [],
    failures: [],
    blocks: [],
    payments: 0,
    paymentFailures: [],
    filterLost: 0,
    socketLost: 0,
  }
  let going = true

  async function reads() {
    for (let i = 0; going; i++) {
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
  async function payments() {
    const nonce = (await onNew(ask('eth_getTransactionCount', [user.address, 'pending'])).catch(() => ({})))
      .result
    for (let next = Number(nonce ?? 0); going; await sleep(1_000)) {
      const raw = await account.signTransaction({
        type: 'eip1559',
        chainId,
        nonce: next,
        to: user.address,
        value: 1n,
        gas: 21_000n,
        maxFeePerGas: 100_000_000_000n,
        maxPriorityFeePerGas: 1_000_000n,
      })
      const answer = await onNew(ask('eth_sendRawTransaction', [raw])).catch((error) => ({ error }))
      if (answer.result) {
        seen.payments++
        next++
      } else seen.paymentFailures.push(answer.error?.message)
    }
  }
  async function filter() {
    let id
    for (; going; await sleep(1_000)) {
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
  let socket
  function listen() {
    socket = new WebSocket(`ws://127.0.0.1:${port}`)
    socket.on('open', () => socket.send(ask('eth_subscribe', ['newHeads'])))
    socket.on('message', (data) => {
      if (data.includes('eth_subscription')) seen.blocks.push(Date.now())
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (!going) return
      seen.socketLost++
      setTimeout(listen, 500)
    })
  }
  listen()
  const work = [reads(), payments(), filter()]
  return {
    seen,
    async stop() {
      going = false
      socket.terminate()
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
    raws.push(
      await account.signTransaction({
        type: 'eip1559',
        chainId,
        nonce: first + i,
        to: user.address,
        gas: 21_000n,
        maxFeePerGas: 100_000_000_000n,
        maxPriorityFeePerGas: 1_000_000n,
      }),
    )
  const answers = await send(`[${raws.map((raw, id) => ask('eth_sendRawTransaction', [raw], id)).join(',')}]`)
  return answers.filter(({ result }) => result).length
}
