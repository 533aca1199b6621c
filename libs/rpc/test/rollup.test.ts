import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { rollupChain } from '@animechain/core'
import { memoryDa } from '@animechain/da-memory'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { createRollup, type Rollup } from '@animechain/node'
import { reexecution } from '@animechain/proving-reexecution'
import { memorySettlement } from '@animechain/settlement-memory'
import { memoryStorage } from '@animechain/storage-memory'
import { createPublicClient, createWalletClient, defineChain, http, parseEther } from 'viem'
import { chainConfig } from 'viem/op-stack'
import { rpcServer, type RpcServer } from '../src/server.js'
import { accounts, call } from './fixtures.js'

const timestamp = BigInt(Math.floor(Date.now() / 1000) - 10)
let rollup: Rollup
let server: RpcServer

beforeAll(async () => {
  rollup = createRollup({
    chain: rollupChain({ chainId: 901n }),
    genesis: {
      timestamp,
      gasLimit: 30_000_000n,
      baseFeePerGas: 1_000_000_000n,
      prevRandao: `0x${'00'.repeat(32)}`,
      extraData: '0x',
      beneficiary: '0x4200000000000000000000000000000000000011',
      alloc: { [accounts[0]!.address.toLowerCase()]: { balance: parseEther('10') } },
    },
    execution: ethereumjs(),
    da: memoryDa(),
    settlement: memorySettlement({ genesisTimestamp: timestamp }),
    proving: reexecution(),
    storage: memoryStorage(),
  })
  await rollup.start()
  server = rpcServer({
    backend: {
      chainConfig: rollup.config,
      chain: rollup.chain,
      pool: rollup.pool,
      engine: rollup.engine,
      syncStatus: () => rollup.syncStatus(),
      outputAt: (number) => rollup.outputAt(number),
    },
    port: 0,
  })
  await server.start()
})
afterAll(async () => {
  await server.stop()
  await rollup.stop()
})

test('a node of @animechain/node serves viem: sends, includes, traces and tells its output', async () => {
  const chain = defineChain({
    ...chainConfig,
    id: 901,
    name: 'test',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [] } },
  })
  const client = createPublicClient({ chain, transport: http(server.url), pollingInterval: 50 })
  const wallet = createWalletClient({ chain, transport: http(server.url), account: accounts[0]! })
  const to = '0x00000000000000000000000000000000000000aa'
  const hash = await wallet.sendTransaction({ to, value: parseEther('1') })
  const receipt = await client.waitForTransactionReceipt({ hash, timeout: 120_000 })
  expect(receipt.status).toBe('success')
  expect(await client.getBalance({ address: to })).toBe(parseEther('1'))
  expect(await call(server.url, 'debug_traceTransaction', hash, { tracer: 'callTracer' })).toMatchObject({
    type: 'CALL',
    to,
  })
  const number = `0x${receipt.blockNumber.toString(16)}`
  const flat = { tracer: 'flatCallTracer' }
  const place = {
    blockHash: receipt.blockHash,
    blockNumber: Number(receipt.blockNumber),
    transactionHash: hash,
    transactionPosition: receipt.transactionIndex,
  }
  const [frame] = await call<object[]>(server.url, 'debug_traceTransaction', hash, flat)
  expect(frame).toMatchObject({ type: 'call', traceAddress: [], ...place })
  const block = await call<{ txHash: string; result: object[] }[]>(
    server.url,
    'debug_traceBlockByNumber',
    number,
    flat,
  )
  expect(block.find(({ txHash }) => txHash === hash)!.result).toEqual([frame])
  expect(await call(server.url, 'optimism_outputAtBlock', number)).toMatchObject({
    outputRoot: (await rollup.outputAt(receipt.blockNumber)).outputRoot,
    blockRef: { hash: receipt.blockHash },
  })
  expect(await call(server.url, 'optimism_syncStatus')).toHaveProperty('safe_l2.hash')
  await expect(wallet.sendTransaction({ to, nonce: 0 })).rejects.toThrow(/nonce too low|Nonce provided/i)
}, 300_000)
