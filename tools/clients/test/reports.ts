import { expect } from '@jest/globals'
import { anvil } from '@animechain/testing'
import {
  concatHex,
  createPublicClient,
  createWalletClient,
  encodeDeployData,
  encodeFunctionData,
  getAddress,
  hexToBigInt,
  http,
  keccak256,
  numberToHex,
  pad,
  parseAbi,
  parseEther,
  parseGwei,
  publicActions,
  stringToHex,
  toHex,
  type Address,
  type Chain,
  type Hash,
  type Hex,
  type TransactionSerializable,
} from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { entryPoint07Abi, entryPoint07Address } from 'viem/account-abstraction'
import WebSocket from 'ws'

/** What people reported elsewhere, asked of this chain: what is right is asserted, whatever the other project answered. */
export interface Report {
  /** GitHub repository and number of the issue or pull request */
  id: string
  /** what was asked there, and what must come */
  asks: string
  replay(context: ReportContext): Promise<void>
}

export interface Answer<T = unknown> {
  result?: T
  error?: { code: number; message: string; data?: Hex }
}

export interface ReportContext {
  url: string
  wsUrl: string
  chain: Chain
  counter: Address
  /** transaction with three logs of `counter` */
  logged: Hash
  counterCode: { abi: readonly unknown[]; bytecode: Hex }
  refusingCode: Hex
  privateKey: Hex
  /** Any answer, errors too. */
  ask<T = unknown>(method: string, params?: readonly unknown[]): Promise<Answer<T>>
  /** @throws Error when the answer is one */
  get<T = never>(method: string, params?: readonly unknown[]): Promise<T>
  /** Sends any body. */
  post(body: string, headers?: Record<string, string>): Promise<unknown>
}

type Fields = Record<string, never>
const abi = parseAbi([
  'function count() view returns (uint256)',
  'function increase(uint256 by) returns (uint256)',
  'function refuse() pure',
  'function refuseBare() pure',
])
const call = (functionName: 'count' | 'increase' | 'refuse' | 'refuseBare', by = 1n) =>
  functionName === 'increase'
    ? encodeFunctionData({ abi, functionName, args: [by] })
    : encodeFunctionData({ abi, functionName })
const stranger = getAddress(`0x${'57'.repeat(20)}`)
const counted = keccak256(stringToHex('Counted(address,uint256,uint256)'))
const gasPriceOracle = '0x420000000000000000000000000000000000000F'
const quantity = /^0x(0|[1-9a-f][0-9a-f]*)$/

function clients({ chain, privateKey }: Pick<ReportContext, 'chain'> & { privateKey: Hex }) {
  return createWalletClient({
    chain,
    account: privateKeyToAccount(privateKey),
    transport: http(),
    pollingInterval: 200,
  }).extend(publicActions)
}

/** A fresh account that somebody gave ether to. */
async function funded(context: ReportContext, value: bigint) {
  const privateKey = generatePrivateKey()
  const rich = clients(context)
  const hash = await rich.sendTransaction({ to: privateKeyToAccount(privateKey).address, value })
  await rich.waitForTransactionReceipt({ hash })
  return clients({ chain: context.chain, privateKey })
}

/** Signs a transaction of the context's account that is filled in but for what is given. */
async function signed(
  context: ReportContext,
  fields: Partial<TransactionSerializable> & { nonce: number },
): Promise<Hex> {
  const { account } = clients(context)
  return account.signTransaction({
    type: 'eip1559',
    chainId: context.chain.id,
    to: stranger,
    value: 0n,
    gas: 21_000n,
    maxFeePerGas: parseGwei('3'),
    maxPriorityFeePerGas: parseGwei('1'),
    ...fields,
  } as TransactionSerializable)
}

interface FeeHistory {
  oldestBlock: Hex
  baseFeePerGas: Hex[]
  gasUsedRatio: number[]
  reward?: Hex[][]
}

const fees: Report[] = [
  {
    id: 'ethereum/go-ethereum#24669',
    asks: 'eth_feeHistory gives one base fee more than blocks: that of the next block',
    async replay({ get }) {
      const history = await get<FeeHistory>('eth_feeHistory', ['0x2', 'latest', [10, 50, 90]])
      expect(history.baseFeePerGas.length).toBe(3)
      expect(history.gasUsedRatio.length).toBe(2)
      expect(history.reward!.map((row) => row.length)).toEqual([3, 3])
    },
  },
  {
    id: 'besu-eth/besu#6170',
    asks: 'rewards of eth_feeHistory are weighted by gas and do not fall from one percentile to the next',
    async replay({ get, logged }) {
      const { blockNumber } = await get<{ blockNumber: Hex }>('eth_getTransactionReceipt', [logged])
      const { reward } = await get<FeeHistory>('eth_feeHistory', ['0x1', blockNumber, [0, 20, 30, 100]])
      const row = reward![0]!.map((reward) => hexToBigInt(reward))
      expect([...row].sort((a, b) => (a < b ? -1 : 1))).toEqual(row)
      expect(row[3]).toBeGreaterThan(0n)
    },
  },
  {
    id: 'besu-eth/besu#4243',
    asks: 'eth_feeHistory for more blocks than there are begins at block 0 and repeats nothing',
    async replay({ get }) {
      const history = await get<FeeHistory>('eth_feeHistory', ['0x40', '0x3', []])
      expect(history.oldestBlock).toBe('0x0')
      expect(history.gasUsedRatio.length).toBe(4)
      expect(history.baseFeePerGas.length).toBe(5)
    },
  },
  {
    id: 'evmos/ethermint#1559',
    asks: 'eth_feeHistory with a number for the count and null for the percentiles',
    async replay({ get }) {
      const history = await get<FeeHistory>('eth_feeHistory', [4, '0x4', null])
      expect(history.baseFeePerGas.length).toBe(5)
    },
  },
  {
    id: 'paradigmxyz/reth#1782',
    asks: 'oldestBlock of eth_feeHistory is a number, and the base fee after it that of the block',
    async replay({ get }) {
      const history = await get<FeeHistory>('eth_feeHistory', ['0x1', '0x2', [95, 99]])
      expect(history.oldestBlock).toBe('0x2')
      const block = await get<{ baseFeePerGas: Hex }>('eth_getBlockByNumber', ['0x3', false])
      expect(history.baseFeePerGas[1]).toBe(block.baseFeePerGas)
    },
  },
  {
    id: 'MetaMask/metamask-extension#22370',
    asks: 'eth_maxPriorityFeePerGas is answered, as a quantity',
    async replay({ get }) {
      expect(await get<Hex>('eth_maxPriorityFeePerGas')).toMatch(quantity)
    },
  },
  {
    id: 'ConsenSys-archive/ganache#2097',
    asks: 'eth_gasPrice is the base fee and the suggested priority fee',
    async replay({ get }) {
      const [price, tip, block] = await Promise.all([
        get<Hex>('eth_gasPrice'),
        get<Hex>('eth_maxPriorityFeePerGas'),
        get<{ baseFeePerGas: Hex }>('eth_getBlockByNumber', ['latest', false]),
      ])
      const least = hexToBigInt(block.baseFeePerGas) + hexToBigInt(tip)
      // The base fee may have moved between the answers, by a fiftieth in a block.
      expect(hexToBigInt(price)).toBeGreaterThanOrEqual((least * 9n) / 10n)
      expect(hexToBigInt(price)).toBeLessThanOrEqual(least * 3n)
    },
  },
  {
    id: 'kkrt-labs/kakarot-rpc#131',
    asks: 'a tip above the whole fee is refused, and the error says so',
    async replay(context) {
      const nonce = await clients(context).getTransactionCount({ address: clients(context).account.address })
      const raw = await context.ask('eth_estimateGas', [
        {
          from: clients(context).account.address,
          to: stranger,
          nonce: numberToHex(nonce),
          maxFeePerGas: '0x1',
          maxPriorityFeePerGas: '0x3b9aca00',
        },
      ])
      expect(raw.error?.message).toMatch(/priority|tip/i)
    },
  },
]

const estimates: Report[] = [
  {
    id: 'ethereum/go-ethereum#21851',
    asks: 'eth_estimateGas of a transfer of the whole balance: an estimate without a price, an error with one',
    async replay(context) {
      const poor = await funded(context, 10n ** 15n)
      const transfer = { from: poor.account.address, to: stranger, value: numberToHex(10n ** 15n) }
      expect(await context.get('eth_estimateGas', [transfer])).toBe('0x5208')
      const { error } = await context.ask('eth_estimateGas', [{ ...transfer, gasPrice: '0x77359400' }])
      expect(error?.message).toMatch(/insufficient funds/)
    },
  },
  {
    id: 'ethereum/go-ethereum#951',
    asks: 'eth_estimateGas of a transfer from an empty account says that funds are missing',
    async replay({ ask }) {
      const { error } = await ask('eth_estimateGas', [
        { from: stranger, to: gasPriceOracle, value: '0xde0b6b3a7640000' },
      ])
      expect(error?.message).toMatch(/insufficient funds/)
    },
  },
  {
    id: 'Nethereum/Nethereum#908',
    asks: 'eth_estimateGas of a call from an account without ether, without a price',
    async replay({ get, counter }) {
      const from = privateKeyToAccount(generatePrivateKey()).address
      const gas = await get<Hex>('eth_estimateGas', [{ from, to: counter, data: call('increase') }])
      expect(hexToBigInt(gas)).toBeGreaterThan(21_000n)
    },
  },
  {
    id: 'erigontech/erigon#20314',
    asks: 'eth_estimateGas of a call that reverts without data: code 3',
    async replay({ ask, counter }) {
      const { error } = await ask('eth_estimateGas', [{ to: counter, data: call('refuseBare') }])
      expect(error).toMatchObject({ code: 3, message: 'execution reverted', data: '0x' })
    },
  },
  {
    id: 'ethereum/execution-apis#232',
    asks: 'a custom error comes with code 3 and its data, from eth_call and eth_estimateGas',
    async replay({ ask, counter }) {
      for (const method of ['eth_call', 'eth_estimateGas']) {
        const { error } = await ask(method, [{ to: counter, data: call('increase', 101n) }])
        expect(error?.code).toBe(3)
        expect(error?.data).toMatch(/^0x[0-9a-f]{8}/)
        expect(error?.data?.length).toBe(2 + 8 + 128)
      }
    },
  },
  {
    id: '0xPolygon/zkevm-node#2026',
    asks: 'a constructor that reverts with a reason: code 3, reason in the message, data',
    async replay({ ask, refusingCode }) {
      for (const method of ['eth_call', 'eth_estimateGas']) {
        const { error } = await ask(method, [{ data: refusingCode }])
        expect(error).toMatchObject({ code: 3, message: 'execution reverted: aaaa' })
        expect(error?.data).toMatch(/^0x08c379a0/)
      }
    },
  },
  {
    id: 'besu-eth/besu#9230',
    asks: 'eth_estimateGas with an authorizationList (EIP-7702)',
    async replay(context) {
      const { account } = clients(context)
      const authorization = await clients(context).signAuthorization({
        contractAddress: context.counter,
        executor: 'self',
      })
      const list = [
        {
          chainId: numberToHex(context.chain.id),
          address: context.counter,
          nonce: numberToHex(authorization.nonce),
          yParity: numberToHex(authorization.yParity!),
          r: authorization.r,
          s: authorization.s,
        },
      ]
      const gas = await context.get<Hex>('eth_estimateGas', [
        { from: account.address, to: account.address, authorizationList: list, data: call('count') },
      ])
      // 21,000 and 25,000 for the authorisation (EIP-7702), calldata and the call.
      expect(hexToBigInt(gas)).toBeGreaterThan(46_000n)
    },
  },
  {
    id: 'OffchainLabs/nitro#3521',
    asks: 'each authorisation adds its gas to the estimate',
    async replay(context) {
      const entry = (nonce: Hex) => ({
        chainId: numberToHex(context.chain.id),
        address: context.counter,
        nonce,
        yParity: '0x0',
        r: numberToHex(5n),
        s: numberToHex(7n),
      })
      const gas = async (authorizationList: unknown[]) =>
        hexToBigInt(
          await context.get<Hex>('eth_estimateGas', [
            { from: clients(context).account.address, to: stranger, authorizationList },
          ]),
        )
      const [one, two] = [await gas([entry('0x0')]), await gas([entry('0x0'), entry('0x1')])]
      expect(two - one).toBeGreaterThanOrEqual(25_000n)
      expect(two - one).toBeLessThan(30_000n)
    },
  },
  {
    id: 'ethereum/go-ethereum#31617',
    asks: 'an authorisation with a signature of nobody is skipped, not an error',
    async replay(context) {
      const { account } = clients(context)
      const authorizationList = [
        {
          chainId: numberToHex(context.chain.id),
          nonce: '0x1',
          address: context.counter,
          yParity: '0x0',
          r: '0x0',
          s: '0x0',
        },
      ]
      const { error } = await context.ask('eth_estimateGas', [
        { from: account.address, to: stranger, authorizationList },
      ])
      expect(error).toBeUndefined()
    },
  },
  {
    id: 'ethereum-optimism/optimism#2834',
    asks: 'balance less gas is too much to send, for L1’s fee; less what GasPriceOracle says it goes through',
    async replay(context) {
      const balance = parseEther('0.01')
      const poor = await funded(context, balance)
      const maxFeePerGas = parseGwei('3')
      const fields = { to: stranger, gas: 21_000n, maxFeePerGas, maxPriorityFeePerGas: 1n, nonce: 0 } as const
      const all = balance - 21_000n * maxFeePerGas
      await expect(poor.sendTransaction({ ...fields, value: all })).rejects.toThrow(
        /insufficient funds|exceeds the balance/,
      )
      const oracleAbi = parseAbi(['function getL1FeeUpperBound(uint256) view returns (uint256)'])
      const bound = await poor.readContract({
        address: gasPriceOracle,
        abi: oracleAbi,
        functionName: 'getL1FeeUpperBound',
        args: [128n],
      })
      // The price of L1 may rise between the question and the block.
      const hash = await poor.sendTransaction({ ...fields, value: all - 2n * bound })
      expect((await poor.waitForTransactionReceipt({ hash })).status).toBe('success')
    },
  },
]

const calls: Report[] = [
  {
    id: 'moonbeam-foundation/moonbeam#1860',
    asks: 'eth_call with a stateDiff sees the slot as overridden, and others as they are',
    async replay({ get, counter }) {
      const slot = pad('0x0')
      const overrides = { [counter]: { stateDiff: { [slot]: pad('0x2a') } } }
      expect(await get('eth_call', [{ to: counter, data: call('count') }, 'latest', overrides])).toBe(
        pad('0x2a'),
      )
      expect(await get('eth_call', [{ to: counter, data: call('count') }, 'latest'])).not.toBe(pad('0x2a'))
    },
  },
  {
    id: 'bnb-chain/bsc#656',
    asks: 'eth_call with code for an address that has none, together with a balance',
    async replay({ get }) {
      // Returns the caller's balance.
      const code = '0x333160005260206000f3'
      const overrides = { [stranger]: { code }, [gasPriceOracle]: { balance: '0x7' } }
      expect(await get('eth_call', [{ from: gasPriceOracle, to: stranger }, 'latest', overrides])).toBe(
        pad('0x7'),
      )
    },
  },
  {
    id: 'a16z/helios#737',
    asks: 'state and stateDiff for one account are refused',
    async replay({ ask, counter }) {
      const slots = { [pad('0x0')]: pad('0x1') }
      const { error } = await ask('eth_call', [
        { to: counter },
        'latest',
        { [counter]: { state: slots, stateDiff: slots } },
      ])
      expect(error?.message).toMatch(/both.*state.*stateDiff/i)
    },
  },
  {
    id: 'Zilliqa/zq1#3922',
    asks: 'eth_call takes input in the place of data',
    async replay({ get, counter }) {
      const data = call('count')
      expect(await get('eth_call', [{ to: counter, input: data }, 'latest'])).toBe(
        await get('eth_call', [{ to: counter, data }, 'latest']),
      )
    },
  },
  {
    id: 'moonbeam-foundation/frontier#169',
    asks: 'input and data that are alike are taken, others refused',
    async replay({ ask, counter }) {
      const data = call('count')
      expect((await ask('eth_call', [{ to: counter, data, input: data }, 'latest'])).error).toBeUndefined()
      const differing = await ask('eth_call', [{ to: counter, data, input: '0x01' }, 'latest'])
      expect(differing.error?.message).toMatch(/data.*input/)
    },
  },
  {
    id: 'ethereum/go-ethereum#25467',
    asks: 'eth_createAccessList without a gas limit',
    async replay({ get, counter }) {
      const list = await get<{
        accessList: { address: Address; storageKeys: Hash[] }[]
        gasUsed: Hex
        error?: string
      }>('eth_createAccessList', [{ from: stranger, to: counter, data: call('increase') }, 'latest'])
      expect(list.error).toBeUndefined()
      expect(list.accessList).toEqual([{ address: counter.toLowerCase(), storageKeys: [pad('0x0')] }])
    },
  },
  {
    id: 'ethereum-optimism/optimism#21682',
    asks: 'gasUsed of eth_createAccessList is that of the call with the list',
    async replay({ get, counter }) {
      const request = { from: stranger, to: counter, data: call('count') }
      const { accessList, gasUsed } = await get<{ accessList: unknown; gasUsed: Hex }>(
        'eth_createAccessList',
        [request, 'latest'],
      )
      const estimate = await get<Hex>('eth_estimateGas', [{ ...request, accessList }])
      const difference = hexToBigInt(estimate) - hexToBigInt(gasUsed)
      // An estimate is found by halving, to 1.5%.
      expect(difference).toBeGreaterThanOrEqual(0n)
      expect(difference).toBeLessThan(hexToBigInt(gasUsed) / 20n)
    },
  },
  {
    id: 'NethermindEth/nethermind#8412',
    asks: 'eth_simulateV1 with validation lets two transfers through, and names a nonce that does not fit',
    async replay({ ask, get }) {
      const to = `0x${'61'.repeat(20)}`
      const transfer = { from: stranger, to, maxFeePerGas: '0xf', value: '0x1', gas: '0x5208' }
      const simulation = (validation: boolean, second: object) => [
        {
          blockStateCalls: [
            {
              blockOverrides: { baseFeePerGas: '0x9' },
              stateOverrides: { [stranger]: { balance: '0x4a817c420' } },
              calls: [transfer, second],
            },
          ],
          traceTransfers: true,
          validation,
        },
        'latest',
      ]
      for (const validation of [true, false]) {
        const [block] = await get<{ calls: { status: Hex }[] }[]>(
          'eth_simulateV1',
          simulation(validation, transfer),
        )
        expect(block!.calls.map(({ status }) => status)).toEqual(['0x1', '0x1'])
      }
      const { error } = await ask('eth_simulateV1', simulation(true, { ...transfer, nonce: '0x0' }))
      expect(error).toMatchObject({ code: -38010, message: expect.stringContaining('nonce too low') })
    },
  },
  {
    id: 'erigontech/erigon#17995',
    asks: 'eth_simulateV1 with traceTransfers has the logs of contracts, too',
    async replay({ get, counter }) {
      const [block] = await get<{ calls: { logs: { address: Address }[] }[] }[]>('eth_simulateV1', [
        {
          blockStateCalls: [
            {
              stateOverrides: { [stranger]: { balance: '0xde0b6b3a7640000' } },
              calls: [
                { from: stranger, to: counter, data: call('increase') },
                { from: stranger, to: `0x${'61'.repeat(20)}`, value: '0x1' },
              ],
            },
          ],
          traceTransfers: true,
        },
        'latest',
      ])
      expect(block!.calls[0]!.logs.map(({ address }) => address)).toEqual([counter.toLowerCase()])
      expect(block!.calls[1]!.logs.map(({ address }) => address)).toEqual([`0x${'ee'.repeat(20)}`])
    },
  },
]

const reads: Report[] = [
  {
    id: 'neonevm/neon-evm#469',
    asks: 'receipts have effectiveGasPrice',
    async replay({ get, logged }) {
      const receipt = await get<{ effectiveGasPrice: Hex; type: Hex }>('eth_getTransactionReceipt', [logged])
      expect(receipt.effectiveGasPrice).toMatch(quantity)
      expect(receipt.type).toBe('0x2')
    },
  },
  {
    id: '0xPolygon/bor#1148',
    asks: 'eth_getBlockReceipts has what eth_getTransactionReceipt has',
    async replay({ get, logged }) {
      const single = await get<{ blockHash: Hash; transactionIndex: Hex }>('eth_getTransactionReceipt', [
        logged,
      ])
      const all = await get<unknown[]>('eth_getBlockReceipts', [single.blockHash])
      expect(all[Number(single.transactionIndex)]).toEqual(single)
    },
  },
  {
    id: 'ethereum/go-ethereum#32456',
    asks: 'eth_getBlockReceipts of the pending block is no internal error',
    async replay({ ask }) {
      const { error, result } = await ask<unknown>('eth_getBlockReceipts', ['pending'])
      expect(error).toBeUndefined()
      expect(result === null || Array.isArray(result)).toBe(true)
    },
  },
  {
    id: 'besu-eth/besu#3947',
    asks: 'safe and finalized are known tags, in their order',
    async replay({ get }) {
      const number = async (tag: string) =>
        Number((await get<{ number: Hex } | null>('eth_getBlockByNumber', [tag, false]))?.number ?? -1)
      const [finalized, safe, latest] = [
        await number('finalized'),
        await number('safe'),
        await number('latest'),
      ]
      expect(finalized).toBeLessThanOrEqual(safe)
      expect(safe).toBeLessThanOrEqual(latest)
      expect(finalized).toBeGreaterThanOrEqual(0)
    },
  },
  {
    id: 'besu-eth/besu#8007',
    asks: 'eth_getLogs for a block hash that nobody knows is an error, not an empty list',
    async replay({ ask }) {
      const { error } = await ask('eth_getLogs', [{ blockHash: pad('0xff') }])
      expect(error).toMatchObject({ code: -32000, message: 'unknown block' })
    },
  },
  {
    id: 'evmos/ethermint#861',
    asks: 'eth_getLogs by block hash alone, without address and topics',
    async replay({ get, logged }) {
      const { blockHash, logs } = await get<{ blockHash: Hash; logs: unknown[] }>(
        'eth_getTransactionReceipt',
        [logged],
      )
      expect(await get('eth_getLogs', [{ blockHash }])).toEqual(expect.arrayContaining(logs))
    },
  },
  {
    id: 'paradigmxyz/reth#3851',
    asks: 'an empty list among topics matches anything at its place, and the rest still filters',
    async replay({ get, counter }) {
      const topics = [[counted], [], [pad('0x2')]]
      const logs = await get<{ topics: Hash[] }[]>('eth_getLogs', [
        { fromBlock: '0x0', address: counter, topics },
      ])
      expect(logs.length).toBeGreaterThan(0)
      for (const log of logs) expect(log.topics[2]).toBe(pad('0x2'))
    },
  },
  {
    id: 'erigontech/silkrpc#434',
    asks: 'null among topics matches anything at its place',
    async replay({ get, counter }) {
      const filter = { fromBlock: '0x0', address: counter }
      const logs = await get<unknown[]>('eth_getLogs', [{ ...filter, topics: [counted, null, pad('0x3')] }])
      expect(logs).toEqual(await get('eth_getLogs', [{ ...filter, topics: [[counted], [], [pad('0x3')]] }]))
      expect(logs.length).toBeGreaterThan(0)
    },
  },
  {
    id: 'ethereum/go-ethereum#15187',
    asks: 'null behind the last topic asks for at least as many topics and drops none of the logs that have them',
    async replay({ get, counter }) {
      const filter = { fromBlock: '0x0', address: counter }
      expect(await get('eth_getLogs', [{ ...filter, topics: [counted, null, null] }])).toEqual(
        await get('eth_getLogs', [{ ...filter, topics: [counted] }]),
      )
    },
  },
  {
    id: 'VaultaFoundation/evm-contract#377',
    asks: 'an empty list of topics filters nothing out; alternatives at two places both count',
    async replay({ get, counter }) {
      const filter = { fromBlock: '0x0', address: counter }
      const all = await get<unknown[]>('eth_getLogs', [{ ...filter, topics: [] }])
      expect(all).toEqual(await get('eth_getLogs', [filter]))
      const two = await get<unknown[]>('eth_getLogs', [
        { ...filter, topics: [[counted, pad('0x1')], null, [pad('0x1'), pad('0x2')]] },
      ])
      expect(two.length).toBeGreaterThanOrEqual(2)
      expect(two.length).toBeLessThan(all.length)
    },
  },
  {
    id: 'NomicFoundation/hardhat#2709',
    asks: 'eth_getStorageAt takes slots of 32 bytes with zeros in front',
    async replay({ get, counter }) {
      expect(await get('eth_getStorageAt', [counter, pad('0x0'), 'latest'])).toMatch(/^0x[0-9a-f]{64}$/)
    },
  },
  {
    id: 'godwokenrises/godwoken-web3#158',
    asks: 'eth_getStorageAt takes 0x00 and 0x0, and gives 32 bytes',
    async replay({ get, counter }) {
      const whole = await get('eth_getStorageAt', [counter, pad('0x0'), 'latest'])
      expect(await get('eth_getStorageAt', [counter, '0x00', 'latest'])).toBe(whole)
      expect(await get('eth_getStorageAt', [counter, '0x0', 'latest'])).toBe(whole)
    },
  },
  {
    id: 'besu-eth/besu#4504',
    asks: 'eth_getProof answers with the storage key in the form it was asked in',
    async replay({ get, counter }) {
      const proof = await get<{ storageProof: { key: Hex }[] }>('eth_getProof', [
        counter,
        ['0x0', pad('0x1')],
        'latest',
      ])
      expect(proof.storageProof.map(({ key }) => key)).toEqual(['0x0', pad('0x1')])
    },
  },
  {
    id: 'NethermindEth/nethermind#6391',
    asks: 'values of eth_getProof are quantities, without zeros in front',
    async replay({ get, counter }) {
      const proof = await get<{ storageProof: { value: Hex }[]; balance: Hex; nonce: Hex }>('eth_getProof', [
        counter,
        [pad('0x0'), pad('0x9')],
        'latest',
      ])
      for (const value of [...proof.storageProof.map((entry) => entry.value), proof.balance, proof.nonce])
        expect(value).toMatch(quantity)
    },
  },
  {
    id: 'NethermindEth/nethermind#11837',
    asks: 'eth_getProof of an account that does not exist proves it, with hashes of nothing',
    async replay({ get }) {
      const nobody = privateKeyToAccount(generatePrivateKey()).address
      const proof = await get<{
        accountProof: Hex[]
        balance: Hex
        nonce: Hex
        codeHash: Hash
        storageHash: Hash
      }>('eth_getProof', [nobody, [], 'latest'])
      expect(proof).toMatchObject({ balance: '0x0', nonce: '0x0' })
      expect(proof.accountProof.length).toBeGreaterThan(0)
      const empty = [pad('0x0'), keccak256('0x'), keccak256('0x80')]
      expect(empty).toContain(proof.codeHash)
      expect(empty).toContain(proof.storageHash)
    },
  },
  {
    id: 'ethers-io/ethers.js#2711',
    asks: 'eth_chainId is hexadecimal, net_version the same number in decimal',
    async replay({ get, chain }) {
      expect(await get('eth_chainId')).toBe(numberToHex(chain.id))
      expect(await get('net_version')).toBe(String(chain.id))
    },
  },
  {
    id: 'ethereum-optimism/op-geth#48',
    asks: 'deposits have v, r, s and gasPrice of zero for parsers that want them',
    async replay({ get }) {
      expect(await deposit(get)).toMatchObject({ v: '0x0', r: '0x0', s: '0x0', gasPrice: '0x0' })
    },
  },
  {
    id: 'subsquid/squid-sdk#543',
    asks: 'deposits have a nonce',
    async replay({ get }) {
      expect((await deposit(get)).nonce).toMatch(quantity)
    },
  },
  {
    id: 'foundry-rs/foundry#4094',
    asks: 'anvil forks the chain and reads its blocks and contracts',
    async replay({ url, chain, counter, get }) {
      const fork = await anvil({ args: ['--fork-url', url], chainId: chain.id })
      try {
        const client = createPublicClient({ transport: http(fork.url) })
        const count = await client.readContract({ address: counter, abi, functionName: 'count' })
        expect(toHex(count, { size: 32 })).toBe(
          await get<Hex>('eth_call', [{ to: counter, data: call('count') }, 'latest']),
        )
        const block = await fork.request<{ transactions: Fields[] }>('eth_getBlockByNumber', ['0x1', true])
        expect(block.transactions.length).toBe(
          (await get<{ transactions: unknown[] }>('eth_getBlockByNumber', ['0x1', true])).transactions.length,
        )
      } finally {
        await fork.stop()
      }
    },
  },
]

/** The newest deposit: every chain begins with one that carries L1's attributes. */
async function deposit(get: ReportContext['get']): Promise<Record<string, Hex>> {
  for (let number = 1; number < 200; number++) {
    const block = await get<{ transactions: Record<string, Hex>[] } | null>('eth_getBlockByNumber', [
      numberToHex(number),
      true,
    ])
    if (!block) break
    const found = block.transactions.find(({ type }) => type === '0x7e')
    if (found) return found
  }
  throw new Error('there is no deposit yet')
}

interface CallFrame {
  error?: string
  output?: Hex
  revertReason?: string
  type: string
}

const traces: Report[] = [
  {
    id: 'paradigmxyz/reth#13802',
    asks: 'debug_traceCall of handleOps that reverts has the output',
    async replay({ get }) {
      const operation = {
        sender: stranger,
        nonce: 0n,
        // A factory that is none.
        initCode: concatHex([stranger, '0x00000000']),
        callData: '0x',
        accountGasLimits: concatHex([pad('0x30d40', { size: 16 }), pad('0x0', { size: 16 })]),
        preVerificationGas: 0n,
        gasFees: pad('0x1'),
        paymasterAndData: '0x',
        signature: '0x',
      } as const
      const data = encodeFunctionData({
        abi: entryPoint07Abi,
        functionName: 'handleOps',
        args: [[operation], stranger],
      })
      const frame = await get<CallFrame>('debug_traceCall', [
        { from: stranger, to: entryPoint07Address, data },
        'latest',
        { tracer: 'callTracer' },
      ])
      expect(frame.error).toBe('execution reverted')
      // FailedOp(uint256,string)
      expect(frame.output).toMatch(/^0x220266b6/)
    },
  },
  {
    id: '0xPolygon/cdk-erigon#905',
    asks: 'callTracer has error and revertReason, the struct logs end in REVERT and say that it failed',
    async replay({ get, counter }) {
      const request = { from: stranger, to: counter, data: call('refuse') }
      const frame = await get<CallFrame>('debug_traceCall', [request, 'latest', { tracer: 'callTracer' }])
      expect(frame).toMatchObject({ error: 'execution reverted', revertReason: 'not today' })
      const trace = await get<{ failed: boolean; structLogs: { op: string }[] }>('debug_traceCall', [
        request,
        'latest',
        {},
      ])
      expect(trace.failed).toBe(true)
      expect(trace.structLogs.at(-1)!.op).toBe('REVERT')
    },
  },
  {
    id: 'ConsenSys-archive/ganache#1536',
    asks: 'returnValue of a trace that reverted has the revert data',
    async replay({ get, counter }) {
      const { returnValue } = await get<{ returnValue: string }>('debug_traceCall', [
        { from: stranger, to: counter, data: call('refuse') },
        'latest',
        {},
      ])
      expect(returnValue).toMatch(/^(0x)?08c379a0/)
    },
  },
  {
    id: 'matter-labs/zksync-era#3122',
    asks: 'debug_traceBlockByNumber has a trace for every transaction of the block, deposits too',
    async replay({ get, logged }) {
      const { blockNumber } = await get<{ blockNumber: Hex }>('eth_getTransactionReceipt', [logged])
      for (const number of ['0x1', '0x2', blockNumber]) {
        const { transactions } = await get<{ transactions: Hash[] }>('eth_getBlockByNumber', [number, false])
        const all = await get<{ txHash: Hash }[]>('debug_traceBlockByNumber', [
          number,
          { tracer: 'callTracer' },
        ])
        expect(all.map(({ txHash }) => txHash)).toEqual(transactions)
      }
    },
  },
]

const transactions: Report[] = [
  {
    id: 'openethereum/parity-ethereum#2442',
    asks: 'the pending nonce counts what waits and is never below the latest',
    async replay(context) {
      const poor = await funded(context, parseEther('0.01'))
      const { address } = poor.account
      const fields = { to: stranger, gas: 21_000n, maxFeePerGas: parseGwei('3'), maxPriorityFeePerGas: 1n }
      const hashes: Hash[] = []
      for (let nonce = 0; nonce < 3; nonce++) hashes.push(await poor.sendTransaction({ ...fields, nonce }))
      expect(await poor.getTransactionCount({ address, blockTag: 'pending' })).toBe(3)
      expect(await poor.getTransactionCount({ address, blockTag: 'latest' })).toBeLessThanOrEqual(3)
      for (const hash of hashes) await poor.waitForTransactionReceipt({ hash })
      expect(await poor.getTransactionCount({ address, blockTag: 'latest' })).toBe(3)
    },
  },
  {
    id: 'nucypher/nucypher#2398',
    asks: 'the same transaction again is "already known", one in its place that pays no more "replacement transaction underpriced"',
    async replay(context) {
      const nonce = Number(
        await context.get<Hex>('eth_getTransactionCount', [clients(context).account.address, 'pending']),
      )
      // A nonce is left out, so that it waits.
      const waiting = await signed(context, { nonce: nonce + 1 })
      const hash = await context.get<Hash>('eth_sendRawTransaction', [waiting])
      expect((await context.ask('eth_sendRawTransaction', [waiting])).error).toMatchObject({
        code: -32000,
        message: 'already known',
      })
      const cheap = await signed(context, { nonce: nonce + 1, value: 1n })
      expect((await context.ask('eth_sendRawTransaction', [cheap])).error).toMatchObject({
        code: -32000,
        message: expect.stringContaining('replacement transaction underpriced'),
      })
      await context.get('eth_sendRawTransaction', [await signed(context, { nonce })])
      await clients(context).waitForTransactionReceipt({ hash })
    },
  },
  {
    id: 'hoprnet/hoprnet#2535',
    asks: 'a nonce that was mined is "nonce too low"',
    async replay(context) {
      const { error } = await context.ask('eth_sendRawTransaction', [
        await signed(context, { nonce: 0, value: 5n }),
      ])
      expect(error).toMatchObject({ code: -32000, message: expect.stringMatching(/^nonce too low/) })
    },
  },
]

/** Collects what a subscription sends until `enough`. */
function subscription<T>(
  { wsUrl }: ReportContext,
  params: readonly unknown[],
  enough: (all: T[]) => boolean,
  begun: () => Promise<unknown> = async () => {},
): Promise<T[]> {
  const socket = new WebSocket(wsUrl)
  const all: T[] = []
  return new Promise<T[]>((resolve, reject) => {
    const failed = setTimeout(() => reject(new Error(`${all.length} messages in a minute`)), 60_000)
    socket.on('error', reject)
    socket.on('open', () =>
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params })),
    )
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { id?: number; params?: { result: T } }
      if (message.id === 1) begun().catch(reject)
      if (!message.params) return
      all.push(message.params.result)
      if (!enough(all)) return
      clearTimeout(failed)
      resolve(all)
    })
  }).finally(() => socket.terminate())
}

const transports: Report[] = [
  {
    id: 'gear-tech/gear-js#1408',
    asks: 'an empty batch is one error -32600, [1] a list with one',
    async replay({ post }) {
      expect(await post('[]')).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32600 } })
      expect(await post('[1]')).toMatchObject([{ jsonrpc: '2.0', id: null, error: { code: -32600 } }])
    },
  },
  {
    id: 'steemit/jussi#191',
    asks: 'an error within a batch stands in the list, with its id',
    async replay({ post }) {
      const batch = [
        { jsonrpc: '2.0', id: 1, method: 'no_such' },
        { jsonrpc: '2.0', id: 'b', method: 'eth_chainId' },
      ]
      const answer = (await post(JSON.stringify(batch))) as { id: unknown; error?: { code: number } }[]
      expect(answer.find(({ id }) => id === 1)?.error?.code).toBe(-32601)
      expect(answer.find(({ id }) => id === 'b')?.error).toBeUndefined()
      expect(answer.length).toBe(2)
    },
  },
  {
    id: 'tomusdrw/rust-web3#244',
    asks: 'a batch of notifications is answered with nothing',
    async replay({ url }) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify([{ jsonrpc: '2.0', method: 'eth_chainId' }]),
      })
      expect(await response.text()).toBe('')
    },
  },
  {
    id: 'ConsenSys-archive/ganache-cli-archive#17',
    asks: 'a page’s preflight for content-type is answered as browsers want it',
    async replay({ url }) {
      const response = await fetch(url, {
        method: 'OPTIONS',
        headers: {
          origin: 'http://localhost:3000',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type',
        },
      })
      expect(response.status).toBeLessThan(300)
      expect(response.headers.get('access-control-allow-origin')).toMatch(/^(\*|http:\/\/localhost:3000)$/)
      expect(response.headers.get('access-control-allow-headers')?.toLowerCase()).toMatch(/content-type|\*/)
    },
  },
  {
    id: 'erigontech/erigon#1824',
    asks: 'newHeads come in order, each the child of the one before',
    async replay(context) {
      const heads = await subscription<{ hash: Hash; parentHash: Hash; number: Hex }>(
        context,
        ['newHeads'],
        (all) => all.length === 5,
      )
      for (const [i, head] of heads.entries()) if (i) expect(head.parentHash).toBe(heads[i - 1]!.hash)
    },
  },
  {
    id: 'chainwayxyz/citrea#3155',
    asks: 'logs of a subscription come in the order of logIndex',
    async replay(context) {
      const wallet = clients(context)
      const data = encodeFunctionData({ abi: parseAbi(['function steps(uint256)']), args: [20n] })
      const logs = await subscription<{ blockNumber: Hex; logIndex: Hex }>(
        context,
        ['logs', { address: context.counter }],
        (all) => all.length >= 20,
        () => wallet.sendTransaction({ to: context.counter, data }),
      )
      const places = logs.map((log) => Number(log.blockNumber) * 1e6 + Number(log.logIndex))
      expect([...places].sort((a, b) => a - b)).toEqual(places)
      expect(new Set(places).size).toBe(places.length)
    },
  },
]

export const reports: readonly Report[] = [
  ...fees,
  ...estimates,
  ...calls,
  ...reads,
  ...traces,
  ...transactions,
  ...transports,
]

/** What `deploy` needs of a compiled contract. */
export function creation(code: { abi: readonly unknown[]; bytecode: Hex }, args: readonly unknown[]): Hex {
  return encodeDeployData({ ...code, args } as never)
}
