import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  deployL1,
  devnetAltDa,
  devnetDefaults,
  devnetNetwork,
  devnetVault,
  genesis,
  productionAltDa,
  productionDefaults,
  productionNetwork,
  viemChains,
  type L1Config,
} from '@animechain/contracts'
import { hexToBytes, type Genesis } from '@animechain/core'
import { batchKeys } from '@animechain/da-private'
import { provenProgram, genesisOutput, type Deployment } from '@animechain/stack'
import { anvil, type Anvil } from '@animechain/testing'
import { createPublicClient, createWalletClient, http, numberToHex, parseEther, type Address } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { checkL1State } from './directory.js'
import { devnetViewKey } from './environments.js'
import { devnetChainId, type DevnetOptions } from './options.js'
import { fundedAccounts } from './network/members.js'
import { deployToken, devnetToken } from './network/token.js'
import { roles, users } from './roles.js'

/** Starts L1 on what the directory holds of it. `onDeath` is told when it ends and `stop` was not called. */
export async function startL1(parameters: {
  directory: string
  port: number
  /** seconds */
  blockTime: number
  /** verifiers of the network; 0 for none */
  verifiers: number
  onDeath: () => void
}): Promise<{ l1: Anvil; stop(): Promise<void> }> {
  const { directory, port, blockTime, verifiers, onDeath } = parameters
  const statePath = join(directory, 'l1-state.json')
  checkL1State(directory, statePath)
  const l1 = await anvil({
    port,
    blockTime,
    slotsInAnEpoch: 1,
    accounts: fundedAccounts(verifiers),
    statePath,
    ownGroup: true,
    // What is older is not asked for, and would be kept, and written again and again, for as long as it runs.
    args: ['--prune-history', '128'],
  })
  let stopping = false
  void l1.exited.then(() => {
    if (!stopping) onDeath()
  })
  return {
    l1,
    stop() {
      stopping = true
      return l1.stop()
    },
  }
}

/** What L2 begins with for its ten users. */
const alloc = Object.fromEntries(
  users.map(({ address }) => [address.toLowerCase() as Address, { balance: parseEther('10000') }]),
)

/** What the contracts of a directory have, once they are there. */
export interface DeployOptions extends DevnetOptions {
  altDa?: boolean
  /** verifiers of the network; 0 for none */
  verifiers?: number
}

/** With the root of the keys that batches may have, where batches are confidential. */
const vaultConfig = async ({ da }: DevnetOptions) => ({
  ...devnetVault,
  ...(da === 'private' ? { keyRoot: (await batchKeys(hexToBytes(devnetViewKey))).root } : {}),
})

/** With room for all verifiers, and the devnet's token as cover. */
const networkOf = ({ productionDelays, verifiers = 0, networkConfig }: DeployOptions) => {
  const defaults = productionDelays ? productionNetwork : devnetNetwork
  const maxActive = Math.max(defaults.maxActive, verifiers)
  return { ...defaults, maxActive, tokens: [devnetToken], ...networkConfig }
}

async function configOf(options: DeployOptions): Promise<L1Config> {
  return {
    ...(options.productionDelays ? productionDefaults : devnetDefaults),
    ...(options.vault ? { vault: await vaultConfig(options) } : {}),
    ...(options.altDa ? { altDa: options.productionDelays ? productionAltDa : devnetAltDa } : {}),
    ...(options.verifiers ? { network: networkOf(options) } : {}),
    ...options.l1Config,
    l2ChainId: BigInt(devnetChainId),
    proving: await provenProgram({ chainId: BigInt(devnetChainId) }),
    roles: {
      timelockProposer: roles.guardian.address,
      operator: roles.guardian.address,
      guardian: roles.guardian.address,
      sequencer: roles.batcher.address,
      batcher: roles.batcher.address,
      proposer: roles.proposer.address,
      challenger: roles.challenger.address,
    },
  }
}

/** Deploys the contracts, or resumes that, and funds the portal with what L2 begins with. `l2Port`: where L2 will be served. */
export async function deploy(
  l1: Anvil,
  options: DeployOptions,
  { directory, l2Port }: { directory: string; l2Port: number },
): Promise<Deployment> {
  const transport = http(l1.url, { timeout: 30_000 })
  const publicClient = createPublicClient({ transport, pollingInterval: 100 })
  const l1ChainId = await publicClient.getChainId()
  const walletClient = createWalletClient({
    transport,
    account: privateKeyToAccount(roles.deployer.privateKey),
  })
  const config = await configOf(options)
  if (options.verifiers) await deployToken(l1.url, options.verifiers)
  const genesisFor = (addresses: Parameters<typeof genesis>[0]['addresses'], timestamp: bigint): Genesis =>
    genesis({
      addresses,
      l1ChainId,
      l2ChainId: devnetChainId,
      timestamp,
      gasLimit: config.gasLimit,
      feeRecipient: roles.guardian.address,
      alloc,
    })
  const outputOf = (blockZero: Genesis) =>
    genesisOutput({ chainId: BigInt(devnetChainId), genesis: blockZero })
  const deployed = await deployL1({
    publicClient,
    walletClient,
    config,
    statePath: join(directory, 'deployment-state.json'),
    genesisOutputRoot: async ({ addresses, genesisTimestamp }) =>
      (await outputOf(genesisFor(addresses, genesisTimestamp))).outputRoot,
    ...(options.onStep ? { onStep: options.onStep } : {}),
  })
  const blockZero = genesisFor(deployed.addresses, deployed.genesisTimestamp)
  const { hash } = await outputOf(blockZero)
  // What L2 begins with can be withdrawn like anything else, so L1 holds as much from the start. Only then: later the portal's balance is what users make it.
  const portal = deployed.addresses.optimismPortal
  const allocated = Object.values(alloc).reduce((sum, { balance }) => sum + balance, 0n)
  if (
    !existsSync(join(directory, 'chain.json')) &&
    (await publicClient.getBalance({ address: portal })) < allocated
  )
    await l1.request('anvil_setBalance', [portal, numberToHex(allocated)])
  return {
    ...chainsOf(l1, options, deployed, l2Port),
    addresses: deployed.addresses,
    rollup: {
      chainId: BigInt(devnetChainId),
      genesis: blockZero,
      genesisHash: hash,
      l1StartBlock: deployed.startBlock,
    },
  }
}

/** viem polls by the time between blocks; without one it waits four seconds between two looks. */
function chainsOf(
  l1: Anvil,
  options: DevnetOptions,
  { l1ChainId, addresses, startBlock }: Awaited<ReturnType<typeof deployL1>>,
  l2Port: number,
): Pick<Deployment, 'l1' | 'l2'> {
  return viemChains({
    l1: {
      chainId: l1ChainId,
      rpcUrl: l1.url,
      wsUrl: l1.wsUrl,
      name: 'Animechain devnet L1',
      blockTime: (options.l1BlockTime ?? 1) * 1_000,
    },
    l2: {
      chainId: devnetChainId,
      rpcUrl: `http://127.0.0.1:${l2Port}`,
      wsUrl: `ws://127.0.0.1:${l2Port}`,
      name: 'Animechain devnet',
      blockTime: options.blockTime ?? 1_000,
    },
    addresses,
    startBlock,
  })
}
