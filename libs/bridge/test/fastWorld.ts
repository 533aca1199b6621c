import type { AddressInfo } from 'node:net'
import {
  assertionGameAbi,
  assertionGameType,
  deployL1,
  devnetDefaults,
  devnetNetwork,
  disputeGameFactoryAbi,
  fastExitsAbi,
  inboxAbi,
  l1StandardBridgeAbi,
  networkRoles,
  optimismPortalAbi,
  productionTokenAbi,
  productionTokenBytecode,
  stakeRegistryAbi,
  viemChains,
  type L1Config,
} from '@animechain/contracts'
import { outputHistory, predeploys } from '@animechain/core'
import { gossip, networkTopics } from '@animechain/network-gossip'
import { encodeMessage, epochAt, signMessage } from '@animechain/network-protocol'
import { anvil, patient, testAccount, unplayed } from '@animechain/testing'
import {
  concatHex,
  createPublicClient,
  createWalletClient,
  encodeAbiParameters,
  encodeFunctionData,
  getContractAddress,
  http,
  keccak256,
  parseAbi,
  parseAbiParameters,
  parseEther,
  toHex,
  zeroAddress,
  type Address,
  type Hex,
} from 'viem'
import {
  fastExitPublicActions,
  fastExitWalletActions,
  type ExitContracts,
  type Withdrawal,
} from '../src/index.js'
import { pretendL2 } from './pretendL2.js'

/** Accounts of the world. Verifiers are those from 10 on. */
export const by = { user: 3, batcher: 4, proposer: 5, challenger: 6, relayer: 7, stranger: 8, receiver: 9 }
export const verifiers = [10, 11, 12, 13, 14, 15, 16]
export const STAKE = parseEther('30')
export const TOKEN_STAKE = 3_000n
/** Seconds. Longer than a slow machine takes for a test: L1's time passes when a test says so. */
export const MIN_AGE = 600
const lower = (index: number) => testAccount(index).address.toLowerCase() as Hex

const configOf = (token: Address): L1Config => ({
  ...devnetDefaults,
  proving: unplayed.proving,
  challengePeriod: 3_600,
  proofMaturityDelay: 7_200,
  listingDelay: 3_600,
  forceDelay: 86_400,
  timelockDelay: 172_800,
  l2ChainId: 4_246n,
  network: { ...devnetNetwork, minAge: MIN_AGE, tokens: [token] },
  roles: {
    timelockProposer: lower(1),
    operator: lower(1),
    guardian: lower(2),
    sequencer: lower(by.user),
    batcher: lower(by.batcher),
    proposer: lower(by.proposer),
    challenger: lower(by.challenger),
  },
})

const messengerAbi = parseAbi([
  'function relayMessage(uint256 nonce, address sender, address target, uint256 value, uint256 minGas, bytes message)',
])
const bridgeAbi = parseAbi([
  'function finalizeBridgeETH(address from, address to, uint256 amount, bytes extraData)',
  'function finalizeBridgeERC20(address localToken, address remoteToken, address from, address to, uint256 amount, bytes extraData)',
])

/** A real L1 with seven verifiers that have stake, a token that is covered, and an L2 of which there are only withdrawals. */
export async function fastWorld() {
  const l1 = await anvil({ mineAtOnce: true, accounts: 20 })
  const transport = http(l1.url, patient)
  // The first contract of account 0.
  const token = getContractAddress({ from: testAccount(0).address, nonce: 0n })
  const remoteToken: Address = `0x${'7e'.repeat(20)}`
  const config = configOf(token)
  const l2 = pretendL2(config.l2ChainId)
  await new Promise<void>((resolve) => l2.server.listen(0, '127.0.0.1', resolve))
  const bare = createPublicClient({ transport, pollingInterval: 50 })
  const deployer = createWalletClient({ account: testAccount(0), transport })
  await bare.waitForTransactionReceipt({
    hash: await deployer.deployContract({
      ...{ chain: null, abi: productionTokenAbi, bytecode: productionTokenBytecode },
      args: ['Token', 'TKN', testAccount(0).address],
    }),
  })
  const { addresses } = await deployL1({
    genesisOutputRoot: unplayed.genesisOutputRoot,
    publicClient: bare,
    walletClient: deployer,
    config,
  })
  const { port } = l2.server.address() as AddressInfo
  const chains = viemChains({
    l1: { chainId: 31_337, rpcUrl: l1.url },
    l2: { chainId: config.l2ChainId, rpcUrl: `http://127.0.0.1:${port}` },
    addresses,
  })
  const client = createPublicClient({ chain: chains.l1, transport, pollingInterval: 50 }).extend(
    fastExitPublicActions(),
  )
  const wallet = (index: number) =>
    createWalletClient({ account: testAccount(index), chain: chains.l1, transport }).extend(
      fastExitWalletActions(),
    )
  const mined = async (hash: Hex) => {
    const receipt = await client.waitForTransactionReceipt({ hash })
    if (receipt.status !== 'success') throw new Error(`the transaction ${hash} reverted`)
    return receipt
  }
  const pass = async (seconds: number) => {
    await l1.request('evm_increaseTime', [seconds])
    await l1.request('evm_mine')
  }
  const registry = { address: addresses.stakeRegistry!, abi: stakeRegistryAbi } as const
  const portal = { address: addresses.optimismPortal, abi: optimismPortalAbi } as const
  const exits = { address: addresses.fastExits!, abi: fastExitsAbi } as const
  const tokenContract = { address: token, abi: productionTokenAbi } as const

  async function fund(): Promise<void> {
    const rich = wallet(0)
    await mined(await rich.writeContract({ ...portal, functionName: 'donateETH', value: parseEther('500') }))
    for (const to of [testAccount(0).address, ...verifiers.map((i) => testAccount(i).address)])
      await mined(await rich.writeContract({ ...tokenContract, functionName: 'mint', args: [to, 100_000n] }))
    const bridge = addresses.l1StandardBridge
    await mined(
      await rich.writeContract({ ...tokenContract, functionName: 'approve', args: [bridge, 50_000n] }),
    )
    await mined(
      await rich.writeContract({
        ...{ address: bridge, abi: l1StandardBridgeAbi, functionName: 'donateERC20' as const },
        args: [token, remoteToken, 50_000n],
      }),
    )
  }
  async function join(index: number): Promise<void> {
    const member = wallet(index)
    const role = networkRoles.verifier
    const args = [role, member.account.address, `http://verifier-${index}`, '0x'] as const
    await mined(await member.writeContract({ ...registry, functionName: 'join', args, value: STAKE }))
    await mined(
      await member.writeContract({
        ...tokenContract,
        functionName: 'approve',
        args: [registry.address, TOKEN_STAKE],
      }),
    )
    await mined(
      await member.writeContract({
        ...registry,
        functionName: 'stakeToken',
        args: [role, token, TOKEN_STAKE],
      }),
    )
  }
  await fund()
  for (const index of verifiers) await join(index)
  await pass(devnetNetwork.epochLength + 1)

  /** The assertion that the next one builds on. */
  let parent: Address = zeroAddress
  async function assertBatch(
    index: bigint,
    outputRoot: Hex,
    { from = by.proposer, on = parent }: { from?: number; on?: Address } = {},
  ): Promise<Address> {
    const [acc, last] = await client.readContract({
      ...{ address: addresses.inbox, abi: inboxAbi, functionName: 'batchAt' as const },
      args: [index + 1n],
    })
    const { history, proof } = outputHistory([outputRoot], config.heights.blocks)
    const extraData = encodeAbiParameters(parseAbiParameters('uint256, uint256, bytes32, address, bytes32'), [
      ...([last, index, acc, on, history] as const),
    ])
    const { request, result } = await client.simulateContract({
      ...{
        address: addresses.disputeGameFactory,
        abi: disputeGameFactoryAbi,
        functionName: 'create' as const,
      },
      account: testAccount(from),
      args: [assertionGameType, outputRoot, concatHex([extraData, ...proof])],
      value: config.assertionBond,
    })
    await mined(await wallet(from).writeContract(request))
    return result
  }

  /** Posts the blocks so far, with these bytes for them, and asserts their output. Answers the game. */
  async function assertOutput(bytes: Hex = '0x00'): Promise<Address> {
    const inbox = { address: addresses.inbox, abi: inboxAbi } as const
    const index = await client.readContract({ ...inbox, functionName: 'batchCount' })
    const [parentAcc, before, time] = await client.readContract({
      ...{ ...inbox, functionName: 'batchAt' as const },
      args: [index],
    })
    const blockCount = Number(l2.number - before)
    await pass(blockCount)
    const depositsReadAfter = await client.readContract({ ...inbox, functionName: 'depositCount' })
    const header = {
      ...{ firstBlock: before + 1n, blockCount, depositsReadAfter },
      lastTimestamp: time + BigInt(blockCount),
    }
    const depositAcc = await client.readContract({
      ...{ ...inbox, functionName: 'depositAcc' as const },
      args: [depositsReadAfter],
    })
    await mined(
      await wallet(by.batcher).writeContract({
        ...{ ...inbox, functionName: 'appendBatch' as const },
        args: [header, parentAcc, depositAcc, 1, bytes],
        // What an estimate would say is too little when the time to record L1's context anew comes before the block does.
        gas: 1_000_000n,
      }),
    )
    parent = await assertBatch(index, l2.outputRoot)
    return parent
  }

  async function prove(withdrawal: Withdrawal, from = by.user): Promise<void> {
    const { outputRootProof, nodes } = await l2.proof(withdrawal)
    const games = await client.readContract({
      ...{ address: addresses.disputeGameFactory, abi: disputeGameFactoryAbi },
      functionName: 'gameCount',
    })
    await mined(
      await wallet(from).writeContract({
        ...{ ...portal, functionName: 'proveWithdrawalTransaction' as const },
        args: [withdrawal, games - 1n, outputRootProof, nodes],
      }),
    )
  }

  /** A withdrawal by messenger and standard bridge. */
  const relayed = (value: bigint, message: Hex, changes: Partial<Withdrawal> = {}): Withdrawal =>
    l2.withdrawal({
      sender: predeploys.l2CrossDomainMessenger,
      target: addresses.l1CrossDomainMessenger,
      ...{ value, gasLimit: 600_000n },
      data: encodeFunctionData({
        abi: messengerAbi,
        functionName: 'relayMessage',
        args: [
          (1n << 240n) | BigInt(Math.floor(Math.random() * 1e9)),
          ...([predeploys.l2StandardBridge, addresses.l1StandardBridge, value, 200_000n, message] as const),
        ],
      }),
      ...changes,
    })
  const [from, to] = [testAccount(by.user).address, testAccount(by.receiver).address]
  const made = {
    ether: (value: bigint) => l2.withdrawal({ value }),
    bridgedEther: (value: bigint) =>
      relayed(
        value,
        encodeFunctionData({
          ...{ abi: bridgeAbi, functionName: 'finalizeBridgeETH' },
          args: [from, to, value, '0x'],
        }),
      ),
    tokens: (amount: bigint, extra: Hex = '0x') =>
      relayed(
        0n,
        encodeFunctionData({
          ...{ abi: bridgeAbi, functionName: 'finalizeBridgeERC20' },
          args: [token, remoteToken, from, to, amount, extra],
        }),
      ),
  }

  const domain = { chainId: 31_337, registry: registry.address }
  /** What keys sign about a game, as bytes on the wire. */
  async function attestations(game: Address, signers: readonly number[] = verifiers): Promise<Uint8Array[]> {
    const at = { address: game, abi: assertionGameAbi } as const
    const [batchIndex, batchAcc, l2BlockNumber, outputRoot, createdAt] = await Promise.all([
      client.readContract({ ...at, functionName: 'batchIndex' }),
      client.readContract({ ...at, functionName: 'batchAcc' }),
      client.readContract({ ...at, functionName: 'l2BlockNumber' }),
      client.readContract({ ...at, functionName: 'rootClaim' }),
      client.readContract({ ...at, functionName: 'createdAt' }),
    ])
    const [epochStart, epochLength] = await Promise.all([
      client.readContract({ ...registry, functionName: 'epochStart' }),
      client.readContract({ ...registry, functionName: 'epochLength' }),
    ])
    const epoch = epochAt(createdAt, { epochStart, epochLength })
    const body = { game, batchIndex, batchAcc, l2BlockNumber, outputRoot, epoch }
    return Promise.all(
      signers.map(async (index) => {
        const message = { ...body, blocksRoot: keccak256(toHex(`blocks of ${index}`)) }
        const signed = await signMessage(testAccount(index), 'attestation', domain, message)
        return encodeMessage('attestation', signed)
      }),
    )
  }

  const gossips: ReturnType<typeof gossip>[] = []
  /** A verifier's node that answers over HTTP. */
  async function verifierNode() {
    const node = gossip({
      chainId: config.l2ChainId,
      topics: networkTopics({
        ...{ domain, blocks: { chainId: Number(config.l2ChainId) } },
        isMember: async (signer, { epoch }) =>
          (await client.readContract({
            ...{ ...registry, functionName: 'weightAt' as const },
            args: [networkRoles.verifier, signer, epoch],
          })) > 0n,
        isAboutGame: () => false,
        isSequencer: () => false,
      }),
      p2p: false,
      http: { port: 0 },
      bounds: { httpRate: { perSecond: 1_000, burst: 10_000 } },
    })
    await node.start()
    gossips.push(node as never)
    return {
      url: node.httpUrl!,
      async hears(messages: readonly Uint8Array[]) {
        for (const bytes of messages) await node.publish('attestation', bytes)
      },
    }
  }

  const contracts: ExitContracts = {
    portal: addresses.optimismPortal,
    l1CrossDomainMessenger: addresses.l1CrossDomainMessenger,
    l1StandardBridge: addresses.l1StandardBridge,
    l1Erc721Bridge: addresses.l1Erc721Bridge,
    l1Erc1155Bridge: addresses.l1Erc1155Bridge,
  }

  return {
    contracts,
    ...{ l1, l2, config, addresses, chains, client, wallet, mined, pass, portal, exits, registry },
    ...{ token: tokenContract, remoteToken, made, domain, attestations, verifierNode },
    ...{ assertBatch, assertOutput, prove },
    balance: (index: number) => client.getBalance({ address: testAccount(index).address }),
    tokens: (index: number) =>
      client.readContract({
        ...{ ...tokenContract, functionName: 'balanceOf' as const },
        args: [testAccount(index).address],
      }),
    reservations: () =>
      client.getContractEvents({ ...exits, eventName: 'Reserved', fromBlock: 0n, strict: true }),
    resolve: async (game: Address) => {
      await pass(config.challengePeriod + 1)
      await mined(
        await wallet(0).writeContract({ address: game, abi: assertionGameAbi, functionName: 'resolve' }),
      )
    },
    /** What the next assertion builds on. */
    buildOn: (game: Address) => void (parent = game),
    forget: () => {
      l2.reset()
      parent = zeroAddress
    },
    async stop() {
      await Promise.all(gossips.map((node) => node.stop()))
      await l1.stop()
      l2.server.closeAllConnections()
      await new Promise((resolve) => l2.server.close(resolve))
    },
  }
}

export type FastWorld = Awaited<ReturnType<typeof fastWorld>>
