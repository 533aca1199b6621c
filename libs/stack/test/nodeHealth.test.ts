import { expect, test } from '@jest/globals'
import { BaseError, silentLogger, type Logger, type SealedHeader } from '@animechain/core'
import type { ShadowStatus } from '@animechain/execution-shadow'
import type { Rollup } from '@animechain/node'
import type { NodeGossip } from '../src/nodeGossip.js'
import { logHealth, nodeHealth } from '../src/nodeHealth.js'
import type { AttachedService } from '../src/attached.js'

const header = (number: bigint) => ({ number }) as SealedHeader
function node(ok: boolean, detail?: string): Pick<Rollup, 'health' | 'syncStatus'> {
  return {
    health: () => ({ ok, ...(detail !== undefined && { detail }) }),
    syncStatus: () => ({
      l1: { head: 9n, safe: 8n, finalized: 7n },
      l2: { unsafe: header(5n), safe: header(4n), finalized: header(3n) },
      batchCount: 2n,
    }),
  }
}
const shadowed = (difference: ShadowStatus['difference']) => ({
  status: { engines: { primary: 'a', shadow: 'b' }, compared: 1, block: 5n, difference },
})
const differing = { number: 6n, fields: [{ path: 'hash' }] } as unknown as ShadowStatus['difference']
const damaged = new BaseError('The store is damaged.', { code: 'STORAGE_DAMAGED', metaMessages: ['More.'] })

test.each([
  { what: 'a node that makes progress', rollup: node(true), ready: true },
  { what: 'one that does not', rollup: node(false, 'no block'), ready: false, detail: 'no block' },
  { what: 'engines that agree', rollup: node(true), shadow: shadowed(undefined), ready: true },
  { what: 'engines that differ', rollup: node(true), shadow: shadowed(differing), ready: false },
  {
    what: 'a store that failed',
    rollup: node(true, 'a word'),
    store: damaged,
    ready: false,
    detail: 'The store is damaged.',
  },
])('$what: ready is $ready', ({ rollup, shadow, store, ready, detail }) => {
  const report = nodeHealth(rollup, shadow, store)
  expect(report.ready).toBe(ready)
  expect(report.details).toMatchObject({
    l1Head: 9n,
    unsafe: 5n,
    safe: 4n,
    finalized: 3n,
    batches: 2n,
    detail,
  })
  expect('shadow' in report.details!).toBe(shadow !== undefined)
})

test('says once that a node makes no progress, and once that it goes on', async () => {
  const said: string[] = []
  const line = (message: string) => void said.push(message)
  const logger: Logger = { ...silentLogger, info: line, warn: line }
  let looks = 0
  const states = [true, false, false, true, true, false]
  const stop = logHealth({ health: () => ({ ok: states[looks++] ?? false }) }, logger, 1)
  while (looks < 8) await new Promise((resolve) => setTimeout(resolve, 1))
  stop()
  expect(said).toEqual([
    'the node makes no progress',
    'the node makes progress again',
    'the node makes no progress',
  ])
})

test('what a program runs beside its node has a say, and gossip is shown', () => {
  const gossip = { node: { health: () => ({ ready: true, details: { peers: 3 } }) } } as unknown as NodeGossip
  const attached = (ready: boolean): AttachedService => ({
    start: async () => {},
    stop: async () => {},
    health: () => ({ ready, detail: 'no stake', details: { duties: 2 } }),
  })
  const report = nodeHealth(node(true), undefined, undefined, { gossip, attached: attached(false) })
  expect(report).toMatchObject({
    ready: false,
    details: { detail: 'no stake', gossip: { peers: 3 }, network: { duties: 2, detail: 'no stake' } },
  })
  expect(nodeHealth(node(true), undefined, undefined, { attached: attached(true) }).ready).toBe(true)
  expect(
    nodeHealth(node(false, 'no block'), undefined, undefined, { attached: attached(false) }),
  ).toMatchObject({
    ready: false,
    details: { detail: 'no block' },
  })
})
