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

/** Payments of all users, every second one replaced at once by another, and deposits; sent again and again until somebody answers. */
export function load(
  net: { info: { l1Url: string; l2Url: string; portal: Address } },
  random: () => number,
): Load {
  const surprises = new Map<string, number>()
  const deposits: Hash[] = []
  let running = true
  let paused = false
  let idle = 0
  let replaced: (() => void)[] = []

  /** Sends until there is an answer. */
  async function send(sender: Sender, nonce: number, raw: Hex, isReplacement: boolean): Promise<void> {
    const hash = keccak256(raw)
    sender.ledger.sent(nonce, hash)
    while (running) {
      try {
        await call<Hash>(net.info.l2Url, 'eth_sendRawTransaction', [raw])
        sender.ledger.acknowledged(nonce, hash, Date.now())
        if (!isReplacement) return
        for (const resolve of replaced) resolve()
        replaced = []
        return
      } catch (error) {
        if (error instanceof RpcFailure) {
          // It came before the answer was lost, or the one before it is in a block.
          if (/already known|nonce too low|replacement transaction underpriced/.test(error.message)) return
          surprises.set(error.message, (surprises.get(error.message) ?? 0) + 1)
        }
        await sleep(50)
      }
    }
  }

  async function pay(sender: Sender, key: Hex): Promise<void> {
    const account = privateKeyToAccount(key)
    const sign = (nonce: number, value: bigint, times: bigint) =>
      account.signTransaction({
        type: 'eip1559',
        chainId: devnetChainId,
        nonce,
        to: `0x${'4c'.repeat(20)}`,
        value,
        gas: 21_000n,
        maxFeePerGas: 20n * gwei * times,
        maxPriorityFeePerGas: 1_000_000n * times,
      })
    while (running) {
      if (paused) {
        idle++
        while (paused && running) await sleep(20)
        idle--
        continue
      }
      const nonce = sender.next++
      await send(sender, nonce, await sign(nonce, 1n, 1n), false)
      if (random() < 0.5) await send(sender, nonce, await sign(nonce, 2n, 2n), true)
      await sleep(random() * 60)
    }
  }

  async function deposit(): Promise<void> {
    const data = encodeFunctionData({
      abi: optimismPortalAbi,
      functionName: 'depositTransaction',
      args: [beneficiary, 1n, 100_000n, false, '0x'],
    })
    while (running) {
      await sleep(1_000 + random() * 3_000)
      const transaction = { from: depositor.address, to: net.info.portal, value: '0x1', gas: '0x7a120', data }
      if (running && !paused)
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
    surprises,
    nextReplacement: () => new Promise((resolve) => replaced.push(resolve)),
    async pause() {
      paused = true
      while (idle < senders.length) await sleep(20)
    },
    resume() {
      paused = false
    },
    async stop() {
      running = false
      await Promise.all(loops)
    },
  }
}
