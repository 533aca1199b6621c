import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { anvil, patient, testAccount, type Anvil } from '@animechain/testing'
import {
  createPublicClient,
  createWalletClient,
  encodeAbiParameters,
  http,
  keccak256,
  padHex,
  toHex,
  toRlp,
  type Address,
  type Hex,
} from 'viem'
import { foundry } from 'viem/chains'
import {
  deployL1,
  devnetDefaults,
  devnetNetwork,
  devnetVault,
  diligenceAbi,
  networkRoles,
  planL1,
  stakeRegistryAbi,
  verifyDeployment,
  type L1Config,
} from '../src/index.js'
import { genesisOutputRoot, genesisRoot, proving } from './chain.js'
import { isCompiledFrom } from '../src/deployment/verify.js'

const address = (index: number) => testAccount(index).address.toLowerCase() as Address
const config: L1Config = {
  ...devnetDefaults,
  proving,
  vault: { ...devnetVault, keyRoot: genesisRoot },
  network: { ...devnetNetwork, epochLength: 600, tokens: [address(8)], feeRecipient: address(7) },
  l2ChainId: 4242n,
  roles: {
    timelockProposer: address(1),
    operator: address(1),
    guardian: address(2),
    sequencer: address(3),
    batcher: address(4),
    proposer: address(5),
    challenger: address(6),
  },
}

/** The fields of a header, in the order in which its hash has them. */
const headerFields = [
  ...['parentHash', 'sha3Uncles', 'miner', 'stateRoot', 'transactionsRoot', 'receiptsRoot', 'logsBloom'],
  ...['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp', 'extraData', 'mixHash', 'nonce'],
  ...['baseFeePerGas', 'withdrawalsRoot', 'blobGasUsed', 'excessBlobGas', 'parentBeaconBlockRoot'],
  'requestsHash',
]
const quantities = [7, 8, 9, 10, 11, 15, 17, 18]

describe('a deployment', () => {
  let l1: Anvil
  let deployment: Awaited<ReturnType<typeof deployL1>>
  const plan = planL1(address(0), config)
  const clients = () => {
    const transport = http(l1.url, patient)
    return {
      publicClient: createPublicClient({ chain: foundry, transport, pollingInterval: 100 }),
      walletClient: createWalletClient({ account: testAccount(0), chain: foundry, transport }),
    }
  }
  beforeAll(async () => {
    l1 = await anvil()
    deployment = await deployL1({ ...clients(), config, genesisOutputRoot })
  }, 240_000)
  afterAll(() => l1?.stop())

  test("draws verifiers by the randomness of L1's own blocks, also of such as only its history knows", async () => {
    const { publicClient, walletClient } = clients()
    const { stakeRegistry, diligence } = plan.addresses
    const registry = { address: stakeRegistry!, abi: stakeRegistryAbi }
    const draws = { address: diligence!, abi: diligenceAbi }
    const key = address(0)
    const sent = async (hash: Promise<Hex>) => {
      const { status } = await publicClient.waitForTransactionReceipt({ hash: await hash })
      expect(status).toBe('success')
    }
    const nextEpoch = async () => {
      await l1.request('evm_increaseTime', [600])
      await l1.request('anvil_mine', [])
    }
    const joined = ['join', [networkRoles.verifier, key, 'https://verifier.example', '0x']] as const
    await sent(
      walletClient.writeContract({
        ...registry,
        functionName: joined[0],
        args: joined[1],
        value: 10n ** 18n,
      }),
    )
    await nextEpoch()
    const epoch = await publicClient.readContract({ ...registry, functionName: 'currentEpoch' })
    await nextEpoch()
    const root = padHex('0x1', { size: 32 })
    await sent(
      walletClient.writeContract({ ...draws, functionName: 'checkIn', args: [epoch, key, root, 0, 1] }),
    )
    await nextEpoch()
    await sent(walletClient.writeContract({ ...draws, functionName: 'openDraw', args: [epoch] }))
    const { drawBlock } = await publicClient.readContract({
      ...draws,
      functionName: 'epochOf',
      args: [epoch],
    })
    // Further back than BLOCKHASH reaches.
    await l1.request('anvil_mine', [toHex(300)])
    const block = (await l1.request('eth_getBlockByNumber', [toHex(drawBlock), false])) as Record<string, Hex>
    const fields = headerFields.map((name, i) => {
      const value = block[name]!
      return quantities.includes(i) ? (BigInt(value) === 0n ? '0x' : toHex(BigInt(value))) : value
    })
    const header = toRlp(fields)
    expect(keccak256(header)).toBe(block.hash)
    await sent(walletClient.writeContract({ ...draws, functionName: 'draw', args: [epoch, header] }))
    const { seed } = await publicClient.readContract({ ...draws, functionName: 'epochOf', args: [epoch] })
    expect(seed).toBe(
      keccak256(
        encodeAbiParameters(
          [{ type: 'bytes32' }, { type: 'address' }, { type: 'uint64' }],
          [block.mixHash!, diligence!, epoch],
        ),
      ),
    )
  }, 240_000)

  test('agrees with its plan when it is read back, and what was changed is named', async () => {
    const { publicClient } = clients()
    const checks = await verifyDeployment(publicClient, plan, deployment)
    expect(checks.filter(({ ok }) => !ok)).toEqual([])
    // Every contract's code, three facts of every proxy, every setting.
    expect(checks.length).toBeGreaterThan(plan.creations.length + 33 + 70)

    const { inbox, blobDa } = plan.addresses
    await l1.request('anvil_setCode', [blobDa, '0x00'])
    await l1.request('anvil_setStorageAt', [
      inbox,
      '0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103',
      padHex(address(9), { size: 32 }),
    ])
    const other = await verifyDeployment(publicClient, planL1(address(0), { ...config }), {
      ...deployment,
      genesisTimestamp: deployment.genesisTimestamp + 1n,
    })
    expect(other.filter(({ ok }) => !ok).map(({ what }) => what)).toEqual([
      'code of blobDa',
      'inbox: admin',
      'inbox.genesisTimestamp()',
    ])
  }, 240_000)
})

test.each([
  ['0x6001', '0x6001', true],
  ['0x6001', '0x6002', false],
  ['0x600100', '0x6001', false],
  [`0x7f${'ab'.repeat(32)}50`, `0x7f${'00'.repeat(32)}50`, true],
  [`0x7f${'ab'.repeat(32)}51`, `0x7f${'00'.repeat(32)}50`, false],
  [`0x7e${'ab'.repeat(32)}50`, `0x7e${'00'.repeat(32)}50`, false],
] as const)('code %s is compiled as %s: %s', (code, compiled, same) => {
  expect(isCompiledFrom(code, compiled)).toBe(same)
})
