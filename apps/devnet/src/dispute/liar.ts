import {
  outputHistory,
  rollupChain,
  silentLogger,
  silentMetrics,
  type Assertion,
  type ChainKnowledge,
  type Hash,
  type ProofSystem,
  type Settlement,
} from '@animechain/core'
import { blob } from '@animechain/da-blob'
import { calldata } from '@animechain/da-calldata'
import { guestBinary, wasm } from '@animechain/execution-wasm'
import { createRollup, type Rollup } from '@animechain/node'
import { DisputeStore, L1Access, Player } from '@animechain/proving-interactive'
import { LyingCommitments, truthFrom, type Lie } from '@animechain/proving-interactive/liar'
import { optimistic } from '@animechain/settlement-optimistic'
import { machineThread, type Deployment } from '@animechain/stack'
import { memoryStorage } from '@animechain/storage-memory'
import { http, keccak256, type Account } from 'viem'

/** What the liar says of the chain. */
export interface LiarClaim {
  /** The right assertion that it contradicts. */
  rival: Assertion
  /** First block about which it says something else. */
  from: bigint
  /** Its output root for the last block of the assertion. */
  outputRoot: Hash
  lie: Lie
}

/** A node that follows the chain as everybody does, and lies about it on L1. */
export interface Liar {
  rollup: Rollup
  /** Makes the wrong assertion, and defends it from then on. Answers its id. */
  claim(claim: LiarClaim): Promise<Hash>
  stop(): Promise<void>
}

/** Starts it, on the same libraries as an honest verifier: what differs are its commitments. */
export async function startLiar(
  { l1Url, deployment }: { l1Url: string; deployment: Deployment },
  account: Account,
): Promise<Liar> {
  const storage = memoryStorage()
  await storage.start()
  const runner = machineThread(await guestBinary('proof'))
  const chainConfig = rollupChain({ chainId: deployment.rollup.chainId })
  const settlement = optimistic({
    l1: { rpcUrl: l1Url },
    contracts: deployment.addresses,
    startBlock: deployment.rollup.l1StartBlock,
    accounts: { proposer: account },
  })
  let knowledge: ChainKnowledge | undefined
  let player: Player | undefined

  const proving: ProofSystem = {
    capabilities: { id: 'liar', permissionless: true },
    start: async () => {},
    stop: () => runner.end(),
    examine: () => Promise.reject(new Error('A liar examines nothing.')),
    async enforce(chain, { signal } = {}) {
      knowledge = chain
      return player ? player.pass(signal) : { wrongClaims: [], movesMade: 0, lookAgainInMs: undefined }
    },
  }
  const da = blob({ rpcUrl: l1Url })
  const rollup = createRollup({
    chain: chainConfig,
    genesis: deployment.rollup.genesis,
    execution: wasm(),
    da,
    readers: [da, calldata({ rpcUrl: l1Url })],
    settlement,
    proving,
    storage,
    role: 'verifier',
    derivation: { pollMs: 250 },
    challenger: { pollMs: 250, challenge: true },
  })

  async function claim({ rival, from, outputRoot, lie }: LiarClaim): Promise<Hash> {
    const chain = knowledge
    if (chain === undefined) throw new Error('The liar knows nothing of the chain yet.')
    const wrongAt = async (block: bigint): Promise<Hash | undefined> => {
      const right = await chain.outputRoot(block)
      if (right === undefined || block < from) return right
      return block >= rival.blockNumber ? outputRoot : keccak256(right)
    }
    const access = new L1Access({
      ...{ transport: http(l1Url), account, logger: silentLogger },
      ...{ tree: deployment.addresses.challengeTree, startBlock: deployment.rollup.l1StartBlock },
    })
    const { heights, rules } = await access.rules()
    const commitments = new LyingCommitments(
      { ...{ runner, heights, rules, chain }, store: new DisputeStore(storage) },
      lie,
      truthFrom(chain),
    )
    const id = await assertWrong(settlement, rival, { wrongAt, chain, height: heights[0] })
    player = new Player({
      ...{ access, commitments, chain: { ...chain, outputRoot: wrongAt } },
      metrics: silentMetrics,
    })
    return id
  }
  return { rollup, claim, stop: () => rollup.stop() }
}

/** The blocks of the rival's batch with other output roots. */
async function assertWrong(
  settlement: Settlement,
  { batchIndex, batchAcc, blockNumber, parent }: Assertion,
  {
    wrongAt,
    chain,
    height,
  }: { wrongAt: (block: bigint) => Promise<Hash | undefined>; chain: ChainKnowledge; height: number },
): Promise<Hash> {
  const { firstBlock } = (await chain.batch(batchIndex))!
  const roots: Hash[] = []
  for (let block = firstBlock; block <= blockNumber; block++) roots.push((await wrongAt(block))!)
  const outputRoot = roots.at(-1)!
  const made = await settlement.assert({
    ...{ batchIndex, batchAcc, blockNumber, outputRoot, parent },
    ...outputHistory(roots, height),
  })
  if (made.status !== 'ok' || made.id === undefined)
    throw new Error(`The wrong assertion was not made: ${made.status}.`)
  return made.id
}
