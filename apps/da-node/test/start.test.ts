import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { BaseError } from '@animechain/core'
import { predeploys, silentLogger } from '@animechain/core'
import { accessRegistryBytecode } from '@animechain/contracts'
import { prometheusMetrics } from '@animechain/observability'
import type { RunningApp } from '@animechain/stack'
import { anvil, eventually, freePort, testAccount, type Anvil } from '@animechain/testing'
import { formatCommittee, type NodeInfo } from '@animechain/vault-protocol'
import { createWalletClient, http, publicActions } from 'viem'
import { foundry } from 'viem/chains'
import { config, start } from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'da-node-'))
const deployment = join(folder, 'chain.json')
const committee = join(folder, 'committee.json')
const token = 'a token of the administration'
let chain: Anvil
let app: RunningApp | undefined

/** What a node reads of a deployment. */
function writeFiles(): void {
  const rollup = {
    chainId: foundry.id,
    l1StartBlock: 0,
    genesisHash: `0x${'00'.repeat(32)}`,
    genesis: { timestamp: '0x0', gasLimit: '0x1', baseFeePerGas: '0x1', alloc: {} },
  }
  const { id, name, nativeCurrency } = foundry
  const l2 = { id, name, nativeCurrency, rpcUrls: { default: { http: [chain.url] } } }
  writeFileSync(deployment, JSON.stringify({ l1: { ...l2, id: 1 }, l2, addresses: {}, rollup }))
  const address = `0x${'aa'.repeat(20)}` as const
  const seats = {
    threshold: 1,
    members: [{ url: 'http://127.0.0.1:1', address, shareKey: `0x${'11'.repeat(32)}` as const }],
  }
  writeFileSync(
    committee,
    formatCommittee({
      version: 1,
      epoch: 1n,
      chainId: id,
      registry: predeploys.accessRegistry,
      l1ChainId: 1,
      storage: seats,
      keys: seats,
    }),
  )
}

async function startNode(
  more: readonly string[] = [],
): Promise<{ app: RunningApp; port: number; admin: number }> {
  const [port, admin] = [await freePort(), await freePort()]
  const argv = [
    ...['--data-dir', join(folder, 'data'), '--deployment', deployment, '--committee', committee],
    ...['--l2-rpc-url', chain.url, '--http-port', `${port}`, '--admin-port', `${admin}`],
    ...more,
  ]
  const loaded = config.load({ argv, env: { ANIMECHAIN_ADMIN_TOKEN: token } })
  if (loaded.status !== 'ok') throw new Error(loaded.text)
  const context = {
    values: loaded.values,
    logger: silentLogger,
    metrics: prometheusMetrics({ process: false }),
    fail() {},
  }
  return { app: await start(context), port, admin }
}

const ask = (port: number, path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${port}${path}`, init)
const bearer = (body?: unknown): RequestInit => ({
  headers: { authorization: `Bearer ${token}` },
  ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
})

beforeAll(async () => {
  chain = await anvil()
  const wallet = createWalletClient({
    chain: foundry,
    account: testAccount(0),
    transport: http(chain.url),
  }).extend(publicActions)
  const hash = await wallet.sendTransaction({ data: accessRegistryBytecode })
  const { contractAddress } = await wallet.waitForTransactionReceipt({ hash, pollingInterval: 100 })
  const code = await wallet.getCode({ address: contractAddress! })
  await chain.request('anvil_setCode', [predeploys.accessRegistry, code])
  writeFiles()
})
afterAll(async () => {
  await app?.stop()
  await chain?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('the node as a program', () => {
  it('makes its keys at the first start, for its owner alone, and is the same node at the next', async () => {
    const first = await startNode()
    const info = (await (await ask(first.port, '/v1/info')).json()) as NodeInfo
    await first.app.stop()
    expect(statSync(join(folder, 'data/node.key')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, 'data/share.key'), 'utf8')).toMatch(/^0x[0-9a-f]{64}\n$/)
    const second = await startNode()
    app = second.app
    const again = (await (await ask(second.port, '/v1/info')).json()) as NodeInfo
    expect(again.address).toBe(info.address)
    expect(again.shareKey).toBe(info.shareKey)
    expect(again).toMatchObject({ version: 1, roles: ['storage', 'keys'], chainId: foundry.id })

    expect((await ask(second.admin, '/status')).status).toBe(401)
    expect(
      (await ask(second.admin, '/status', { headers: { authorization: 'Bearer another' } })).status,
    ).toBe(401)
    const status = (await (await ask(second.admin, '/status', bearer())).json()) as Record<string, unknown>
    expect(status).toMatchObject({
      address: info.address,
      draining: false,
      storage: { shards: 0 },
      keys: { shares: 0, moves: { toMove: 0, moved: 0, failed: 0, waitingFor: [] } },
    })
    const move = await ask(second.admin, '/move', bearer({}))
    expect(move.status).toBe(202)
    expect(await move.json()).toMatchObject({ toMove: 0 })
    const epochOf = async () =>
      (
        (await (await ask(second.admin, '/status', bearer())).json()) as {
          keys: { moves: { epoch?: string } }
        }
      ).keys.moves.epoch
    await eventually('the committee to be seen', async () => (await epochOf()) === '1')
    expect(await (await ask(second.admin, '/repair', bearer({}))).json()).toEqual({ repaired: 0, failed: 0 })
    expect(await (await ask(second.admin, '/drain', bearer({ on: true }))).json()).toEqual({ draining: true })
    expect(
      (await ask(second.port, `/v1/blobs/0x${'11'.repeat(32)}`, { method: 'PUT', body: '{}' })).status,
    ).toBe(503)
    expect((await ask(second.admin, '/erase', bearer({ blob: `0x${'11'.repeat(32)}` }))).status).toBe(500)

    // A body that holds no request gets its receipt, too.
    const denied = await ask(second.port, '/v1/release', { method: 'POST', body: 'nonsense' })
    expect(denied.status).toBe(403)
    const page = (await (await ask(second.admin, '/receipts', bearer())).json()) as { entries: unknown[] }
    expect(page.entries).toHaveLength(1)
    await eventually('the node to be ready', async () => (await second.app.health()).ready)
    await second.app.stop()
    app = undefined
  })

  it('says what is missing', async () => {
    const code = async (argv: readonly string[]) =>
      startNode(argv).then(
        async (made) => made.app.stop(),
        (error: BaseError) => error.code,
      )
    expect(await code(['--admin-token', 'short'])).toBe('DA_NODE_ADMIN')
    expect(await code(['--objects', 's3+http:///'])).toBe('DA_NODE_OBJECTS')
    writeFileSync(join(folder, 'data/node.key'), 'nonsense\n')
    expect(await code([])).toBe('DA_NODE_KEY')
    expect(() => config.load({ argv: ['--roles', 'cook'], env: {} })).toThrow('storage, keys, or both')
  })
})
