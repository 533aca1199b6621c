import type { ChainBlock, ChainEvent, PooledTransaction } from '@animechain/core'
import { boundedMap } from '@animechain/runtime'
import { bloomTest } from '../bloom.js'
import { encodeHeader, encodePooled, type Json } from '../encode.js'
import { eachLog } from '../logs.js'
import type { LogCriteria } from '../params.js'

/** What is subscribed to. */
export type SubscriptionKind =
  | { type: 'heads' }
  | { type: 'syncing' }
  | { type: 'logs'; criteria: LogCriteria }
  | { type: 'transactions'; full: boolean }

/** The text of one result, made once for all who get it. */
export interface Shared {
  readonly length: number
  text(): string | Buffer
}

/** One result on its way to a subscription. */
export interface Notice {
  id: string
  result: Shared
}

/** Results above this are sent as frames of their own, so that all connections send the same bytes. */
const SHARED_BYTES = 16 * 1024
/** Results after which others get their turn: one block may have tens of thousands. */
export const STEPS = 64
/** Criteria whose logs are remembered while an event is handed out. Each may have found all logs of a block. */
const REMEMBERED = 16

/** @param make called once, when somebody needs it */
export function shared(make: () => string): Shared {
  let text: string | Buffer | undefined
  const made = () => {
    if (text === undefined) {
      text = make()
      if (text.length > SHARED_BYTES) text = Buffer.from(text, 'utf8')
    }
    return text
  }
  return {
    get length() {
      return made().length
    },
    text: made,
  }
}

/** The message in parts; a long result is not copied. */
export function noticeParts({ id, result }: Notice): (string | Buffer)[] {
  const before = `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${id}","result":`
  const text = result.text()
  return typeof text === 'string' ? [`${before}${text}}}`] : [before, text, '}}']
}

/** What a subscription hears of an event at once: few results, whatever happened. */
export type Quick = (kind: SubscriptionKind) => readonly Shared[]

const NONE: readonly Shared[] = []

/** Every header that joins the canonical chain. */
export function headResults({ added }: ChainEvent): Quick {
  const heads = added.map(({ header }) => shared(() => JSON.stringify(encodeHeader(header))))
  return (kind) => (kind.type === 'heads' ? heads : NONE)
}

/** Hashes of transactions that enter the pool, or whole transactions. */
export function transactionResults(transaction: PooledTransaction): Quick {
  const hash = [shared(() => JSON.stringify(transaction.hash))]
  const whole = [shared(() => JSON.stringify(encodePooled(transaction)))]
  return (kind) => (kind.type !== 'transactions' ? NONE : kind.full ? whole : hash)
}

/**
 * Logs of blocks that a reorg removed, newest block first and with `removed: true`, then of new ones. Subscriptions with the same criteria share
 * them. What is returned yields now and then, so that others get their turn.
 */
export function logResults({ removed, added }: ChainEvent) {
  const byCriteria = boundedMap<string, readonly Shared[]>(REMEMBERED)
  const texts = new Map<Json, Shared>()
  const textOf = (log: Json) => {
    const text = texts.get(log) ?? shared(() => JSON.stringify(log))
    texts.set(log, text)
    return text
  }
  function* ofBlock(found: Shared[], block: ChainBlock, criteria: LogCriteria, gone: boolean) {
    if (!bloomTest(criteria)(block.header.logsBloom)) return
    for (const log of eachLog(block, criteria, gone)) if (found.push(textOf(log)) % STEPS === 0) yield
  }
  return function* (criteria: LogCriteria): Generator<void, readonly Shared[]> {
    const key = JSON.stringify([criteria.addresses, criteria.topics])
    const known = byCriteria.get(key)
    if (known) return known
    const found: Shared[] = []
    for (const block of removed) yield* ofBlock(found, block, criteria, true)
    for (const block of added) yield* ofBlock(found, block, criteria, false)
    byCriteria.set(key, found)
    return found
  }
}
