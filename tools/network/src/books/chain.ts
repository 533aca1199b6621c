import {
  deployL1,
  devnetDefaults,
  devnetNetwork,
  networkRoles,
  type L1Addresses,
  type L1Config,
} from '@animechain/contracts'
import { l1StandardBridgeAbi } from '@animechain/contracts/L1StandardBridge'
import { stakeRegistryAbi } from '@animechain/contracts/StakeRegistry'
import { systemConfigAbi } from '@animechain/contracts/SystemConfig'
import { weth9Abi, weth9Bytecode } from '@animechain/contracts/WETH9'
import { keccak256Hex, type Address, type Hash, type Hex } from '@animechain/core'
import { networkDomain, type NetworkDomain } from '@animechain/network-protocol'
import { anvil, testAccount, unplayed, type Anvil } from '@animechain/testing'
import {
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  http,
  maxUint256,
  toHex,
  type Account,
  type PublicClient,
  type Transport,
} from 'viem'
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { ACTORS } from './actions.js'
import { DEPOSITS, PORTAL } from './model.js'
import { setting } from './registry.js'

const hashOf = (text: string): Hash => keccak256Hex(new TextEncoder().encode(text))
/** Nobody has the keys of accounts: anvil sends for them. */
const accountOf = (name: string): Address => `0x${hashOf(`account ${name}`).slice(-40)}`

export const people = {
  members: Array.from({ length: ACTORS }, (_, i) => accountOf(`member ${i}`)),
  keys: Array.from({ length: ACTORS }, (_, i): PrivateKeyAccount =>
    privateKeyToAccount(hashOf(`verifier ${i}`)),
  ),
  finder: accountOf('finder'),
  other: accountOf('other'),
  user: accountOf('user'),
  liar: accountOf('liar'),
  /** Of what the fee vaults collected. */
  recipient: accountOf('recipient'),
}
/** The token's twin on L2. */
export const remoteToken: Address = `0x${'2e'.repeat(20)}`
export const burnAddress: Address = '0x000000000000000000000000000000000000dEaD'

const GAS = 15_000_000

/** The contracts of a chain on a real L1, whose time is what it is told. */
export interface World {
  readonly l1: Anvil
  readonly client: PublicClient<Transport>
  readonly addresses: L1Addresses & {
    stakeRegistry: Address
    fastExits: Address
    diligence: Address
    drills: Address
    feeSplitter: Address
  }
  readonly token: Address
  /** The account that governs the contracts. */
  readonly owner: Address
  readonly domain: NetworkDomain
  /** When the first epoch began, seconds since 1970. */
  readonly epochStart: bigint
  /** Mines a call, seconds after the first epoch began; nothing is paid for gas. Whether it did not revert. */
  send(at: bigint, from: Address, to: Address, data: Hex, value?: bigint): Promise<boolean>
  stop(): Promise<void>
}

const NEVER = 30 * 86_400

function configOf(token: Address): L1Config {
  const keys = testAccount(1).address
  return {
    ...devnetDefaults,
    ...{ l2ChainId: 26_464n, proving: unplayed.proving },
    roles: {
      ...{ timelockProposer: keys, operator: keys, guardian: keys, sequencer: keys },
      ...{ batcher: keys, proposer: keys, challenger: keys },
    },
    ...{ challengePeriod: 100, answeringTime: 5, finalityDelay: 20, proofMaturityDelay: 200 },
    ...{ forceDelay: 600, timelockDelay: 2 * NEVER },
    network: {
      ...devnetNetwork,
      ...{ minAge: 10, epochLength: Number(setting.epochLength), certificateEpochs: 3, evidence: 60 },
      ...{ minVerifiers: setting.minVerifiers, minStake: setting.minStake, maxActive: setting.maxActive },
      ...{ cap: Number(setting.cap), unbonding: Number(setting.unbonding), tokens: [token] },
      feeRecipient: people.recipient,
      // With a draw for everybody the books do not depend on randomness.
      diligence: { oneIn: 1, penalty: setting.penalty, revealTime: Number(setting.revealTime), drawDelay: 2 },
    },
  }
}

/** Builds the contracts, and what a trace begins with. */
export async function world(): Promise<World> {
  const l1 = await anvil({ mineAtOnce: true, args: ['--auto-impersonate', '--disable-block-gas-limit'] })
  try {
    return await build(l1)
  } catch (error) {
    await l1.stop()
    throw error
  }
}

async function build(l1: Anvil): Promise<World> {
  const transport = http(l1.url, { timeout: 60_000 })
  const client = createPublicClient({ transport, chain: foundry, cacheTime: 0, pollingInterval: 20 })
  const wallet = createWalletClient({ transport, chain: foundry, account: testAccount(0) as Account })
  const created = await wallet.deployContract({ abi: weth9Abi, bytecode: weth9Bytecode })
  const token = (await client.waitForTransactionReceipt({ hash: created })).contractAddress!
  const { addresses } = await deployL1({
    ...{ publicClient: client, walletClient: wallet, config: configOf(token) },
    genesisOutputRoot: () => hashOf('genesis'),
  })
  const all = addresses as World['addresses']
  await l1.request('evm_setIntervalMining', [0])
  await l1.request('evm_setAutomine', [true])
  // With blocks without a limit it stays so.
  await l1.request('anvil_setNextBlockBaseFeePerGas', ['0x0'])
  const epochStart = await client.readContract({
    ...{ address: all.stakeRegistry, abi: stakeRegistryAbi, functionName: 'epochStart' },
  })
  const owner = await client.readContract({
    ...{ address: all.systemConfig, abi: systemConfigAbi, functionName: 'owner' },
  })
  const domain = { chainId: foundry.id, registry: all.stakeRegistry }
  const base = { l1, client, addresses: all, token, owner, domain, epochStart }
  const result: World = {
    ...base,
    send: async (at, from, to, data, value = 0n) => {
      await l1.request('evm_setNextBlockTimestamp', [Number(epochStart + at)])
      return (await mine(l1, from, to, data, value)) !== undefined
    },
    stop: () => l1.stop(),
  }
  await begin(result)
  return result
}

/** Sends and waits; the address of what was created, the zero address where nothing was, undefined where it reverted. */
async function mine(
  l1: Anvil,
  from: Address,
  to: Address | undefined,
  data: Hex,
  value: bigint,
): Promise<Address | undefined> {
  const hash = await l1.request<Hash>('eth_sendTransaction', [
    {
      ...{ from, data, value: toHex(value), gas: toHex(GAS), ...(to && { to }) },
      ...{ maxFeePerGas: '0x0', maxPriorityFeePerGas: '0x0' },
    },
  ])
  for (;;) {
    const receipt = await l1.request<{ status: Hex; contractAddress: Address | null } | null>(
      'eth_getTransactionReceipt',
      [hash],
    )
    if (receipt !== null)
      return receipt.status === '0x1' ? (receipt.contractAddress ?? `0x${'0'.repeat(40)}`) : undefined
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** Money for everybody, a second slasher, and what the portal and the bridge have. */
async function begin({ l1, addresses, token, owner, domain }: World): Promise<void> {
  const must = async (from: Address, to: Address | undefined, data: Hex, value = 0n) => {
    const created = await mine(l1, from, to, data, value)
    if (created === undefined)
      throw new Error(`Expected the set-up of ${networkDomain(domain).name} to work; it reverted.`)
    return created
  }
  const { members, other, user, liar, finder } = people
  for (const who of [...members, user, liar, finder])
    await l1.request('anvil_setBalance', [who, toHex(2n * PORTAL)])
  await l1.request('anvil_setBalance', [owner, toHex(PORTAL)])
  await must(
    owner,
    addresses.stakeRegistry,
    encodeFunctionData({
      ...{ abi: stakeRegistryAbi, functionName: 'setSlasher', args: [networkRoles.verifier, other, true] },
    }),
  )
  const approve = (spender: Address) =>
    encodeFunctionData({ abi: weth9Abi, functionName: 'approve', args: [spender, maxUint256] })
  const deposit = encodeFunctionData({ abi: weth9Abi, functionName: 'deposit' })
  const spenders = [addresses.l1StandardBridge, addresses.fastExits, addresses.stakeRegistry]
  for (const who of [user, ...members]) {
    await must(who, token, deposit, PORTAL / 1_000n)
    for (const spender of spenders) await must(who, token, approve(spender))
  }
  const donate = {
    abi: l1StandardBridgeAbi,
    functionName: 'donateERC20',
    args: [token, remoteToken, DEPOSITS],
  } as const
  await must(user, addresses.l1StandardBridge, encodeFunctionData(donate))
  await l1.request('anvil_setBalance', [addresses.optimismPortal, toHex(PORTAL)])
}
