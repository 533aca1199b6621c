import { BaseError, InvalidInputError } from '@animechain/core'
import { custom, HttpRequestError, RpcRequestError, type Transport } from 'viem'
import { endpoint, type Endpoint } from './endpoint.js'

/** How several endpoints are asked, and how much of an answer is taken. */
export interface L1TransportOptions {
  /** milliseconds for a request, its whole answer included; default 10,000 */
  timeoutMs?: number
  /** Endpoints that must give the same answer to what decides; default: more than half of them. */
  quorum?: number
  /** longest answer that is read, bytes; default 64 MiB */
  maxAnswerBytes?: number
}

const MiB = 1_048_576
const BATCH_WAIT_MS = 2
/** Pauses before a request that failed at once is sent again, milliseconds. */
const RETRY_MS = [200, 400]
/** How long a head that endpoints agreed on answers for `latest`, milliseconds. */
const HEAD_MS = 250

type Block = { number: string; hash: string } | null
const lower = (value: unknown): string => JSON.stringify(value ?? null).toLowerCase()

/** What of an answer must be the same, for methods whose answers decide what the node does. Servers differ in the rest. */
const decisive: Record<string, (answer: never) => unknown> = {
  eth_chainId: (id: string) => id,
  eth_call: (data: string) => data,
  eth_getCode: (code: string) => code,
  eth_getTransactionCount: (nonce: string) => nonce,
  eth_getBlockByNumber: (block: Block) => block?.hash,
  eth_getBlockByHash: (block: Block) => block?.hash,
  eth_getTransactionByHash: (tx: Record<string, unknown> | null) => tx && [tx.hash, tx.input],
  eth_getTransactionReceipt: (receipt: Record<string, unknown> | null) =>
    receipt && [receipt.blockHash, receipt.status],
  eth_getProof: (proof: { storageHash: string; storageProof: Record<string, unknown>[] }) => [
    proof.storageHash,
    proof.storageProof.map(({ key, value }) => [key, value]),
  ],
  eth_getLogs: (logs: Record<string, unknown>[]) =>
    logs.map((log) => [
      ...[log.address, log.topics, log.data, log.blockHash, log.blockNumber],
      ...[log.transactionHash, log.logIndex],
    ]),
}
/** Place of the block in the parameters of methods that take one. */
const blockParameter: Record<string, number> = {
  eth_call: 1,
  eth_getCode: 1,
  eth_getTransactionCount: 1,
  eth_getProof: 2,
}

/** Whether sending again at once may help. */
const isPassing = (error: unknown): boolean =>
  error instanceof HttpRequestError &&
  (error.status === undefined || error.status === 429 || error.status >= 500)

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** The answer of an endpoint as a vote: a revert is an answer too. Failures of transport are none. */
async function vote(asked: Promise<unknown>, essence: (answer: never) => unknown) {
  try {
    const result = await asked
    return { key: lower(essence(result as never)), result }
  } catch (error) {
    if (!(error instanceof RpcRequestError)) return { error: error as Error }
    return { key: `error ${lower(error.data ?? error.code)}`, error: error as Error }
  }
}

/** Many endpoints asked at once. */
class Quorum {
  private head: { number: string; at: number } | undefined

  constructor(
    private readonly endpoints: readonly Endpoint[],
    private readonly least: number,
  ) {}

  /** What enough endpoints answer alike. @throws `L1_NO_QUORUM`, or the failure of transport where all failed */
  private agreed(method: string, params: unknown): Promise<unknown> {
    const votes = new Map<string, number>()
    const said: string[] = []
    const failures: Error[] = []
    let open = this.endpoints.length
    return new Promise((resolve, reject) => {
      for (const one of this.endpoints)
        void vote(one.request(method, params), decisive[method]!).then(({ key, result, error }) => {
          open--
          if (key !== undefined) {
            const count = (votes.get(key) ?? 0) + 1
            votes.set(key, count)
            said.push(`${one.url}: ${key.length > 100 ? `${key.slice(0, 100)}…` : key}`)
            if (count >= this.least) return error ? reject(error) : resolve(result)
          } else {
            failures.push(error!)
            said.push(`${one.url}: ${error!.message.split('\n')[0]}`)
          }
          if (open > 0) return
          reject(
            failures.length === this.endpoints.length
              ? failures[0]!
              : new BaseError(`The L1 endpoints do not agree on ${method}.`, {
                  code: 'L1_NO_QUORUM',
                  metaMessages: [`Expected the same answer from ${this.least}.`, ...said],
                }),
          )
        })
    })
  }

  /** The newest block with this tag that enough endpoints have reached, all of them asked for the same height. */
  private async tagged(tag: string, full: unknown): Promise<unknown> {
    const answers = await Promise.allSettled(
      this.endpoints.map((one) => one.request('eth_getBlockByNumber', [tag, false])),
    )
    const numbers = answers
      .map((answer) => (answer.status === 'fulfilled' ? (answer.value as Block)?.number : undefined))
      .filter((number) => typeof number === 'string' && /^0x[0-9a-f]{1,16}$/i.test(number))
      .map((number) => BigInt(number!))
      .sort((a, b) => (a < b ? 1 : -1))
    const number = numbers[this.least - 1]
    // Fewer have such a block: whatever they say instead.
    if (number === undefined) return this.agreed('eth_getBlockByNumber', [tag, full])
    return this.agreed('eth_getBlockByNumber', [`0x${number.toString(16)}`, full])
  }

  private async newest(): Promise<string> {
    if (this.head && performance.now() - this.head.at < HEAD_MS) return this.head.number
    const block = (await this.tagged('latest', false)) as Block
    if (!block) throw new BaseError('The L1 endpoints have no block.', { code: 'L1_NO_QUORUM' })
    this.head = { number: block.number, at: performance.now() }
    return block.number
  }

  async ask(method: string, params: unknown): Promise<unknown> {
    if (method === 'eth_blockNumber') return this.newest()
    const list = Array.isArray(params) ? [...(params as unknown[])] : []
    if (method === 'eth_getBlockByNumber' && ['latest', 'safe', 'finalized'].includes(String(list[0])))
      return this.tagged(String(list[0]), list[1] ?? false)
    const at = blockParameter[method]
    // Each has a newest block of its own.
    if (at !== undefined && (list[at] ?? 'latest') === 'latest') list[at] = await this.newest()
    return this.agreed(method, list)
  }

  /** From whichever has it first in order; what is sent goes to all. */
  async any(method: string, params: unknown): Promise<unknown> {
    if (method === 'eth_sendRawTransaction') {
      const sent = this.endpoints.map((one) => one.request(method, params))
      return Promise.any(sent).catch((error: AggregateError) => {
        throw error.errors[0]
      })
    }
    let failure: unknown
    for (const one of this.endpoints) {
      try {
        return await one.request(method, params)
      } catch (error) {
        failure ??= error
      }
    }
    throw failure
  }
}

/**
 * viem transport to L1. With one URL: JSON-RPC over HTTP whose answers are matched with their questions, bounded in size and time. With several:
 * what decides (blocks, calls, logs, proofs, nonces) is answered once a quorum gives the same, the rest by the first that answers.
 *
 * @throws {InvalidInputError} for no URL, or a quorum that they cannot reach
 */
export function l1Transport(
  urls: string | readonly string[],
  { timeoutMs = 10_000, quorum, maxAnswerBytes = 64 * MiB }: L1TransportOptions = {},
): Transport {
  const list = [urls].flat()
  const least = quorum ?? Math.floor(list.length / 2) + 1
  if (list.length === 0) throw new InvalidInputError('L1 endpoints', 'at least one URL', list)
  if (!Number.isInteger(least) || least < 1 || least > list.length)
    throw new InvalidInputError('quorum of L1 endpoints', `a number from 1 to ${list.length}`, least)
  const endpoints = list.map((url) => endpoint(url, { timeoutMs, waitMs: BATCH_WAIT_MS, maxAnswerBytes }))
  const many = list.length > 1 ? new Quorum(endpoints, least) : undefined
  const once = (method: string, params: unknown): Promise<unknown> =>
    !many
      ? endpoints[0]!.request(method, params)
      : decisive[method] || method === 'eth_blockNumber'
        ? many.ask(method, params)
        : many.any(method, params)

  return custom(
    {
      async request({ method, params }: { method: string; params?: unknown }) {
        for (const pause of RETRY_MS) {
          try {
            return await once(method, params)
          } catch (error) {
            if (!isPassing(error)) throw error
            await sleep(pause)
          }
        }
        return once(method, params)
      },
    },
    { key: 'l1', name: 'L1 JSON-RPC', retryCount: 0 },
  )
}
