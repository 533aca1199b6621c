// Nodes of the private store as processes of their own, on loopback, in a folder that is removed at the end.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { eventually, freePort } from '@animechain/testing'
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

function writeDeployment(path) {
  const chain = (id) => ({
    id,
    name: 'test',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [NOWHERE] } },
  })
  const genesis = { timestamp: '0x0', gasLimit: '0x1', baseFeePerGas: '0x1', alloc: {} }
  const rollup = { chainId: domain.chainId, l1StartBlock: 0, genesisHash: `0x${'00'.repeat(32)}`, genesis }
  writeFileSync(path, JSON.stringify({ l1: chain(1), l2: chain(domain.chainId), addresses: {}, rollup }))
}

/** A node that is killed and started again in the same folder. */
function processOf(args, url) {
  let child
  const start = async () => {
    child = spawn(process.execPath, [bin, ...args], { stdio: 'ignore' })
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

/** Five storage nodes of one committee. @param batcher account that may have batches stored */
export async function committee(batcher, count = 5) {
  const folder = mkdtempSync(join(tmpdir(), 'vault-tool-'))
  const [deployment, file] = [join(folder, 'chain.json'), join(folder, 'committee.json')]
  writeDeployment(deployment)
  const seats = []
  const nodes = []
  for (let i = 0; i < count; i++) {
    const [key, port, metrics] = [newKey(), await freePort(), await freePort()]
    const data = join(folder, `node${i}`)
    mkdirSync(data)
    const url = `http://127.0.0.1:${port}`
    const address = privateKeyToAccount(key).address.toLowerCase()
    writeFileSync(join(data, 'node.key'), `${key}\n`, { mode: 0o600 })
    seats.push({ url, address, shareKey: `0x${'11'.repeat(32)}` })
    const args = Object.entries({
      'data-dir': data,
      deployment,
      committee: file,
      roles: 'storage',
      'l2-rpc-url': NOWHERE,
      'http-port': port,
      'metrics-port': metrics,
      batchers: batcher,
      'log-level': 'silent',
    }).flatMap(([name, value]) => [`--${name}`, `${value}`])
    nodes.push({ ...processOf(args, url), address, folder: data })
  }
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
  await Promise.all(nodes.map((node) => node.start()))
  return {
    nodes,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
