// Asks a node for its newest block over and over, in a thread of its own, so that what the client works on does not count.
import { request, Agent } from 'node:http'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'

/** milliseconds between two questions */
const PAUSE = 10
/** milliseconds after which a question counts as answered that late */
const LONGEST = 30_000

/** Starts asking. `end()` gives what the answers took, in milliseconds: median, 99th percentile and longest; and how many there were. */
export function probe(url) {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { url } })
  worker.on('error', () => undefined)
  const ended = new Promise((resolve) => {
    worker.once('message', resolve)
    worker.once('exit', () => resolve([]))
  })
  return {
    async end() {
      worker.postMessage('end')
      const times = (await ended).sort((a, b) => a - b)
      await worker.terminate()
      const at = (part) => times[Math.min(times.length - 1, Math.floor(part * times.length))] ?? NaN
      return { count: times.length, median: at(0.5), p99: at(0.99), longest: at(1) }
    },
  }
}

async function ask() {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_blockNumber', params: [] })
  const headers = { 'content-type': 'application/json', 'content-length': body.length }
  const times = []
  let isOver = false
  const once = () =>
    new Promise((resolve) => {
      const asked = request(
        workerData.url,
        { method: 'POST', agent, headers, timeout: LONGEST },
        (response) => {
          response.resume()
          response.once('close', resolve)
        },
      )
      asked.once('timeout', () => asked.destroy())
      asked.once('error', resolve)
      asked.end(body)
    })
  parentPort.once('message', () => (isOver = true))
  while (!isOver) {
    const began = performance.now()
    await once()
    if (!isOver) times.push(performance.now() - began)
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }
  agent.destroy()
  parentPort.postMessage(times)
}

if (!isMainThread && workerData?.url) await ask()
