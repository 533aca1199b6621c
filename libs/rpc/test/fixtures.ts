import {
  predeploys,
  type Address,
  type ExecutionEngine,
  type GenesisAccount,
  type Hash,
  type Hex,
} from '@animechain/core'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { memoryStorage } from '@animechain/storage-memory'
import { mnemonicToAccount } from 'viem/accounts'
import { encodeErrorResult, toEventSelector } from 'viem'
import { rpcServer, type RpcServer, type RpcServerOptions } from '../src/server.js'
import { miniChain, type MiniChain } from './miniChain.js'

export const accounts = Array.from({ length: 4 }, (_, addressIndex) =>
  mnemonicToAccount('test test test test test test test test test test test junk', { addressIndex }),
)

export const counterAbi = [
  {
    type: 'function',
    name: 'hit',
    stateMutability: 'nonpayable',
    inputs: [{ name: 'value', type: 'uint256' }],
    outputs: [{ name: 'count', type: 'uint256' }],
  },
  {
    type: 'event',
    name: 'Hit',
    inputs: [
      { name: 'who', type: 'address', indexed: true },
      { name: 'value', type: 'uint256', indexed: false },
    ],
  },
] as const

export const hitTopic = toEventSelector('Hit(address,uint256)')

/** `hit(value)`: emits `Hit(msg.sender, value)`, adds one to slot 0 and returns it. */
export const counterCode: Hex = `0x600435600052337f${hitTopic.slice(2)}60206000a260005460010180600055600052${'60206000f3'}`
/** Init code that deploys {@link counterCode}. */
export const counterInitCode: Hex = `0x60${((counterCode.length - 2) / 2).toString(16)}80600b6000396000f3${counterCode.slice(2)}`
export const counter: Address = '0x00000000000000000000000000000000000c0de1'

const revertData = encodeErrorResult({
  abi: [{ type: 'error', name: 'Error', inputs: [{ name: 'r', type: 'string' }] }],
  errorName: 'Error',
  args: ['no way'],
})
/** Always reverts with `Error("no way")`. */
export const reverter: Address = '0x00000000000000000000000000000000000c0de2'
const reverterCode: Hex = `0x6064600c60003960646000fd${revertData.slice(2)}`
export { revertData }

const ether = 10n ** 18n

/** A chain over the reference engine with funded accounts, two contracts and L1 fee parameters, served on a free port. */
export async function fixture(
  options: Partial<RpcServerOptions> = {},
  engine: ExecutionEngine = ethereumjs(),
): Promise<{ mini: MiniChain; server: RpcServer; stop: () => Promise<void> }> {
  const storage = memoryStorage()
  const scalars = (1_368n | (810_949n << 32n)).toString(16).padStart(64, '0')
  const alloc: Record<Address, GenesisAccount> = {
    ...Object.fromEntries(
      accounts.map(({ address }) => [address.toLowerCase(), { balance: 1_000n * ether }]),
    ),
    [counter]: { code: counterCode, nonce: 1n },
    [reverter]: { code: reverterCode, nonce: 1n },
    [predeploys.l1Block]: {
      code: '0x00',
      nonce: 1n,
      storage: <Record<Hash, Hash>>{
        [`0x${'0'.repeat(64)}`]: `0x${(30n * 10n ** 9n).toString(16).padStart(64, '0')}`,
        [`0x${'1'.padStart(64, '0')}`]: `0x${'1'.padStart(64, '0')}`,
        [`0x${'2'.padStart(64, '0')}`]: `0x${scalars}`,
      },
    },
  }
  const mini = await miniChain({ engine, storage, alloc })
  const server = rpcServer({ backend: mini.backend, port: 0, ...options })
  await server.start()
  return {
    mini,
    server,
    async stop() {
      await server.stop()
      await engine.close()
      await storage.stop()
    },
  }
}

export interface RpcAnswer {
  id: unknown
  result?: never
  error?: { code: number; message: string; data?: unknown }
}

/** One raw HTTP request; the parsed body. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: never }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  return {
    status: response.status,
    body: (text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text) as never,
  }
}

/** Calls a method and returns the result, or throws with code and message. */
export async function call<T = never>(url: string, method: string, ...params: unknown[]): Promise<T> {
  const { body } = await post(url, { jsonrpc: '2.0', id: 1, method, params })
  const answer = body as RpcAnswer
  if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error)
  return answer.result as T
}
