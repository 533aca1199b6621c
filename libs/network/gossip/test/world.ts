import { afterEach } from '@jest/globals'
import {
  gossip,
  type GossipBounds,
  type GossipNode,
  type GossipOptions,
  type TopicRules,
} from '../src/index.js'

export const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
export const bytes = (said: string) => new TextEncoder().encode(said)

/** Messages are words: `bad…` is rejected, `later…` ignored, `slow…` judged after a pause; what stands before `/` is the key, before `:` the group. */
export const words: TopicRules = {
  perKey: 2,
  async judge(message) {
    const said = text(message)
    if (said.startsWith('bad')) return { verdict: 'reject', reason: 'a bad word' }
    if (said.startsWith('later')) return { verdict: 'ignore', reason: 'not yet' }
    const key = said.split('/')[0]!
    const [group, ...rest] = said.split(':')
    return rest.length > 0 ? { verdict: 'accept', key, group: group! } : { verdict: 'accept', key }
  },
}

/** All nodes of a test are of one host. */
export const loopback: Partial<GossipBounds> = { maxPeersPerHost: 64, dialsPerHostPerSecond: 1_000 }

type Words = GossipNode<'words'>
const started: { stop(): Promise<void> }[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((each) => each.stop()))
})

/** Stops something after the test, whatever becomes of it. */
export function stopAfter<T extends { stop(): Promise<void> }>(each: T): T {
  started.push(each)
  return each
}

export async function start(options: Partial<GossipOptions<'words'>> = {}): Promise<Words> {
  const node = stopAfter(
    gossip({
      chainId: 9n,
      topics: { words },
      ...options,
      bounds: { ...loopback, ...options.bounds },
    }),
  )
  await node.start()
  return node
}

/** Waits for what happens, however long that takes on a busy machine. */
export async function until(holds: () => boolean, what: string, ms = 45_000): Promise<void> {
  const end = Date.now() + ms
  while (!holds()) {
    if (Date.now() > end) throw new Error(`expected ${what} within ${ms} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Nodes that know each other's addresses, connected. */
export async function mesh(
  count: number,
  optionsOf: (index: number) => Partial<GossipOptions<'words'>> = () => ({}),
): Promise<Words[]> {
  const nodes: Words[] = []
  for (let index = 0; index < count; index++) {
    const peers = nodes.flatMap(({ addresses }) => addresses)
    const options = optionsOf(index)
    nodes.push(await start({ ...options, p2p: { peers, ...options.p2p } }))
  }
  await until(() => nodes.every((node) => node.peers().length >= count - 1), 'everybody to be connected')
  return nodes
}

export const heard = (node: Words): Set<string> =>
  new Set(node.recent('words', { limit: 10_000 }).map((message) => text(message.bytes)))

/** Bytes that look random and are the same in each run. */
export function randomBytes(seed: number): (length: number) => Uint8Array {
  let state = seed >>> 0
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  }
  return (length) => Uint8Array.from({ length }, next)
}
