import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { anvil, patient, testAccount, type Anvil } from '@animechain/testing'
import {
  createPublicClient,
  createWalletClient,
  getAddress,
  getContractAddress,
  http,
  parseTransaction,
  recoverTransactionAddress,
  zeroAddress,
  zeroHash,
} from 'viem'
import { foundry } from 'viem/chains'
import {
  anchorStateRegistryAbi,
  assertL1Config,
  create2Deployer,
  deployL1,
  devnetDefaults,
  devnetNetwork,
  devnetVault,
  disputeGameFactoryAbi,
  inboxAbi,
  l1Addresses,
  optimismPortalAbi,
  productionDefaults,
  productionNetwork,
  productionVault,
  proxied,
  systemConfigAbi,
  answersOf,
  exitWindow,
  leastStakes,
  leastUnbonding,
  leastVerifierUnbonding,
  longestDispute,
  timelockControllerAbi,
  type DeployStep,
  type L1Config,
} from '../src/index.js'
import { genesisOutputRoot, genesisRoot, proving } from './chain.js'

const account = testAccount(0)
const address = (index: number) => testAccount(index).address.toLowerCase() as `0x${string}`
const config: L1Config = {
  ...devnetDefaults,
  proving,
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

describe('deployL1 on a real L1', () => {
  let l1: Anvil
  const folder = mkdtempSync(join(tmpdir(), 'contracts-'))
  const statePath = join(folder, 'l1', 'deployment.json')
  const clients = ({ url } = l1) => ({
    publicClient: createPublicClient({
      chain: foundry,
      transport: http(url, patient),
      pollingInterval: 100,
    }),
    walletClient: createWalletClient({ account, chain: foundry, transport: http(url, patient) }),
    genesisOutputRoot,
  })
  beforeAll(async () => {
    l1 = await anvil({ blockTime: 1, mineAtOnce: true })
  })
  afterAll(async () => {
    await l1?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('all contracts stand at the predicted addresses, initialised and owned by the timelock', async () => {
    const { publicClient, walletClient } = clients()
    const steps: DeployStep[] = []
    const deployment = await deployL1({
      publicClient,
      walletClient,
      config,
      statePath,
      genesisOutputRoot,
      onStep: (step) => steps.push(step),
    })
    const { addresses } = deployment
    expect(addresses).toEqual(l1Addresses(address(0), config))
    const read = publicClient.readContract
    const [version, gasLimit, owner, forceDelay, portal, count, deposits, anchor, respected, bond, delay] =
      await Promise.all([
        read({ address: addresses.optimismPortal, abi: optimismPortalAbi, functionName: 'version' }),
        read({ address: addresses.systemConfig, abi: systemConfigAbi, functionName: 'gasLimit' }),
        read({ address: addresses.systemConfig, abi: systemConfigAbi, functionName: 'owner' }),
        read({ address: addresses.inbox, abi: inboxAbi, functionName: 'forceDelay' }),
        read({ address: addresses.inbox, abi: inboxAbi, functionName: 'portal' }),
        read({
          address: addresses.disputeGameFactory,
          abi: disputeGameFactoryAbi,
          functionName: 'gameCount',
        }),
        read({ address: addresses.inbox, abi: inboxAbi, functionName: 'depositCount' }),
        read({
          address: addresses.anchorStateRegistry,
          abi: anchorStateRegistryAbi,
          functionName: 'getAnchorRoot',
        }),
        read({
          address: addresses.optimismPortal,
          abi: optimismPortalAbi,
          functionName: 'respectedGameType',
        }),
        read({
          address: addresses.disputeGameFactory,
          abi: disputeGameFactoryAbi,
          functionName: 'initBonds',
          args: [0],
        }),
        read({ address: addresses.timelock, abi: timelockControllerAbi, functionName: 'getMinDelay' }),
      ])
    expect(Number(version.split('.')[0])).toBeGreaterThanOrEqual(3)
    expect(gasLimit).toBe(config.gasLimit)
    expect(owner.toLowerCase()).toBe(addresses.timelock)
    expect(forceDelay).toBe(30n)
    expect(portal.toLowerCase()).toBe(addresses.optimismPortal)
    expect(count).toBe(0n)
    expect(deposits).toBe(1n)
    expect(anchor).toEqual([genesisRoot, 0n])
    expect(respected).toBe(0)
    expect(bond).toBe(config.assertionBond)
    expect(delay).toBe(120n)
    // Each proxy's admin belongs to the timelock.
    for (const name of proxied) {
      const admin = await publicClient.getStorageAt({
        address: addresses[name],
        slot: '0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103',
      })
      const holder = await publicClient.call({ to: `0x${admin!.slice(-40)}`, data: '0x8da5cb5b' })
      expect(`0x${holder.data!.slice(-40)}`).toBe(addresses.timelock)
    }
    expect(steps.filter((step) => step.status === 'done').length).toBe(steps[0]!.total)
    expect(existsSync(statePath)).toBe(true)
    expect((await publicClient.getBlockNumber()) >= deployment.startBlock).toBe(true)
    const used = (await publicClient.getBlock({ blockNumber: deployment.startBlock })).number
    expect(used).toBe(deployment.startBlock)
  }, 240_000)

  test('a second run sends nothing and returns the same, with and without the state file', async () => {
    const { publicClient, walletClient } = clients()
    const nonce = await publicClient.getTransactionCount({ address: account.address })
    const withState = await deployL1({ publicClient, walletClient, genesisOutputRoot, config, statePath })
    const without = await deployL1({ publicClient, walletClient, genesisOutputRoot, config })
    expect(await publicClient.getTransactionCount({ address: account.address })).toBe(nonce)
    expect(without).toEqual(withState)
    expect(withState.genesisOutputRoot).toBe(genesisRoot)
    expect(JSON.parse(readFileSync(statePath, 'utf8')).steps.install.done).toBe(true)
  }, 240_000)

  test('a state file of another configuration is refused with both named', async () => {
    await expect(
      deployL1({ ...clients(), config: { ...config, listingDelay: 16 }, statePath }),
    ).rejects.toThrow(/another configuration/)
  })

  test('a run that was cut off is resumed', async () => {
    // What was sent last is to be pending when the next run begins.
    const slow = await anvil({ blockTime: 1 })
    const { publicClient, walletClient } = clients(slow)
    const other = { ...config, salt: 'cut off' }
    const path = join(folder, 'cut-off.json')
    let sent = 0
    await expect(
      deployL1({
        publicClient,
        walletClient,
        genesisOutputRoot,
        config: other,
        statePath: path,
        onStep: ({ status }) => {
          if (status === 'sent' && ++sent === 5) throw new Error('cut off')
        },
      }),
    ).rejects.toThrow('cut off')
    const steps: DeployStep[] = []
    const deployment = await deployL1({
      publicClient,
      walletClient,
      genesisOutputRoot,
      config: other,
      statePath: path,
      onStep: (s) => steps.push(s),
    })
    expect(steps.filter(({ status }) => status === 'present').length).toBeGreaterThanOrEqual(4)
    expect(await publicClient.getCode({ address: deployment.addresses.inbox })).toBeDefined()
    expect(deployment.addresses.inbox).not.toBe(l1Addresses(address(0), config).inbox)
    await slow.stop()
  }, 240_000)

  test('a state file whose L1 is gone does not hide that nothing is there', async () => {
    const fresh = await anvil({ blockTime: 1 })
    try {
      const publicClient = createPublicClient({
        chain: foundry,
        transport: http(fresh.url, patient),
        pollingInterval: 100,
      })
      const walletClient = createWalletClient({
        account,
        chain: foundry,
        transport: http(fresh.url, patient),
      })
      const deployment = await deployL1({ publicClient, walletClient, genesisOutputRoot, config, statePath })
      expect(await publicClient.getCode({ address: deployment.addresses.inbox })).toBeDefined()
    } finally {
      await fresh.stop()
    }
  }, 240_000)

  test('the inbox takes batches in memory only where the configuration asks for it', async () => {
    const { publicClient, walletClient } = clients()
    const adapter = (inbox: `0x${string}`) =>
      publicClient.readContract({ address: inbox, abi: inboxAbi, functionName: 'adapters', args: [0] })
    const without = l1Addresses(address(0), config)
    expect(without.memoryDa).toBeUndefined()
    expect(l1Addresses(address(0), { ...config, memoryDa: false })).toEqual(without)
    expect(await adapter(without.inbox)).toBe(zeroAddress)

    const { addresses } = await deployL1({
      publicClient,
      walletClient,
      genesisOutputRoot,
      config: { ...config, memoryDa: true },
    })
    expect(addresses.inbox).not.toBe(without.inbox)
    expect((await adapter(addresses.inbox)).toLowerCase()).toBe(addresses.memoryDa)
  }, 240_000)

  test('on an L1 that may hold value a deployment with batches in memory is refused before anything is sent', async () => {
    const other = await anvil({ blockTime: 1, chainId: 11_155_111 })
    try {
      const publicClient = createPublicClient({ transport: http(other.url, patient) })
      const walletClient = createWalletClient({ account, transport: http(other.url, patient) })
      await expect(
        deployL1({ publicClient, walletClient, genesisOutputRoot, config: { ...config, memoryDa: true } }),
      ).rejects.toThrow(
        'Invalid memoryDa: expected false on an L1 with chain id 11155111: batches in memory are for tests, on chain id 1337 or 31337, got true.',
      )
      expect(await publicClient.getTransactionCount({ address: account.address })).toBe(0)
    } finally {
      await other.stop()
    }
  }, 240_000)

  test('an L1 that lacks the deterministic deployer gets it first', async () => {
    const bare = await anvil({ blockTime: 1, args: ['--disable-default-create2-deployer'] })
    try {
      const transport = http(bare.url, patient)
      const publicClient = createPublicClient({ chain: foundry, transport, pollingInterval: 100 })
      const walletClient = createWalletClient({ account, chain: foundry, transport })
      expect(await publicClient.getCode({ address: create2Deployer.address })).toBeUndefined()
      const { addresses } = await deployL1({ publicClient, walletClient, genesisOutputRoot, config })
      expect(await publicClient.getCode({ address: create2Deployer.address })).toBeDefined()
      expect(addresses).toEqual(l1Addresses(address(0), config))
      expect(await publicClient.getCode({ address: addresses.inbox })).toBeDefined()
    } finally {
      await bare.stop()
    }
  }, 240_000)

  test('two layers with the same chain id, or a genesis in the future, are refused before anything is sent', async () => {
    const { publicClient, walletClient } = clients()
    const nonce = await publicClient.getTransactionCount({ address: account.address })
    await expect(
      deployL1({ publicClient, walletClient, genesisOutputRoot, config: { ...config, l2ChainId: 31_337n } }),
    ).rejects.toThrow(/l2ChainId: expected another than that of L1/)
    const { timestamp } = await publicClient.getBlock()
    await expect(
      deployL1({
        publicClient,
        walletClient,
        genesisOutputRoot,
        config: { ...config, salt: 'future' },
        genesisTimestamp: timestamp + 3_600n,
      }),
    ).rejects.toThrow(/genesisTimestamp: expected at most the time of L1's newest block/)
    expect(await publicClient.getTransactionCount({ address: account.address })).toBe(nonce)
  })

  test('the deployer has no rights left', async () => {
    const { publicClient } = clients()
    const { systemConfig, disputeGameFactory } = l1Addresses(address(0), config)
    await expect(
      publicClient.simulateContract({
        account,
        address: systemConfig,
        abi: systemConfigAbi,
        functionName: 'setGasLimit',
        args: [20_000_000n],
      }),
    ).rejects.toThrow(/SystemConfig_Unauthorized/)
    await expect(
      publicClient.simulateContract({
        account,
        address: disputeGameFactory,
        abi: disputeGameFactoryAbi,
        functionName: 'setImplementation',
        args: [1, account.address],
      }),
    ).rejects.toThrow(/Unauthorized/)
  })
})

test('a configuration whose timelock is shorter than the exit window is refused', async () => {
  expect(() => l1Addresses(address(0), config)).not.toThrow()
  const clients = {
    publicClient: createPublicClient({ transport: http('http://127.0.0.1:1') }),
    walletClient: createWalletClient({ account, transport: http('http://127.0.0.1:1') }),
    genesisOutputRoot,
  }
  await expect(deployL1({ ...clients, config: { ...config, timelockDelay: 89 } })).rejects.toThrow(
    /timelockDelay: expected more than the exit window of 89 s, got 89/,
  )
})

describe('the exit window', () => {
  /**
   * When a withdrawal is paid that liars dispute for as long as they can, whose user proves it when the assertion is final, and whose guardian pauses as late,
   * and as often, as it may: at each step that is about to be taken. Seconds.
   */
  function paidAt(c: Parameters<typeof exitWindow>[0]): number {
    let paused = { until: 0, next: 0 }
    const step = (at: number): number => {
      // The pause comes just before the step.
      if (at >= paused.next) paused = { until: at + c.pauseDuration, next: at + 2 * c.pauseDuration }
      return Math.max(at, paused.until)
    }
    const final = c.forceDelay + longestDispute(c) + c.finalityDelay
    return step(step(final) + c.proofMaturityDelay)
  }

  test('is enough for an exit, and no more, whatever liars and the guardian do', () => {
    expect([devnetDefaults, productionDefaults].map(exitWindow)).toEqual([89, 2_638_800])
    for (const pauseDuration of [0, 1, 11, 12, 13, 40, 500])
      for (const proofMaturityDelay of [12, 40])
        for (const answeringTime of [0, 5]) {
          const periods = { ...devnetDefaults, pauseDuration, proofMaturityDelay, answeringTime }
          expect(paidAt(periods)).toBeLessThanOrEqual(exitWindow(periods))
          if (pauseDuration <= proofMaturityDelay) expect(paidAt(periods)).toBe(exitWindow(periods))
        }
  })

  test('answers of one dispute are counted with the levels', () => {
    expect(answersOf(productionDefaults)).toBe(56)
  })

  test('leaves both defaults time', () => {
    for (const defaults of [devnetDefaults, productionDefaults])
      expect(defaults.timelockDelay).toBeGreaterThan(exitWindow(defaults))
  })
})

test('the signer of the deterministic deployer is who signed its transaction', async () => {
  const { transaction, signer, cost } = create2Deployer
  expect(await recoverTransactionAddress({ serializedTransaction: transaction as never })).toBe(
    getAddress(signer),
  )
  const { gas, gasPrice } = parseTransaction(transaction as `0x${string}`)
  expect(gas! * gasPrice!).toBe(cost)
  expect(getContractAddress({ from: signer, nonce: 0n }).toLowerCase()).toBe(create2Deployer.address)
})

test.each([
  ['assertionBond', 0n],
  ['assertionBond', 10n ** 22n],
  ['pauseDuration', 365 * 86_400],
  ['challengePeriod', 0],
  ['challengePeriod', 31 * 86_400],
  ['answeringTime', -1],
  ['answeringTime', 6],
  ['assertionInterval', 0],
  ['proofMaturityDelay', 61 * 86_400],
  ['finalityDelay', -1],
  ['forceDelay', 0],
  ['forceDelay', 8 * 86_400],
  ['contextInterval', 2 * 86_400],
  ['listingDelay', 8 * 86_400],
  ['timelockDelay', 366 * 86_400],
  ['timelockDelay', 0.5],
  ['l2ChainId', 0n],
  ['l2ChainId', 2n ** 53n],
  ['gasLimit', 7_999_999n],
  ['gasLimit', 500_000_001n],
  ['baseFeeScalar', 10_000_001],
] as const)('a configuration with %s = %s is refused', (name, value) => {
  expect(() => assertL1Config({ ...config, [name]: value })).toThrow(new RegExp(`Invalid ${name}: expected`))
})

test.each([
  ['devnet', { ...devnetDefaults, vault: { ...devnetVault, keyRoot: genesisRoot } }],
  ['production', { ...productionDefaults, vault: { ...productionVault, keyRoot: genesisRoot } }],
])(
  'the defaults of a %s chain with a private store are accepted, and stake outlasts what was promised',
  (_name, defaults) => {
    expect(() => assertL1Config({ ...config, ...defaults })).not.toThrow()
    expect(defaults.vault.unbonding).toBeGreaterThanOrEqual(leastUnbonding(defaults.vault))
  },
)

test.each([
  ['devnet', devnetDefaults, devnetNetwork, 186],
  ['production', productionDefaults, productionNetwork, 24 * 86_400],
])(
  'the defaults of a %s chain with verifiers are accepted, and their stake outlasts a dispute',
  (_name, defaults, network, unbonding) => {
    expect(() => assertL1Config({ ...config, ...defaults, network })).not.toThrow()
    expect(leastVerifierUnbonding(defaults, network)).toBe(unbonding)
    const longer = { ...network, unbonding: unbonding + 1 }
    expect(() => assertL1Config({ ...config, ...defaults, network: longer })).not.toThrow()
    expect(() =>
      assertL1Config({ ...config, ...defaults, network: { ...network, unbonding: unbonding - 1 } }),
    ).toThrow(`Invalid network.unbonding: expected a whole number from ${unbonding} to`)
  },
)

test.each([
  ['minAge', { minAge: -1 }],
  ['minAge', { minAge: config.proofMaturityDelay + 1 }],
  ['epochLength', { epochLength: 0 }],
  ['certificateEpochs', { certificateEpochs: 0.5 }],
  ['maxActive', { maxActive: 65 }],
  ['minVerifiers', { minVerifiers: 17 }],
  ['cap', { cap: 0 }],
  ['evidence', { evidence: 0 }],
  ['minStake', { minStake: 0n }],
  ['diligence.oneIn', { diligence: { ...devnetNetwork.diligence, oneIn: 0 } }],
  ['diligence.revealTime', { diligence: { ...devnetNetwork.diligence, revealTime: 0.5 } }],
  ['diligence.drawDelay', { diligence: { ...devnetNetwork.diligence, drawDelay: 201 } }],
  ['diligence.penalty', { diligence: { ...devnetNetwork.diligence, penalty: 0n } }],
  ['feeRecipient', { feeRecipient: zeroAddress }],
  ['tokens', { tokens: [zeroAddress] }],
  ['tokens', { tokens: [address(1), address(1)] }],
  ['tokens', { tokens: [1, 2, 3, 4, 5, 6, 7, 8, 9].map(address) }],
] as const)('a verifier network with another %s is refused: %j', (name, over) => {
  expect(() => assertL1Config({ ...config, network: { ...devnetNetwork, ...over } })).toThrow(
    `Invalid network.${name}: expected`,
  )
})

test.each([
  ['vault.unbonding', { unbonding: leastUnbonding(devnetVault) - 1 }],
  ['vault.retention', { keyRoot: genesisRoot, retention: exitWindow(config) - 1 }],
  ['vault.retention', { retention: 0 }],
  ['vault.keyRoot', { keyRoot: zeroHash }],
  ['vault.notice', { notice: 31 * 86_400 }],
  ['vault.grace', { grace: 0.5 }],
  ['vault.challenge.drawDelay', { challenge: { ...devnetVault.challenge, drawDelay: 0 } }],
  ['vault.challenge.bond', { challenge: { ...devnetVault.challenge, bond: 0n } }],
  ['vault.stakes.keys', { stakes: { ...devnetVault.stakes, keys: 10n ** 22n } }],
] as const)('a private store with another %s is refused: %j', (name, over) => {
  expect(() => assertL1Config({ ...config, vault: { ...devnetVault, ...over } })).toThrow(
    `Invalid ${name}: expected`,
  )
})

test.each([
  ['devnet', devnetDefaults],
  ['production', productionDefaults],
])('the defaults of a %s chain are accepted', (_name, defaults) => {
  expect(() => assertL1Config({ ...config, ...defaults })).not.toThrow()
})

test.each([
  ['proving.prover', { proving: { ...proving, prover: zeroAddress } }],
  [
    'proving.program.codeRoot',
    { proving: { ...proving, program: { ...proving.program, codeRoot: zeroHash } } },
  ],
  ['proving.program.ramRoot', { proving: { ...proving, program: { ...proving.program, ramRoot: '0x12' } } }],
  ['proving.program.pages', { proving: { ...proving, program: { ...proving.program, pages: 65_537 } } }],
  ['proving.rulesHash', { proving: { ...proving, rulesHash: zeroHash } }],
  ['heights.blocks', { heights: { ...devnetDefaults.heights, blocks: 12 } }],
  ['finalityDelay', { finalityDelay: 7, proofMaturityDelay: 13 }],
  ['heights.blocks', { assertionInterval: 2 }],
  ['heights.steps', { heights: { ...devnetDefaults.heights, steps: 0 } }],
  ['heights.spans', { heights: { ...devnetDefaults.heights, spans: 33 } }],
  ['stakes.spans', { stakes: { ...devnetDefaults.stakes, spans: 0n } }],
  ['stakes.steps', { stakes: { ...devnetDefaults.stakes, steps: 10n ** 15n } }],
  ['rewards.proof', { rewards: { ...devnetDefaults.rewards, proof: -1n } }],
] as const)('a configuration with another %s is refused: case %#', (name, part) => {
  expect(() => assertL1Config({ ...config, ...part } as L1Config)).toThrow(`Invalid ${name}: expected`)
})

test('the least bonds are those that the challenge tree takes', () => {
  const { heights, rewards } = productionDefaults
  const least = leastStakes({ heights, rewards })
  const left = (bond: bigint) => bond - (bond + 4n) / 5n
  const steps = 20n * rewards.bisection + rewards.proof
  const spans = 20n * rewards.bisection + rewards.refinement + 2n * steps
  const blocks = rewards.assertion + 13n * rewards.bisection + rewards.refinement + 2n * spans
  for (const [bond, cost] of [
    [least.steps, steps],
    [least.spans, spans],
    [least.blocks, blocks],
  ] as const) {
    expect(left(bond)).toBeGreaterThanOrEqual(cost)
    expect(left(bond - 1n)).toBeLessThan(cost)
  }
})

test('a genesis output root of zero is refused before anything is sent', async () => {
  const l1 = await anvil()
  try {
    const transport = http(l1.url, patient)
    const publicClient = createPublicClient({ chain: foundry, transport })
    const walletClient = createWalletClient({ account, chain: foundry, transport })
    await expect(
      deployL1({ publicClient, walletClient, config, genesisOutputRoot: () => zeroHash }),
    ).rejects.toThrow(/Invalid genesisOutputRoot: expected 32 bytes other than zero/)
    expect(await publicClient.getTransactionCount({ address: account.address })).toBe(0)
  } finally {
    await l1.stop()
  }
})
