import type { Genesis, Hash, Logger } from '@animechain/core'
import { silentMetrics } from '@animechain/core'
import {
  deployL1,
  devnetDefaults,
  genesis as genesisOf,
  optimismPortalAbi,
  viemChains,
} from '@animechain/contracts'
import type { Rollup } from '@animechain/node'
import {
  composeNode,
  type ComposedNode,
  type DaWord,
  type Deployment,
  type NodeSettings,
} from '@animechain/stack'
import {
  anvil,
  lyingProxy,
  patient,
  testAccount,
  testAccounts,
  type Anvil,
  type LyingProxy,
  unplayed,
} from '@animechain/testing'
import { createPublicClient, createWalletClient, hexToBytes, http, type Hex } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'

const L2_CHAIN_ID = 26_463
/** Which of the two nodes is behind the proxy. */
export type Role = 'sequencer' | 'verifier'

export interface LogLine {
  level: string
  message: string
  code?: string | undefined
}

export interface World {
  l1: Anvil
  proxy: LyingProxy
  /** the node behind the proxy, and the one that sees L1 as it is */
  lied: Rollup
  honest: Rollup
  sequencer: Rollup
  /** hashes of the transactions that the sequencer acknowledged */
  acknowledged: Hash[]
  /** what the node behind the proxy logged at info or above, emptied by whoever reads */
  lines: LogLine[]
  /** Ends the traffic: what was acknowledged is all there is. */
  quiet(): Promise<void>
  stop(): Promise<void>
}

/** Settings of time in which a harness can wait for what happens: milliseconds. */
const derivation = { pollMs: 200, lagMs: 2_000, staleMs: 4_000 }

function recording(lines: LogLine[]): Logger {
  const at = (level: string) => (message: string, fields?: Record<string, unknown>) => {
    if (level !== 'debug') lines.push({ level, message, code: fields?.code as string | undefined })
    if (lines.length > 10_000) lines.splice(0, 5_000)
  }
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  }
  return logger
}

async function deploy(l1: Anvil, batcher: Hex, proposer: Hex): Promise<Deployment> {
  const transport = http(l1.url, patient)
  const guardian = testAccount(4).address
  const made = await deployL1({
    genesisOutputRoot: unplayed.genesisOutputRoot,
    publicClient: createPublicClient({ transport, pollingInterval: 100 }),
    walletClient: createWalletClient({ transport, account: testAccount(0) }),
    config: {
      ...devnetDefaults,
      proving: unplayed.proving,
      challengePeriod: 3_600,
      proofMaturityDelay: 3_600,
      timelockDelay: 86_400,
      l2ChainId: BigInt(L2_CHAIN_ID),
      roles: {
        timelockProposer: guardian,
        operator: guardian,
        guardian,
        sequencer: privateKeyToAccount(batcher).address,
        batcher: privateKeyToAccount(batcher).address,
        proposer: privateKeyToAccount(proposer).address,
        challenger: guardian,
      },
    },
  })
  const { addresses } = made
  const genesis = genesisOf({
    addresses,
    l2ChainId: L2_CHAIN_ID,
    l1ChainId: made.l1ChainId,
    timestamp: made.genesisTimestamp,
    gasLimit: devnetDefaults.gasLimit,
    alloc: Object.fromEntries(
      testAccounts(6).map(({ address }) => [address.toLowerCase(), { balance: 10n ** 21n }]),
    ) as Genesis['alloc'],
  })
  return {
    ...viemChains({
      l1: { chainId: made.l1ChainId, rpcUrl: l1.url },
      l2: { chainId: L2_CHAIN_ID, rpcUrl: l1.url },
      addresses,
      startBlock: made.startBlock,
    }),
    addresses,
    rollup: { chainId: BigInt(L2_CHAIN_ID), genesis, genesisHash: '0x', l1StartBlock: made.startBlock },
  }
}

/** Deposits on L1 and transfers on L2, until it is stopped. */
function traffic(l1: Anvil, deployment: Deployment, sequencer: Rollup, acknowledged: Hash[]) {
  const user = testAccount(1)
  const wallet = createWalletClient({ transport: http(l1.url, patient), account: testAccount(5) })
  let flowing = true
  const pause = () => new Promise((resolve) => setTimeout(resolve, 700))
  const running = (async () => {
    for (let i = 0; flowing; i++) {
      const nonce = Number(await sequencer.pool!.pendingNonce(user.address.toLowerCase() as Hex))
      const raw = await user.signTransaction({
        type: 'eip1559',
        chainId: L2_CHAIN_ID,
        nonce,
        to: '0x00000000000000000000000000000000000000aa',
        value: 1n,
        gas: 21_000n,
        maxFeePerGas: 10_000_000_000n,
        maxPriorityFeePerGas: 1_000_000n,
      })
      const hash = await sequencer.pool!.add(hexToBytes(raw)).catch(() => undefined)
      if (hash) acknowledged.push(hash)
      if (i % 4 === 0)
        await wallet
          .writeContract({
            chain: null,
            address: deployment.addresses.optimismPortal,
            abi: optimismPortalAbi,
            functionName: 'depositTransaction',
            args: [testAccount(5).address, 1n, 100_000n, false, '0x'],
            value: 1n,
          })
          .catch(() => undefined)
      await pause()
    }
  })()
  return async () => {
    flowing = false
    await running
  }
}

/** A real L1, a sequencer and a verifier on it, one of them behind a proxy that can lie, and users. */
export async function world({ role, da }: { role: Role; da: DaWord }): Promise<World> {
  const l1 = await anvil({ blockTime: 1, slotsInAnEpoch: 1 })
  const [batcher, proposer] = [generatePrivateKey(), generatePrivateKey()]
  for (const key of [batcher, proposer])
    await l1.request('anvil_setBalance', [privateKeyToAccount(key).address, `0x${(10n ** 22n).toString(16)}`])
  const deployment = await deploy(l1, batcher, proposer)
  const proxy = await lyingProxy(l1.url)
  const lines: LogLine[] = []
  const nodes: ComposedNode[] = []
  const node = async (url: string, over: Partial<NodeSettings>): Promise<Rollup> => {
    const composed = await composeNode({
      execution: 'wasm',
      da,
      settlement: 'optimistic',
      proving: 'reexecution',
      storage: 'memory',
      dataDir: 'unused: the storage is in memory',
      deployment,
      l1RpcUrl: url,
      logger: recording(url === proxy.url ? lines : []),
      metrics: silentMetrics,
      ...over,
    })
    nodes.push(composed)
    await composed.rollup.start()
    return composed.rollup
  }
  const urlOf = (who: Role) => (who === role ? proxy.url : l1.url)
  const sequencer = await node(urlOf('sequencer'), {
    keys: { batcher, proposer },
    options: {
      derivation,
      batcher: { pollMs: 200, maxAgeSeconds: 1 },
      proposer: { pollMs: 1_000 },
      sequencer: { emptyBlocks: 'whenTransactions' },
    },
  })
  const verifier = await node(urlOf('verifier'), {
    options: { role: 'verifier', derivation, batcher: false, proposer: false, challenger: { pollMs: 500 } },
  })
  const acknowledged: Hash[] = []
  const quiet = traffic(l1, deployment, sequencer, acknowledged)
  return {
    l1,
    proxy,
    sequencer,
    lied: role === 'sequencer' ? sequencer : verifier,
    honest: role === 'sequencer' ? verifier : sequencer,
    acknowledged,
    lines,
    quiet,
    async stop() {
      await quiet()
      await proxy.lie(undefined).catch(() => undefined)
      for (const { rollup, close } of nodes.reverse()) {
        await rollup.stop()
        await close()
      }
      await proxy.stop()
      await l1.stop()
    },
  }
}
