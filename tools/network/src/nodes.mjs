// Nodes as processes, and what they tell.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))

/** Starts one of the programs beside this file, within a network namespace where one is given. */
export function program(file, options, namespace) {
  const command = [process.execPath, join(here, file), JSON.stringify(options)]
  const [head, ...rest] = namespace ? ['ip', 'netns', 'exec', namespace, ...command] : command
  return spawn(head, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

/** Waits for something, and says what was expected where it does not come. */
export async function until(holds, what, ms) {
  const end = Date.now() + ms
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`expected ${what} within ${ms / 1_000} s`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** A node that runs. */
export async function startNode({
  listen = ['/ip4/127.0.0.1/tcp/0'],
  bounds = {},
  graylist,
  namespace,
} = {}) {
  const child = program('node.mjs', { listen, bounds, graylist }, namespace)
  const node = { addresses: undefined, got: new Map(), rss: [], health: {}, exit: undefined }
  const published = []
  const asked = []
  child.on('message', (told) => {
    if (told.addresses) Object.assign(node, told)
    if (told.got && !node.got.has(told.got)) node.got.set(told.got, told.at)
    if (told.rss) {
      node.rss.push(told.rss)
      node.health = told.health
      node.reached = told.reached
    }
    if (told.published) published.shift()?.(told.at)
    if (told.batch) asked.shift()?.(told.kept.map((text) => Buffer.from(text, 'base64')))
  })
  child.on('exit', (code, signal) => (node.exit = signal ?? code))
  await until(() => node.addresses || node.exit !== undefined, 'a node to start', 60_000)
  if (node.exit !== undefined) throw new Error(`a node ended with ${node.exit}`)
  return Object.assign(node, {
    addPeers: (peers) => child.send({ peers }),
    publish(bytes) {
      return new Promise((resolve) => {
        published.push(resolve)
        child.send({ publish: Buffer.from(bytes).toString('base64') })
      })
    },
    /** Attestations to a batch that the node keeps. */
    kept(batchIndex) {
      return new Promise((resolve) => {
        asked.push(resolve)
        child.send({ batch: String(batchIndex) })
      })
    },
    async stop() {
      if (node.exit === undefined) child.send({ stop: true })
      const late = setTimeout(() => child.kill('SIGKILL'), 15_000)
      await until(() => node.exit !== undefined, 'a node to end', 20_000)
      clearTimeout(late)
      return node.exit
    },
  })
}

/** Connects each with each. */
export async function connect(nodes) {
  for (const [index, node] of nodes.entries())
    node.addPeers(nodes.slice(0, index).flatMap(({ addresses }) => addresses))
  await until(
    () => nodes.every(({ health }) => (health.peers ?? 0) >= nodes.length - 1),
    'everybody to be connected',
    60_000,
  )
}

/** The value below which this part of the values is. */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? NaN
}
