import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { devnetDefaults, genesis, l1Addresses, viemChains } from '@animechain/contracts'
import { writeDeployment } from '@animechain/stack'
import {
  anvil,
  lies,
  lyingProxy,
  patient,
  testAccount,
  type Anvil,
  type LyingProxy,
  unplayed,
} from '@animechain/testing'
import { createPublicClient, createWalletClient, http, zeroHash, type Address, type Hash } from 'viem'
import { commandConfig, runCommand, serveConfig } from '../src/index.js'

/** A deployment file of a rollup on an L1 with this chain id. Nothing is deployed. */
async function deploymentFile(folder: string, l1ChainId: number): Promise<string> {
  const key = testAccount(0).address.toLowerCase() as Address
  const roles = {
    timelockProposer: key,
    operator: key,
    guardian: key,
    sequencer: key,
    batcher: key,
    proposer: key,
    challenger: key,
  }
  const addresses = l1Addresses(key, {
    ...devnetDefaults,
    proving: unplayed.proving,
    l2ChainId: 26_463n,
    roles,
  })
  const l2ChainId = 26_463
  const path = join(folder, `${l1ChainId}.json`)
  writeDeployment(path, {
    ...viemChains({
      l1: { chainId: l1ChainId, rpcUrl: '' },
      l2: { chainId: l2ChainId, rpcUrl: '' },
      addresses,
    }),
    addresses,
    rollup: {
      chainId: BigInt(l2ChainId),
      genesis: genesis({ addresses, l1ChainId, l2ChainId, timestamp: 1n, gasLimit: 16_000_000n }),
      genesisHash: zeroHash,
      l1StartBlock: 0n,
    },
  })
  return path
}

describe('several L1 endpoints', () => {
  let l1: Anvil
  let liar: LyingProxy
  let folder: string
  let hash: Hash
  /** An L2 that has nothing. */
  const l2 = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const { id } = JSON.parse(text) as { id: number }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result: null }))
  })

  beforeAll(async () => {
    await new Promise<void>((resolve) => l2.listen(0, '127.0.0.1', resolve))
    folder = await mkdtemp(join(tmpdir(), 'bridge-endpoints-'))
    l1 = await anvil()
    liar = await lyingProxy(l1.url)
    const transport = http(l1.url, patient)
    const wallet = createWalletClient({ account: testAccount(1), transport })
    hash = await wallet.sendTransaction({ chain: null, to: testAccount(2).address, value: 1n })
    await createPublicClient({ transport, pollingInterval: 100 }).waitForTransactionReceipt({ hash })
    await liar.lie(lies.find(({ name }) => name === 'receipts-unknown')!)
  }, 60_000)
  afterAll(async () => {
    await liar?.stop()
    await l1?.stop()
    l2.closeAllConnections()
    await new Promise((resolve) => l2.close(resolve))
    if (folder) await rm(folder, { recursive: true })
  })

  /** What `status` says of a transaction that is on L1 and makes no deposit: nothing, unless it is not found. */
  async function status(
    l1Urls: string[],
    { quorum, chainId = 31_337 }: { quorum?: number; chainId?: number } = {},
  ) {
    const deployment = await deploymentFile(folder, chainId)
    const l2Url = `http://127.0.0.1:${(l2.address() as AddressInfo).port}`
    const loaded = commandConfig.load({
      argv: [
        ...[
          'status',
          hash,
          '--deployment',
          deployment,
          '--l2-rpc-url',
          l2Url,
          '--l1-rpc-url',
          l1Urls.join(','),
        ],
        ...(quorum === undefined ? [] : ['--l1-quorum', String(quorum)]),
      ],
      env: {},
    })
    if (loaded.status !== 'ok') throw new Error(`expected values, got ${loaded.status}`)
    const said: string[] = []
    await runCommand(loaded.positionals, loaded.values, (line) => void said.push(line))
    return said
  }

  test('one that lies is believed alone, and not among three', async () => {
    expect(await status([liar.url])).toEqual([`${hash} is on neither chain`])
    expect(await status([liar.url, l1.url, l1.url])).toEqual([])
  }, 60_000)

  test('that do not agree are an error, and not an answer', async () => {
    await expect(status([liar.url, l1.url, l1.url], { quorum: 3 })).rejects.toThrow('do not agree')
  }, 60_000)

  test('a quorum that they cannot reach, and another chain, are refused', async () => {
    await expect(status([l1.url], { quorum: 2 })).rejects.toThrow('quorum of L1 endpoints')
    await expect(status([l1.url], { chainId: 1 })).rejects.toMatchObject({ code: 'BRIDGE_WRONG_CHAIN' })
  }, 60_000)

  test('the service has the same options', () => {
    const loaded = serveConfig.load({
      argv: [
        ...['--l1-rpc-url', 'http://a:1,http://b:2', '--l1-quorum', '2', '--l2-rpc-url', 'http://c:3'],
        ...['--deployment', 'chain.json', '--data-dir', 'data'],
      ],
      env: {},
    })
    if (loaded.status !== 'ok') throw new Error(`expected values, got ${loaded.status}`)
    expect(loaded.values).toMatchObject({ l1RpcUrl: ['http://a:1', 'http://b:2'], l1Quorum: 2 })
  })
})
