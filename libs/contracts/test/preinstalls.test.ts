import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { GenesisAccount } from '@animechain/core'
import { anvil, type Anvil } from '@animechain/testing'
import {
  createPublicClient,
  domainSeparator,
  getContractAddress,
  http,
  keccak256,
  parseAbi,
  zeroHash,
  type Address,
} from 'viem'
import { create2Deployer, preinstalls, type PreinstallName } from '../src/index.js'
import { preinstalledAccounts } from '../src/preinstalls/index.js'

const names = Object.keys(preinstalls) as PreinstallName[]
const account = (name: PreinstallName, chainId: bigint): GenesisAccount =>
  preinstalledAccounts(chainId)[preinstalls[name].address]!

describe('preinstalled contracts', () => {
  test.each(names)('%s has the code that was published', (name) => {
    expect(keccak256(account(name, 1n).code!)).toBe(preinstalls[name].codeHash)
  })

  test('code depends on the chain only where a chain id is part of it', () => {
    const bound = names.filter((name) => account(name, 1n).code !== account(name, 4242n).code)
    expect(bound.sort()).toEqual(['entryPoint08', 'permit2'])
  })

  test('no two stand at one address, and each address is lower case', () => {
    expect(new Set(names.map((name) => preinstalls[name].address)).size).toBe(names.length)
    for (const name of names) expect(preinstalls[name].address).toMatch(/^0x[0-9a-f]{40}$/)
    expect(preinstalls.deterministicDeploymentProxy.address).toBe(create2Deployer.address)
  })

  test('nonces are those that their deployments leave: an EntryPoint has created its SenderCreator', () => {
    for (const version of ['06', '07', '08'] as const) {
      const entryPoint = preinstalls[`entryPoint${version}`].address
      expect(account(`entryPoint${version}`, 1n).nonce).toBe(2n)
      expect(getContractAddress({ from: entryPoint, nonce: 1n }).toLowerCase()).toBe(
        preinstalls[`senderCreator${version}`].address,
      )
    }
    for (const name of names) if (!name.startsWith('entryPoint')) expect(account(name, 1n).nonce).toBe(1n)
  })
})

describe('preinstalled contracts in a real node', () => {
  const chainId = 4242
  let node: Anvil
  beforeAll(async () => {
    node = await anvil({ chainId })
    for (const [address, { code, storage, nonce }] of Object.entries(preinstalledAccounts(BigInt(chainId)))) {
      await node.request('anvil_setCode', [address, code])
      await node.request('anvil_setNonce', [address, `0x${nonce!.toString(16)}`])
      for (const [slot, value] of Object.entries(storage ?? {}))
        await node.request('anvil_setStorageAt', [address, slot, value])
    }
  })
  afterAll(() => node?.stop())
  const read = (address: Address, signature: string, args: unknown[] = []) =>
    createPublicClient({ transport: http(node.url) }).readContract({
      address,
      abi: parseAbi([signature] as never) as never,
      functionName: /function (\w+)/.exec(signature)![1] as never,
      args: args as never,
    } as never)

  test('domain separators are those of this chain', async () => {
    const permit2 = preinstalls.permit2.address
    expect(await read(permit2, 'function DOMAIN_SEPARATOR() view returns (bytes32)')).toBe(
      domainSeparator({ domain: { name: 'Permit2', chainId, verifyingContract: permit2 } }),
    )
    const entryPoint = preinstalls.entryPoint08.address
    expect(await read(entryPoint, 'function getDomainSeparatorV4() view returns (bytes32)')).toBe(
      domainSeparator({
        domain: { name: 'ERC4337', version: '1', chainId, verifyingContract: entryPoint },
      }),
    )
  })

  test('nobody can set up the Safe that proxies share: its threshold is the constructor’s', async () => {
    for (const name of ['safe', 'safeL2'] as const)
      expect(await read(preinstalls[name].address, 'function getThreshold() view returns (uint256)')).toBe(1n)
  })

  test('each answers a read of its own', async () => {
    const zero = `0x${'00'.repeat(20)}`
    expect(await read(preinstalls.multicall3.address, 'function getChainId() view returns (uint256)')).toBe(
      4242n,
    )
    expect(
      await read(preinstalls.erc1820Registry.address, 'function getManager(address) view returns (address)', [
        zero,
      ]),
    ).toBe(zero)
    for (const version of ['06', '07', '08'] as const)
      expect(
        await read(
          preinstalls[`entryPoint${version}`].address,
          'function getNonce(address, uint192) view returns (uint256)',
          [zero, 0n],
        ),
      ).toBe(0n)
    expect(
      await read(preinstalls.safeProxyFactory.address, 'function proxyRuntimeCode() pure returns (bytes)'),
    ).toMatch(/^0x6080/)
    expect(
      await read(
        preinstalls.createX.address,
        'function computeCreate2Address(bytes32, bytes32) view returns (address)',
        [zeroHash, zeroHash],
      ),
    ).toMatch(/^0x/)
  })
})
