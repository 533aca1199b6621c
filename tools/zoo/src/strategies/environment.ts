import { challengeTreeAbi } from '@animechain/contracts/ChallengeTree'
import { decodeFunctionData, parseGwei, type Address, type Hex } from 'viem'
import { deaths } from '../../../../libs/proving/interactive/test/deaths.js'
import { period } from '../../../../libs/proving/interactive/test/l1World.js'
import type { Lie } from '../../../../libs/proving/interactive/src/liar.js'
import type { Arena } from '../arena.js'
import type { Strategy } from '../match.js'
import { players } from './scripts.js'

const lie = (seed: number): Lie => ({ span: (seed * 9) % 16, step: (seed * 19) % 32, seed })

/** A transaction of the honest player in the mempool. */
interface Pending {
  hash: Hex
  to: Address
  input: Hex
  value: Hex
  maxFeePerGas: Hex
  maxPriorityFeePerGas: Hex
}

/** Sees each transaction of the honest player in the mempool, and gets others into the same block before it. */
async function frontRun(
  arena: Arena,
  calls: (pending: Pending) => readonly Hex[],
): Promise<{ ahead: number }> {
  const { w, honest } = arena
  const account = await arena.account()
  const wallet = w.wallet(account)
  const count = { ahead: 0 }
  honest.taps.before = async (method) => {
    if (method === 'eth_sendRawTransaction') await w.l1.request('evm_setAutomine', [false])
  }
  honest.taps.after = async (method, _, hash) => {
    if (method !== 'eth_sendRawTransaction') return
    const pending = await w.l1.request<Pending>('eth_getTransactionByHash', [hash])
    const nonce = await w.client.getTransactionCount({ address: account.address })
    const sent: Hex[] = []
    for (const [i, data] of calls(pending).entries())
      sent.push(
        await wallet.sendTransaction({
          ...{ to: pending.to, data, value: BigInt(pending.value), gas: 5_000_000n, nonce: nonce + i },
          maxFeePerGas: 3n * BigInt(pending.maxFeePerGas),
          maxPriorityFeePerGas: 2n * BigInt(pending.maxPriorityFeePerGas),
        }),
      )
    await w.l1.request('evm_mine', [])
    await w.l1.request('evm_setAutomine', [true])
    const places = await Promise.all(
      [pending.hash, ...sent].map(
        async (each) => (await w.client.getTransactionReceipt({ hash: each })).transactionIndex,
      ),
    )
    count.ahead += places.slice(1).filter((place) => place < places[0]!).length
  }
  return count
}

/** The calls in a transaction to the tree: those of a multicall, or the only one. */
function callsIn({ input }: Pending): readonly Hex[] {
  try {
    const { functionName, args } = decodeFunctionData({ abi: challengeTreeAbi, data: input })
    return functionName === 'multicall' ? args[0] : [input]
  } catch {
    return [input]
  }
}

const wasAhead = async (count: { ahead: number } | undefined): Promise<readonly string[]> =>
  (count?.ahead ?? 0) > 10 ? [] : [`expected to be ahead of many moves, was of ${count?.ahead}`]

function frontRunning(name: string, what: string, calls: (pending: Pending) => readonly Hex[]): Strategy {
  let count: { ahead: number } | undefined
  return {
    name,
    what,
    async begin(arena) {
      const liar = await arena.liar(2n, lie(1))
      count = await frontRun(arena, calls)
      return players(liar)
    },
    after: () => wasAhead(count),
  }
}

/** Takes each transaction of the honest player back once it has seen the receipt: L1 has another chain then, as long as the one before. */
function takingBack(arena: Arena): { reorgs: number } {
  const { w, honest } = arena
  const count = { reorgs: 0 }
  const seen = new Set<string>()
  let point: string | undefined
  let sent: unknown
  honest.taps.before = async (method) => {
    if (method === 'eth_sendRawTransaction') point = await w.l1.request<string>('evm_snapshot')
  }
  honest.taps.after = async (method, params, result) => {
    if (method === 'eth_sendRawTransaction') sent = result
    if (
      method !== 'eth_getTransactionReceipt' ||
      result === null ||
      params[0] !== sent ||
      point === undefined
    )
      return
    const { input } = await w.l1.request<Pending>('eth_getTransactionByHash', [sent])
    const isNew = !seen.has(input)
    seen.add(input)
    if (!isNew) return
    const height = await w.client.getBlockNumber()
    await w.l1.request('evm_revert', [point])
    point = undefined
    while ((await w.client.getBlockNumber()) < height) await w.pass(1)
    count.reorgs++
  }
  return count
}

const codeOf = (error: Error): string | undefined => (error as { code?: string }).code

/** L1, the node and the machine of the honest player, as bad as they get. */
export const environment: readonly Strategy[] = [
  frontRunning(
    'front-running',
    'copies every transaction of the honest player from the mempool, and is mined before it',
    ({ input }) => [input],
  ),
  frontRunning(
    'front-running-parts',
    'makes every second call of each transaction first, so that what is left of it may fail',
    (pending) => callsIn(pending).filter((_, i) => i % 2 === 0),
  ),
  (() => {
    let count: { reorgs: number } | undefined
    return {
      name: 'reorgs',
      what: 'L1 takes each move of the honest player back once, just when it is mined',
      async begin(arena) {
        const liar = await arena.liar(2n, lie(2))
        arena.honest.forgives = (error) => codeOf(error) === 'PROVING_L1_REORGED'
        count = takingBack(arena)
        return players(liar)
      },
      after: async () => ((count?.reorgs ?? 0) > 20 ? [] : [`expected many reorgs, got ${count?.reorgs}`]),
    } satisfies Strategy
  })(),
  {
    name: 'reorgs-of-lies',
    what: "L1 takes the liar's moves and the answers to them back, and other moves come instead",
    async begin(arena) {
      const { w, honest } = arena
      const [one, two] = [await arena.liar(2n, lie(3)), await arena.liar(2n, lie(4))]
      let turns = 0
      return {
        async turn() {
          turns++
          if (turns < 12) {
            const point = await w.l1.request<string>('evm_snapshot')
            await (turns % 2 === 0 ? one : two).pass()
            await honest.pass()
            const height = await w.client.getBlockNumber()
            await w.l1.request('evm_revert', [point])
            while ((await w.client.getBlockNumber()) < height) await w.pass(1)
          }
          await one.pass()
          await two.pass()
        },
      }
    },
  },
  {
    name: 'gas-spike',
    what: 'gas costs 50 gwei for a whole period: more than the honest player likes to pay',
    async begin(arena) {
      const { w, honest } = arena
      const liar = await arena.liar(2n, lie(5))
      const end = (await arena.now()) + period
      const spike = async () => {
        if ((await arena.now()) > end) return
        await w.l1.request('anvil_setNextBlockBaseFeePerGas', [`0x${parseGwei('50').toString(16)}`])
        await w.l1.request('evm_mine', [])
      }
      honest.taps.before = async (method) => {
        if (method === 'eth_estimateGas') await spike()
      }
      return {
        async turn() {
          await liar.pass()
          await spike()
        },
      }
    },
  },
  {
    name: 'failing-l1',
    what: 'four calls of L1 in a row fail again and again, and every third transaction gets there without an answer',
    async begin(arena) {
      const liar = await arena.liar(2n, lie(6))
      const { honest } = arena
      let [calls, sends] = [0, 0]
      honest.taps.before = async () => {
        if (++calls % 100 < 4) throw new Error('L1 is gone')
      }
      honest.taps.after = async (method) => {
        if (method === 'eth_sendRawTransaction' && ++sends % 3 === 0) throw new Error('no answer')
      }
      honest.forgives = () => true
      return players(liar)
    },
  },
  {
    name: 'kills',
    what: 'the honest player is killed before and after every move',
    async begin(arena) {
      const liar = await arena.liar(3n, lie(7))
      arena.honest.deaths = deaths()
      return players(liar)
    },
    after: async ({ honest }) =>
      honest.deaths!.kills() >= 40 ? [] : [`expected 40 kills, got ${honest.deaths!.kills()}`],
  },
  {
    name: 'withheld-data',
    what: 'the data of the batch comes late, and what its blocks read later still',
    async begin(arena) {
      const { w, honest } = arena
      const liar = await arena.liar(2n, lie(8))
      const from = await arena.now()
      honest.chain = {
        batch: async (index) =>
          (await arena.now()) < from + 0.1 * period ? undefined : w.chain.batch(index),
        outputRoot: (block) => w.chain.outputRoot(block),
        async proofInputs(about) {
          if ((await arena.now()) < from + 0.75 * period) throw new Error('not there')
          return w.chain.proofInputs(about)
        },
      }
      honest.forgives = (error) => codeOf(error) === 'PROVING_INPUTS_MISSING'
      return players(liar)
    },
    after: async ({ honest }) => (honest.failures > 0 ? [] : ['the data was never missing']),
  },
]
