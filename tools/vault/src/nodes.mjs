// Nodes of the private store as processes of their own, on loopback, in a folder that is removed at the end.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bytesToHex } from '@animechain/core'
import { eventually, freePort } from '@animechain/testing'
import { shareKeyPair } from '@animechain/vault-node'
import { formatCommittee } from '@animechain/vault-protocol'
import { privateKeyToAccount } from 'viem/accounts'

const require = createRequire(import.meta.url)
const bin = join(dirname(require.resolve('@animechain/da-node/package.json')), 'bin/animechain-da-node.js')
const newKey = () => `0x${randomBytes(32).toString('hex')}`
/** Where nothing listens: what is tried here needs no chain. */
const NOWHERE = 'http://127.0.0.1:1'

/** Registry of the store, as the genesis has it. */
const registry = '0x4200000000000000000000000000000000001000'
export const domain = { chainId: 31_337, registry }

function writeDeployment(path, { id = 1, addresses = {} } = {}) {
  const chain = (id) => ({
    id,
    name: 'test',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [NOWHERE] } },
  })
  const genesis = { timestamp: '0x0', gasLimit: '0x1', baseFeePerGas: '0x1', alloc: {} }
  const rollup = { chainId: domain.chainId, l1StartBlock: 0, genesisHash: `0x${'00'.repeat(32)}`, genesis }
  writeFileSync(path, JSON.stringify({ l1: chain(id), l2: chain(domain.chainId), addresses, rollup }))
}

/** A node that is killed and started again in the same folder. @param log file that has what it prints; default: nowhere */
function processOf(args, url, log) {
  let child
  const start = async () => {
    const out = log === undefined ? 'ignore' : openSync(log, 'a')
    child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', out, out] })
    if (log !== undefined) closeSync(out)
    await eventually(
      `the node at ${url}`,
      async () => {
        if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`)
        return (await fetch(`${url}/v1/info`)).ok
      },
      { timeoutMs: 120_000, intervalMs: 25 },
    )
  }
  const end = (signal) =>
    new Promise((resolve) => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return resolve()
      child.once('close', resolve)
      child.kill(signal)
    })
  return { url, start, kill: () => end('SIGKILL'), stop: () => end('SIGTERM'), pid: () => child?.pid }
}

/**
 * One node with keys of its own, not started.
 * @param flags by name, over those that all have
 */
async function nodeIn(folder, name, { deployment, file, l1, logs }, flags) {
  const [key, shareKey] = [newKey(), newKey()]
  const [port, metrics, admin] = [await freePort(), await freePort(), await freePort()]
  const data = join(folder, name)
  mkdirSync(data)
  const url = `http://127.0.0.1:${port}`
  const address = privateKeyToAccount(key).address.toLowerCase()
  writeFileSync(join(data, 'node.key'), `${key}\n`, { mode: 0o600 })
  writeFileSync(join(data, 'share.key'), `${shareKey}\n`, { mode: 0o600 })
  const pair = shareKeyPair(shareKey)
  const token = randomBytes(16).toString('hex')
  const args = Object.entries({
    'data-dir': data,
    deployment,
    ...(l1 ? { 'l1-rpc-url': l1.url } : { committee: file }),
    'http-port': port,
    'metrics-port': metrics,
    'admin-port': admin,
    'admin-token': token,
    'anchor-interval': 0,
    ...flags,
  }).flatMap(([flag, value]) => [`--${flag}`, `${value}`])
  const log = logs ? join(folder, `${name}.log`) : undefined
  return {
    ...processOf(args, url, log),
    address,
    key,
    folder: data,
    log,
    shareKey: bytesToHex(pair.publicKey),
    sharePair: pair,
    metricsUrl: `http://127.0.0.1:${metrics}/metrics`,
    /** Has it scrub what it has, and bring back what is wrong or lost. */
    async repair() {
      const init = { method: 'POST', headers: { authorization: `Bearer ${token}` } }
      const answer = await fetch(`http://127.0.0.1:${admin}/repair`, init)
      if (!answer.ok) throw new Error(`repair: HTTP ${answer.status}: ${await answer.text()}`)
      return answer.json()
    },
  }
}

/**
 * Nodes of one committee.
 * @param batcher account that may have batches stored
 * @param options.roles default storage alone
 * @param options.flags further flags of node i, by name
 * @param options.l1 where the committee is registered, `{ url, id, addresses }`; default: it is in a file
 * @param options.created told of the nodes before they start
 * @param options.logs keep what they print in files
 */
export async function committee(
  batcher,
  count = 5,
  { roles = 'storage', flags = () => ({}), l1, created = async () => {}, logs = false } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'vault-tool-'))
  const [deployment, file] = [join(folder, 'chain.json'), join(folder, 'committee.json')]
  writeDeployment(deployment, l1)
  const common = { roles, 'l2-rpc-url': NOWHERE, batchers: batcher, 'log-level': 'silent' }
  const nodes = []
  for (let i = 0; i < count; i++)
    nodes.push(await nodeIn(folder, `node${i}`, { deployment, file, l1, logs }, { ...common, ...flags(i) }))
  const seats = nodes.map(({ url, address, shareKey }) => ({ url, address, shareKey }))
  const group = { threshold: 3, members: seats }
  writeFileSync(
    file,
    formatCommittee({
      version: 1,
      epoch: 1n,
      chainId: domain.chainId,
      registry,
      l1ChainId: 1,
      storage: group,
      keys: group,
    }),
  )
  await created(nodes)
  await Promise.all(nodes.map((node) => node.start()))
  return {
    nodes,
    folder,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
