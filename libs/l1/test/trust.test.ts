import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { bytesToHex, systemClock, type Hash, type Hex } from '@animechain/core'
import { anvil, lies, lyingProxy, testAccount, type Anvil, type LyingProxy } from '@animechain/testing'
import { createPublicClient, createWalletClient, http, numberToHex } from 'viem'
import {
  headerChain,
  l1Header,
  l1Transport,
  provenStorage,
  type L1Header,
  type RpcProof,
} from '../src/index.js'

let l1: Anvil
beforeAll(async () => {
  l1 = await anvil({ blockTime: 1 })
}, 60_000)
afterAll(() => l1?.stop())

const lie = (name: string) => lies.find((one) => one.name === name)!
const block = (tag: string) => l1.request<Record<string, Hex>>('eth_getBlockByNumber', [tag, false])
const word = (value: number) => numberToHex(value, { size: 32 })

describe('a header', () => {
  test('is what its fields hash to, from the genesis on', async () => {
    for (const tag of ['0x0', 'latest']) {
      const real = await block(tag)
      expect(l1Header(real)).toMatchObject({ hash: real.hash, parentHash: real.parentHash })
    }
  })

  test('with any field altered or left out is refused', async () => {
    const real = await block('latest')
    const altered = {
      parentHash: word(1),
      stateRoot: word(1),
      number: '0xffff',
      timestamp: '0x1',
      hash: word(1),
      extraData: '0x00',
      baseFeePerGas: '0x1',
      requestsHash: undefined,
    }
    for (const [field, value] of Object.entries(altered))
      expect(() => l1Header({ ...real, [field]: value })).toThrow(
        expect.objectContaining({ code: 'L1_HEADER_INVALID' }),
      )
    for (const none of [null, undefined, 'x', {}, { hash: real.hash }])
      expect(() => l1Header(none)).toThrow(expect.objectContaining({ code: 'L1_HEADER_INVALID' }))
  })
})

describe('a proof of storage', () => {
  /** Stores its first words of calldata: SSTORE(i, 7 + i) for six slots. */
  const initCode: Hex = `0x${Array.from({ length: 6 }, (_, i) => `60${(7 + i).toString(16).padStart(2, '0')}60${i.toString(16).padStart(2, '0')}55`).join('')}00`
  let contract: Hex
  beforeAll(async () => {
    const account = testAccount(0)
    const wallet = createWalletClient({ transport: http(l1.url), account })
    const client = createPublicClient({ transport: http(l1.url), pollingInterval: 100 })
    const hash = await wallet.sendTransaction({ chain: null, data: initCode } as never)
    contract = (await client.waitForTransactionReceipt({ hash })).contractAddress!
  }, 60_000)
  const slots = [0, 1, 2, 3, 4, 5, 99].map(word)
  const ask = async () => {
    const header = l1Header(await block('latest'))
    const params = [contract, slots, numberToHex(header.number)]
    return { header, proof: await l1.request<RpcProof>('eth_getProof', params) }
  }

  test('gives the values below the state root, and zero where there is nothing', async () => {
    const { header, proof } = await ask()
    expect(provenStorage(header.stateRoot, contract, slots, proof)).toEqual([7n, 8n, 9n, 10n, 11n, 12n, 0n])
  })

  test('with any node altered, left out, of another slot or another block is refused', async () => {
    const { header, proof } = await ask()
    const refused = (other: RpcProof, root: Hash = header.stateRoot) =>
      expect(() => provenStorage(root, contract, slots, other)).toThrow(
        expect.objectContaining({ code: 'L1_PROOF_INVALID' }),
      )
    for (let i = 0; i < proof.accountProof.length; i++) {
      const accountProof = [...proof.accountProof]
      accountProof[i] =
        `${accountProof[i]!.slice(0, -2)}${accountProof[i]!.endsWith('00') ? '01' : '00'}` as Hex
      refused({ ...proof, accountProof })
      refused({ ...proof, accountProof: proof.accountProof.slice(0, i) })
    }
    const [first, second, ...rest] = proof.storageProof
    refused({ ...proof, storageProof: [{ ...first!, proof: [] }, second!, ...rest] })
    refused(proof, word(1))
    refused({ accountProof: [], storageProof: [] })
    refused({} as never)
    // An account that is not there cannot have the slots.
    expect(() => provenStorage(header.stateRoot, `0x${'ab'.repeat(20)}`, slots, proof)).toThrow()
  })
})

describe('a chain of headers', () => {
  const hashOf = (number: number, branch: number): Hash =>
    bytesToHex(Uint8Array.from({ length: 32 }, (_, i) => (i < 4 ? number >> (8 * i) : branch) & 255))
  /** Header of a chain that leaves branch 0 after `fork`. */
  const header = (number: number, branch = 0, fork = 0): L1Header => ({
    number: BigInt(number),
    hash: hashOf(number, number > fork ? branch : 0),
    parentHash: hashOf(number - 1, number - 1 > fork ? branch : 0),
    stateRoot: word(0),
    timestamp: BigInt(number),
  })
  function chainOf(branch = { id: 0, fork: 0 }, clock = systemClock) {
    const asked: string[] = []
    const chain = headerChain({
      clock,
      byHash: async (hash) => {
        asked.push(hash)
        for (let number = 0; number < 3_000; number++)
          for (const id of [0, branch.id])
            if (header(number, id, branch.fork).hash === hash) return header(number, id, branch.fork)
        return undefined
      },
      range: async (from, to) =>
        Array.from({ length: Number(to - from + 1n) }, (_, i) =>
          header(Number(from) + i, branch.id, branch.fork),
        ),
    })
    return { chain, branch, asked }
  }

  test('grows, over gaps too, and tells an older head from another branch', async () => {
    const { chain, branch } = chainOf()
    expect(await chain.extend(header(10))).toBe('first')
    expect(await chain.extend(header(11))).toBe('linked')
    expect(await chain.extend(header(500))).toBe('linked')
    expect(await chain.extend(header(500))).toBe('linked')
    expect(await chain.extend(header(480))).toBe('behind')
    expect(chain.newest!.number).toBe(500n)
    Object.assign(branch, { id: 5, fork: 470 })
    expect(await chain.extend(header(502, 5, 470))).toBe('linked')
    expect(chain.at(475n)!.hash).toBe(header(475, 5, 470).hash)
    expect(chain.at(470n)!.hash).toBe(header(470).hash)
    // Back to the first, by way of the branching block, and shorter.
    Object.assign(branch, { id: 0, fork: 0 })
    expect(await chain.extend(header(490))).toBe('linked')
    expect(chain.newest!.number).toBe(490n)
    expect(chain.at(495n)).toBeUndefined()
  })

  test('refuses what does not chain, and stays as it is', async () => {
    const { chain } = chainOf()
    await chain.extend(header(10))
    await chain.extend(header(20))
    const refused = async (head: L1Header) => {
      await expect(chain.extend(head)).rejects.toMatchObject({ code: 'SETTLEMENT_REORGED' })
      expect(chain.newest!.hash).toBe(header(20).hash)
      expect(await chain.extend(header(20))).toBe('linked')
    }
    await refused({ ...header(21), parentHash: word(7), hash: word(8) })
    await refused({ ...header(30), parentHash: word(7), hash: word(8) })
    await refused({ ...header(21), timestamp: 1n })
    await refused({ ...header(5), hash: word(9) })
    await refused(header(1_000_000))
  })

  test('takes an L1 that stays another one as the first, after some looks over some time', async () => {
    let now = 0
    const clock = { ...systemClock, elapsed: () => now }
    const { chain } = chainOf(undefined, clock)
    await chain.extend(header(10))
    const far = header(1_000_000)
    for (let i = 0; i < 5; i++) await expect(chain.extend(far)).rejects.toThrow(/does not link/)
    now = 6_000
    expect(await chain.extend(far)).toBe('first')
  })
})

describe('the transport', () => {
  const opened: { stop(): Promise<void> }[] = []
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.stop()
  })
  async function proxy(name?: string): Promise<LyingProxy> {
    const made = await lyingProxy(l1.url)
    opened.push(made)
    await made.lie(name === undefined ? undefined : lie(name))
    return made
  }
  async function serving(answer: (body: { id: number }) => string): Promise<string> {
    const server: Server = createServer(async (request, response) => {
      let text = ''
      for await (const chunk of request) text += chunk
      response.end(answer(JSON.parse(text)))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    opened.push({
      stop: async () => {
        server.closeAllConnections()
        server.close()
      },
    })
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const reader = (urls: string | readonly string[], options = {}) =>
    createPublicClient({ transport: l1Transport(urls, { timeoutMs: 2_000, ...options }), cacheTime: 0 })

  test.each([
    'html',
    'truncated',
    'cut-off',
    'resets',
    'status-500',
    'status-429',
    'hangs',
    'drips',
    'huge',
    'empty-body',
    'ids-wrong',
    'batch-short',
    'errors',
  ])(
    'an endpoint with the fault %s fails in time, and answers after it',
    async (name) => {
      const made = await proxy(name)
      const client = reader(made.url, { maxAnswerBytes: 4 * 2 ** 20 })
      await expect(Promise.all([client.getBlockNumber(), client.getChainId()])).rejects.toThrow()
      await made.lie(undefined)
      expect(await client.getChainId()).toBe(31_337)
    },
    60_000,
  )

  test('an answer must have its own id and a result', async () => {
    for (const answer of [
      '{"jsonrpc":"2.0","id":77,"result":"0x1"}',
      '{"jsonrpc":"2.0","result":"0x1"}',
      '[]',
      'null',
      '7',
    ])
      await expect(reader(await serving(() => answer)).getChainId()).rejects.toThrow(/answers wrongly/)
    const url = await serving(({ id }) => JSON.stringify({ jsonrpc: '2.0', id, result: '0x5' }))
    expect(await reader(url).getChainId()).toBe(5)
  })

  test('of three endpoints two decide: one may lie, lag or be gone', async () => {
    const truth = await proxy()
    for (const name of [
      'call-zeros',
      'block-hash',
      'logs-doubled',
      'head-stale',
      'head-older',
      'hangs',
      'resets',
      'html',
    ]) {
      const liar = await proxy(name)
      const client = reader([liar.url, truth.url, l1.url])
      const [head, chainId, count] = await Promise.all([
        client.getBlock(),
        client.getChainId(),
        client.getTransactionCount({ address: testAccount(0).address }),
      ])
      expect(head.hash).toBe((await block(numberToHex(head.number))).hash)
      expect(chainId).toBe(31_337)
      expect(count).toBeGreaterThan(0)
    }
  }, 120_000)

  test('where no two agree, that is said, with what each answers', async () => {
    const [a, b] = [await proxy('block-hash'), await proxy('block-null')]
    const client = reader([a.url, b.url, l1.url])
    await expect(client.getBlock({ blockNumber: 0n })).rejects.toThrow(/The L1 endpoints do not agree/)
    await expect(reader([a.url, l1.url]).getBlock({ blockNumber: 0n })).rejects.toThrow(/do not agree/)
    expect(() => l1Transport([])).toThrow(/at least one URL/)
    expect(() => l1Transport([l1.url], { quorum: 2 })).toThrow(/from 1 to 1/)
  })

  test('a transaction is sent to all, and is not lost on one that keeps it', async () => {
    const black = await serving(({ id }) => JSON.stringify({ jsonrpc: '2.0', id, result: word(0) }))
    const account = testAccount(3)
    const raw = await account.signTransaction({
      chainId: 31_337,
      type: 'eip1559',
      to: account.address,
      nonce: 0,
      gas: 21_000n,
      maxFeePerGas: 10n ** 11n,
      maxPriorityFeePerGas: 10n ** 9n,
    })
    const client = reader([black, l1.url])
    await client.sendRawTransaction({ serializedTransaction: raw })
    const plain = createPublicClient({ transport: http(l1.url), cacheTime: 0, pollingInterval: 100 })
    let count = 0
    for (let i = 0; i < 600 && count === 0; i++) {
      count = await plain.getTransactionCount({ address: account.address })
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(count).toBe(1)
  }, 120_000)
})
