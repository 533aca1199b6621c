import type { Address, Hash } from '@animechain/core'
import { eventually } from '@animechain/testing'
import { beneficiary, type Load } from './load.js'
import type { Net } from './net.js'
import { call, calls } from './rpc.js'

const hex = (n: number) => `0x${n.toString(16)}`
/** Calls sent together. */
const CHUNK = 100

interface Block {
  hash: Hash
  transactions: { hash: Hash; from: Address; nonce: string }[]
}

export interface Checked {
  violations: string[]
  /** head that both nodes were compared up to */
  blocks: number
  /** transactions whose receipts are there */
  receipts: Hash[]
}

/** Blocks from `first` to `last` of a node. */
async function blocks(url: string, first: number, last: number, full: boolean): Promise<Block[]> {
  const found: Block[] = []
  for (let at = first; at <= last; at += CHUNK) {
    const numbers = Array.from({ length: Math.min(CHUNK, last - at + 1) }, (_, i) => at + i)
    found.push(
      ...(await calls<Block>(
        url,
        numbers.map((number) => ['eth_getBlockByNumber', [hex(number), full]] as const),
      )),
    )
  }
  return found
}

const number = async (url: string, method: string, params: readonly unknown[] = []) =>
  Number(await call<string>(url, method, params))

/** Receipts that are not there. */
export async function missingReceipts(url: string, hashes: readonly Hash[]): Promise<Hash[]> {
  const missing: Hash[] = []
  for (let at = 0; at < hashes.length; at += CHUNK) {
    const part = hashes.slice(at, at + CHUNK)
    const receipts = await calls<object | null>(
      url,
      part.map((hash) => ['eth_getTransactionReceipt', [hash]] as const),
    )
    missing.push(...part.filter((_, i) => receipts[i] === null))
  }
  return missing
}

/** Waits for what is under way, then compares the chain with what was promised, and the verifier's with the sequencer's. The load must be paused. */
export async function check(
  net: Net,
  load: Load,
  earlier: readonly Hash[],
  timeoutMs: number,
): Promise<Checked> {
  const { l2Url, verifierUrl } = net.info
  const violations: string[] = []
  for (const { address, next } of load.senders)
    await eventually(
      `${address} to reach nonce ${next}`,
      async () => (await number(l2Url, 'eth_getTransactionCount', [address, 'latest'])) >= next,
      { timeoutMs },
    ).catch((error: Error) => violations.push(error.message.split('\n')[0]!))

  const head = await number(l2Url, 'eth_blockNumber')
  const chain = await blocks(l2Url, 0, head, true)
  const mined = new Map<Address, (Hash | undefined)[]>()
  for (const { transactions } of chain)
    for (const { hash, from, nonce } of transactions) {
      const own = mined.get(from.toLowerCase() as Address) ?? []
      mined.set(from.toLowerCase() as Address, own)
      own[Number(nonce)] = hash
    }
  for (const { address, ledger } of load.senders)
    violations.push(...ledger.check(mined.get(address.toLowerCase() as Address) ?? []))

  const present = load.senders.flatMap(({ address }) =>
    (mined.get(address.toLowerCase() as Address) ?? []).filter((hash) => hash !== undefined),
  )
  const gone = await missingReceipts(l2Url, [...new Set([...earlier, ...present])])
  violations.push(...gone.map((hash) => `the receipt of ${hash} is gone`))

  try {
    await eventually(
      `the verifier to reach block ${head}`,
      async () => (await number(verifierUrl, 'eth_blockNumber')) >= head,
      { timeoutMs },
    )
    // L1 may have taken a batch back meanwhile, with a deposit that blocks had read: both are asked now.
    const [mine, theirs] = await Promise.all([
      blocks(l2Url, 0, head, false),
      blocks(verifierUrl, 0, head, false),
    ])
    const different = mine.findIndex(({ hash }, at) => hash !== theirs[at]!.hash)
    if (different >= 0)
      violations.push(
        `block ${different} is ${mine[different]!.hash} at the sequencer and ${theirs[different]!.hash} at the verifier`,
      )
  } catch (error) {
    violations.push((error as Error).message.split('\n')[0]!)
  }
  return { violations, blocks: head, receipts: present }
}

/** Whether every deposit that L1 has arrived, and nothing else. */
export async function checkDeposits(net: Net, load: Load, timeoutMs: number): Promise<string[]> {
  // An L1 that lost blocks lost nonces too: the same deposit may have been sent again.
  const sent = [...new Set(load.deposits)]
  const expected = sent.length - (await missingReceipts(net.info.l1Url, sent)).length
  let found = -1
  return eventually(
    `${expected} deposits to arrive`,
    async () =>
      (found = await number(net.info.l2Url, 'eth_getBalance', [beneficiary, 'latest'])) === expected,
    { timeoutMs },
  ).then(
    () => [],
    () => [`${expected} deposits are on L1, ${found} arrived`],
  )
}
