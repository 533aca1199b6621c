import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { silentLogger } from '@animechain/core'
import { defineConfig, prometheusMetrics } from '@animechain/observability'
import { writeDeployment } from '../src/deployment.js'
import { genesisOutput } from '../src/genesisOutput.js'
import { networkTable } from '../src/networkTable.js'
import { nodeTable } from '../src/nodeTable.js'
import type { RunningApp } from '../src/runApp.js'
import type { AttachContext } from '../src/attached.js'
import { startNode, type NodeAppSettings } from '../src/startNode.js'
import { deployment } from './deployment.js'

let folder: string
let app: RunningApp | undefined
afterEach(async () => {
  await app?.stop()
  app = undefined
  await rm(folder, { recursive: true, force: true })
})

/** Starts a sequencer on an L1 in memory, with these flags besides. */
async function start(argv: readonly string[], attach?: NodeAppSettings['attach']): Promise<RunningApp> {
  folder = await mkdtemp(join(tmpdir(), 'start-node-'))
  const file = deployment()
  const { hash: genesisHash } = await genesisOutput(file.rollup)
  const path = join(folder, 'chain.json')
  writeDeployment(path, { ...file, rollup: { ...file.rollup, genesisHash } })
  const config = defineConfig(
    { ...nodeTable, ...networkTable },
    { program: 'node', version: '0', summary: '' },
  )
  const words = ['--execution=ethereumjs', '--da=memory', '--settlement=memory', '--proving=reexecution']
  const places = [`--data-dir=${folder}`, `--deployment=${path}`, '--l1-rpc-url=http://127.0.0.1:1']
  const loaded = config.load({
    argv: [...words, ...places, '--storage=memory', '--rpc-port=0', ...argv],
    env: {},
  })
  if (loaded.status !== 'ok') throw new Error('expected settings that will do')
  return (app = await startNode({
    values: loaded.values,
    logger: silentLogger,
    metrics: prometheusMetrics({ process: false }),
    fail: (error) => {
      throw error
    },
    options: { role: 'sequencer', batcher: false, proposer: false },
    ...(attach ? { attach } : {}),
  }))
}

test('a node has one gossip node for all, and what is attached runs within its life', async () => {
  const said: string[] = []
  let given: AttachContext | undefined
  const running = await start(['--gossip-port=0', '--gossip-http-port=0'], (context) => {
    given = context
    said.push(`attached ${context.gossip?.node.httpUrl}`)
    return {
      async start() {
        said.push(`started with gossip ${context.gossip!.node.httpUrl !== undefined}`)
      },
      async stop() {
        said.push(`stopped with gossip ${context.gossip!.node.httpUrl !== undefined}`)
      },
      health: () => ({ ready: false, detail: 'not staked' }),
    }
  })
  const { node } = given!.gossip!
  expect(node.addresses[0]).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/12D3/)
  expect((await fetch(`${node.httpUrl}/v1/blocks/latest`)).status).toBe(404)
  // There is no registry of stake in this deployment, and so nothing to attest to.
  expect((await fetch(`${node.httpUrl}/v1/alarms`)).status).toBe(404)
  expect(await running.health()).toMatchObject({
    ready: false,
    details: { detail: 'not staked', gossip: { peers: 0 } },
  })
  await running.stop()
  expect(said).toEqual(['attached undefined', 'started with gossip true', 'stopped with gossip true'])
}, 60_000)

test('without a port and a peer it has none, whatever is attached', async () => {
  let given: AttachContext | undefined
  const running = await start([], (context) => {
    given = context
    return undefined
  })
  expect(given).toBeDefined()
  expect(given!.gossip).toBeUndefined()
  expect(given!.rollup.announcements).toBeUndefined()
  const { details, ready } = await running.health()
  expect(ready).toBe(true)
  expect(details).not.toHaveProperty('gossip')
}, 60_000)
