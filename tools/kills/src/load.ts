import type { Address, Hash, Hex } from '@animechain/core'
import { optimismPortalAbi } from '@animechain/contracts/OptimismPortal'
import { devnetChainId, users } from '@animechain/devnet'
import { encodeFunctionData, keccak256 } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { ledger, type Ledger } from './ledger.js'
import { call, RpcFailure, sleep } from './rpc.js'

/** Where the deposits go. */
export const beneficiary: Address = `0x${'d0'.repeat(20)}`
/** The user whose deposits come from L1, and the first of those that send on L2. */
const depositor = users[1]!
const firstSender = 2

export interface Sender {
  address: Address
  ledger: Ledger
  /** next nonce to send */
  next: number
}

export interface Load {
  senders: readonly Sender[]
  /** hashes of the deposits on L1 */
  deposits: readonly Hash[]
  /** answers that nobody expected, with how often they came */
  surprises: ReadonlyMap<string, number>
  /** Resolves at the next acknowledgement of a replacement. */
  nextReplacement(): Promise<void>
  pause(): Promise<void>
  resume(): void
  stop(): Promise<void>
}

const gwei = 1_000_000_000n

/** How the load is: whether it runs, and what its senders have met. */
interface State {
  running: boolean
  paused: boolean
  /** senders that wait for the end of a pause */
  idle: number
  /** Wait for the next acknowledgement of a replacement. */
  replaced: (() => void)[]
  surprises: Map<string, number>
}

interface Urls {
  l1Url: string
  l2Url: string
  portal: Address
}

/** Sends until there is an answer. */
async function send(
  state: State,
  net: { readonly info: Urls },
  sender: Sender,
  payment: { nonce: number; raw: Hex; isReplacement: boolean },
): Promise<void> {
  const { nonce, raw, isReplacement } = payment
  const hash = keccak256(raw)
  sender.ledger.sent(nonce, hash)
  while (state.running) {
    try {
      await call<Hash>(net.info.l2Url, 'eth_sendRawTransaction', [raw])
      sender.ledger.acknowledged(nonce, hash, Date.now())
      if (!isReplacement) return
      for (const resolve of state.replaced) resolve()
      state.replaced = []
      return
    } catch (error) {
      if (error instanceof RpcFailure) {
        // It came before the answer was lost, or the one before it is in a block.
        if (/already known|nonce too low|replacement transaction underpriced/.test(error.message)) return
        state.surprises.set(error.message, (state.surprises.get(error.message) ?? 0) + 1)
      }
      await sleep(50)
    }
  }
}

/** A payment with this nonce; `times` raises value and price, so that it replaces another. */
const sign = (key: Hex, nonce: number, times: bigint) =>
  privateKeyToAccount(key).signTransaction({
    type: 'eip1559',
    chainId: devnetChainId,
    nonce,
    to: `0x${'4c'.repeat(20)}`,
    value: times,
    gas: 21_000n,
    maxFeePerGas: 20n * gwei * times,
    maxPriorityFeePerGas: 1_000_000n * times,
  })

/** Payments of all users, every second one replaced at once by another, and deposits; sent again and again until somebody answers. */
export function load(net: { readonly info: Urls }, random: () => number): Load {
  const state: State = { running: true, paused: false, idle: 0, replaced: [], surprises: new Map() }
  const deposits: Hash[] = []

  async function pay(sender: Sender, key: Hex): Promise<void> {
    while (state.running) {
      if (state.paused) {
        state.idle++
        while (state.paused && state.running) await sleep(20)
        state.idle--
        continue
      }
      const nonce = sender.next++
      const pays = async (times: bigint) => {
        const payment = { nonce, raw: await sign(key, nonce, times), isReplacement: times > 1n }
        await send(state, net, sender, payment)
      }
      await pays(1n)
      if (random() < 0.5) await pays(2n)
      await sleep(random() * 60)
    }
  }

  async function deposit(): Promise<void> {
    const data = encodeFunctionData({
      abi: optimismPortalAbi,
      functionName: 'depositTransaction',
      args: [beneficiary, 1n, 100_000n, false, '0x'],
    })
    while (state.running) {
      await sleep(1_000 + random() * 3_000)
      const transaction = { from: depositor.address, to: net.info.portal, value: '0x1', gas: '0x7a120', data }
      if (state.running && !state.paused)
        await call<Hash>(net.info.l1Url, 'eth_sendTransaction', [transaction]).then(
          (hash) => deposits.push(hash),
          () => {},
        )
    }
  }

  const senders = users
    .slice(firstSender)
    .map(({ address }): Sender => ({ address, ledger: ledger(address), next: 0 }))
  const loops = [...senders.map((sender, i) => pay(sender, users[firstSender + i]!.privateKey)), deposit()]
  return {
    senders,
    deposits,
    surprises: state.surprises,
    nextReplacement: () => new Promise((resolve) => state.replaced.push(resolve)),
    async pause() {
      state.paused = true
      while (state.idle < senders.length) await sleep(20)
    },
    resume() {
      state.paused = false
    },
    async stop() {
      state.running = false
      await Promise.all(loops)
    },
  }
}
