import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { anvil, patient, testAccount, type Anvil } from '@animechain/testing'
import { createPublicClient, createWalletClient, http, padHex, type Address } from 'viem'
import { foundry } from 'viem/chains'
import {
  deployL1,
  devnetDefaults,
  devnetNetwork,
  devnetVault,
  planL1,
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
  network: { ...devnetNetwork, tokens: [address(8)], feeRecipient: address(7) },
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

describe('what is read back of a deployment', () => {
  let l1: Anvil
  beforeAll(async () => {
    l1 = await anvil()
  })
  afterAll(() => l1?.stop())

  test('agrees with its plan, and names what was changed', async () => {
    const transport = http(l1.url, patient)
    const publicClient = createPublicClient({ chain: foundry, transport, pollingInterval: 100 })
    const walletClient = createWalletClient({ account: testAccount(0), chain: foundry, transport })
    const deployment = await deployL1({ publicClient, walletClient, config, genesisOutputRoot })
    const plan = planL1(address(0), config)
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
