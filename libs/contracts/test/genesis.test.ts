import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { predeploys, type Address, type Genesis } from '@animechain/core'
import { anvil, type Anvil } from '@animechain/testing'
import { createPublicClient, encodeFunctionData, getAddress, http, parseAbi } from 'viem'
import {
  baseFeeVaultAbi,
  genesis,
  l1BlockAbi,
  l2CrossDomainMessengerAbi,
  l2Erc1155BridgeAbi,
  l2Erc721BridgeAbi,
  l2StandardBridgeAbi,
  l2ToL1MessagePasserAbi,
  multicall3Abi,
  optimismMintableErc721FactoryAbi,
  preinstalls,
  viemChains,
  type GenesisParameters,
  type L1Addresses,
} from '../src/index.js'

const fake = (n: number): Address => `0x${n.toString(16).padStart(40, '0')}`
const parameters: GenesisParameters = {
  addresses: {
    l1CrossDomainMessenger: fake(0xc1),
    l1StandardBridge: fake(0xc2),
    l1Erc721Bridge: fake(0xc3),
    l1Erc1155Bridge: fake(0xc4),
    optimismPortal: fake(0xc5),
    inbox: fake(0xc6),
  },
  l1ChainId: 31337,
  l2ChainId: 4242,
  timestamp: 1_700_000_000n,
  gasLimit: 30_000_000n,
  feeRecipient: fake(0xfee),
  minFeeWithdrawal: 5n,
  alloc: { [fake(0xa11ce)]: { balance: 7n } },
}

describe('genesis', () => {
  test('every predeploy of the specification has code, nonce 1 and no ether', () => {
    const { alloc } = genesis(parameters)
    for (const address of Object.values(predeploys)) {
      expect(alloc[address]?.code?.length).toBeGreaterThan(100)
      expect(alloc[address]).toMatchObject({ nonce: 1n, balance: 0n })
    }
    const others = Object.values(preinstalls).map(({ address }) => address)
    for (const address of others) expect(alloc[address]?.code?.length).toBeGreaterThan(100)
    const all = new Set<string>([...Object.values(predeploys), ...others, fake(0xa11ce)])
    expect(new Set(Object.keys(alloc))).toEqual(all)
    expect(alloc[fake(0xa11ce)]).toEqual({ balance: 7n })
  })

  test('the vaults pay the fee splitter where L1 has one', () => {
    const vault = predeploys.baseFeeVault
    const slot = `0x${'0'.repeat(64)}` as const
    const recipientOf = (over: Partial<GenesisParameters['addresses']>) =>
      BigInt(
        genesis({ ...parameters, addresses: { ...parameters.addresses, ...over } }).alloc[vault]!.storage![
          slot
        ]!,
      )
    expect(recipientOf({})).toBe(0xfeen)
    expect(recipientOf({ feeSplitter: fake(0x5b1) })).toBe(0x5b1n)
  })

  test('the same parameters give the same genesis', () => {
    expect(genesis(parameters)).toEqual(genesis({ ...parameters }))
  })

  test.each([predeploys.l2StandardBridge, preinstalls.createX.address])(
    'an account in the place of %s is refused, however it is written',
    (taken) => {
      const address = getAddress(taken)
      expect(() => genesis({ ...parameters, alloc: { [address]: { balance: 1n } } })).toThrow(
        /no predeploy or preinstalled contract has/,
      )
    },
  )

  test('an account that is no address is refused', () => {
    expect(() => genesis({ ...parameters, alloc: { '0x12': { balance: 1n } } })).toThrow(
      /expected an address/,
    )
  })
})

describe('genesis in a real node', () => {
  let l1: Anvil
  let block0: Genesis
  beforeAll(async () => {
    l1 = await anvil()
    block0 = genesis(parameters)
    for (const [address, account] of Object.entries(block0.alloc)) {
      if (account.code) await l1.request('anvil_setCode', [address, account.code])
      for (const [slot, value] of Object.entries(account.storage ?? {}))
        await l1.request('anvil_setStorageAt', [address, slot, value])
    }
  })
  afterAll(() => l1?.stop())

  test('the predeploys answer with what they were given', async () => {
    const { readContract } = createPublicClient({ transport: http(l1.url) })
    const read = (address: Address, abi: readonly unknown[], functionName: string) =>
      readContract({ address, abi, functionName } as Parameters<typeof readContract>[0])
    expect(await read(predeploys.l2CrossDomainMessenger, l2CrossDomainMessengerAbi, 'otherMessenger')).toBe(
      getAddress(fake(0xc1)),
    )
    expect(await read(predeploys.l2StandardBridge, l2StandardBridgeAbi, 'otherBridge')).toBe(
      getAddress(fake(0xc2)),
    )
    expect(await read(predeploys.l2Erc721Bridge, l2Erc721BridgeAbi, 'otherBridge')).toBe(
      getAddress(fake(0xc3)),
    )
    expect(await read(predeploys.l2Erc1155Bridge, l2Erc1155BridgeAbi, 'otherBridge')).toBe(
      getAddress(fake(0xc4)),
    )
    for (const [name, n] of [
      ['optimismPortal', 0xc5],
      ['inbox', 0xc6],
      ['l1CrossDomainMessenger', 0xc1],
    ] as const)
      expect(await read(predeploys.l2ToL1MessagePasser, l2ToL1MessagePasserAbi, name)).toBe(
        getAddress(fake(n)),
      )
    expect(
      await read(predeploys.optimismMintableErc721Factory, optimismMintableErc721FactoryAbi, 'remoteChainId'),
    ).toBe(31337n)
    for (const vault of [predeploys.baseFeeVault, predeploys.sequencerFeeVault, predeploys.l1FeeVault]) {
      expect(await read(vault, baseFeeVaultAbi, 'recipient')).toBe(getAddress(fake(0xfee)))
      expect(await read(vault, baseFeeVaultAbi, 'minWithdrawalAmount')).toBe(5n)
    }
    expect(await read(predeploys.l1Block, l1BlockAbi, 'number')).toBe(0n)
    expect(await read(predeploys.multicall3, multicall3Abi, 'getChainId')).toBe(31337n)
    expect(
      await read(predeploys.weth9, parseAbi(['function symbol() view returns (string)']), 'symbol'),
    ).toBe('WETH')
  })

  test('L1Block stores the fee parameters where the engines read them', async () => {
    const client = createPublicClient({ transport: http(l1.url) })
    const depositor = '0xDeaDDEaDDeAdDeAdDEAdDEaddeAddEAdDEAd0001'
    await l1.request('anvil_impersonateAccount', [depositor])
    await l1.request('anvil_setBalance', [depositor, '0xde0b6b3a7640000'])
    const { request } = await client.simulateContract({
      account: depositor,
      address: predeploys.l1Block,
      abi: l1BlockAbi,
      functionName: 'setL1BlockValues',
      args: [5n, 6n, 7n, 8n, `0x${'99'.repeat(32)}`, 9n, 10, 11],
    })
    const hash = await l1.request<`0x${string}`>('eth_sendTransaction', [
      { from: depositor, to: request.address, data: encodeFunctionData(request), gas: '0x7a120' },
    ])
    await client.waitForTransactionReceipt({ hash, pollingInterval: 100 })
    const slot = async (n: number) =>
      BigInt((await client.getStorageAt({ address: predeploys.l1Block, slot: `0x${n}` }))!)
    expect(await slot(0)).toBe(7n)
    expect(await slot(1)).toBe(8n)
    expect(await slot(2)).toBe(10n | (11n << 32n) | (5n << 64n) | (6n << 128n))
    expect(await slot(3)).toBe(BigInt(`0x${'99'.repeat(32)}`))
    expect(await slot(4)).toBe(9n)
  })
})

test('the chain objects survive JSON but for their functions', () => {
  const addresses = Object.fromEntries(
    [
      'multicall3',
      'optimismPortal',
      'disputeGameFactory',
      'l1StandardBridge',
      'l1CrossDomainMessenger',
      'l1Erc721Bridge',
    ].map((name, i) => [name, fake(i + 1)]),
  ) as unknown as L1Addresses
  const { l1, l2 } = viemChains({
    l1: { chainId: 31337, rpcUrl: 'http://127.0.0.1:8545' },
    l2: { chainId: 4242n, rpcUrl: 'http://127.0.0.1:9545', wsUrl: 'ws://127.0.0.1:9545' },
    addresses,
    startBlock: 3n,
  })
  expect(JSON.parse(JSON.stringify(l1)).contracts.multicall3).toEqual({ address: fake(1), blockCreated: 3 })
  const read = JSON.parse(JSON.stringify(l2))
  expect(read).toMatchObject({
    id: 4242,
    sourceId: 31337,
    rpcUrls: { default: { webSocket: ['ws://127.0.0.1:9545'] } },
    contracts: {
      multicall3: { address: getAddress(predeploys.multicall3), blockCreated: 0 },
      entryPoint07: { address: getAddress(preinstalls.entryPoint07.address), blockCreated: 0 },
    },
  })
  expect(read.contracts.portal[31337].address).toBe(fake(2))
  expect(read.contracts.l2ToL1MessagePasser.address).toBe(getAddress(predeploys.l2ToL1MessagePasser))
})
