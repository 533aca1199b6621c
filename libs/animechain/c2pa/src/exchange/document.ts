import type { Address, Hash } from '@animechain/core'
import { BaseError } from '@animechain/core'
import { exchangeLimits, exchangeSchema } from './schema.js'
import type { workKinds } from './schema.js'
import type { ExchangeProblem, Schema } from './schemaProblems.js'
import { schemaProblems } from './schemaProblems.js'

/** A whole number in decimal: what may be above 2^53. */
export type Decimal = string
/** What other platforms add: text by names in reverse-domain form, e.g. `jp.example.studio`. Kept as it is. */
export type Extensions = Record<string, string>

/** A work, as **IPRegistry** has it. */
export interface ExchangedWork {
  /** Its id there. */
  id: Decimal
  kind: (typeof workKinds)[number]
  owner: Address
  vaultAsset: Hash
  contentRoot: Hash
  /** 0 for none. */
  termsId: Decimal
  /** 1 to 16, ascending, as are parents. */
  authors: Address[]
  /** At most 8, smaller than the work; their shares are bps, 10,000 together at most. */
  parents: { work: Decimal; shareBps: number }[]
  extensions?: Extensions
}

/** A licence, as **Licences** has it; fields of the terms are those of docs/spec/animechain.md, section 4. */
export interface ExchangedLicence {
  id: Decimal
  /** Work that it is of; need not be in the document. */
  work: Decimal
  holder: Address
  /** Licence that it is a sublicence of. */
  parent?: Decimal
  /** Seconds; left out while it lives. */
  terminatedAt?: Decimal
  terms: {
    uses: number
    media: number
    territory: Decimal
    from: Decimal
    until: Decimal
    exclusive: boolean
    depth: number
    shareBps: number
    price: Decimal
    currency: Address
  }
  extensions?: Extensions
}

/** Works and licences of a chain, to be read by another platform. */
export interface ExchangeDocument {
  format: 'animechain-exchange'
  version: 1
  /** CAIP-2. */
  chain: string
  works: ExchangedWork[]
  licences: ExchangedLicence[]
  extensions?: Extensions
}

type Tell = (path: string, expected: string, got: unknown) => void

/** What is told of a number is the same for all: most of `bits`. */
function within(tell: Tell, path: string, value: Decimal | undefined, bits: number): void {
  if (value !== undefined && BigInt(value) >= 1n << BigInt(bits)) tell(path, `at most 2^${bits} - 1`, value)
}

function ascending<T>(tell: Tell, path: string, values: readonly T[], less: (a: T, b: T) => boolean): void {
  const at = values.findIndex((value, i) => i > 0 && !less(values[i - 1]!, value))
  if (at >= 0) tell(`${path}/${at}`, 'more than what stands before it', values[at])
}

function workProblems(tell: Tell, path: string, work: ExchangedWork): void {
  const { id, termsId, authors, parents } = work
  within(tell, `${path}/id`, id, 256)
  within(tell, `${path}/termsId`, termsId, 64)
  ascending(tell, `${path}/authors`, authors, (a, b) => a < b)
  ascending(tell, `${path}/parents`, parents, (a, b) => BigInt(a.work) < BigInt(b.work))
  parents.forEach((parent, i) => {
    if (BigInt(parent.work) >= BigInt(id))
      tell(`${path}/parents/${i}/work`, `a work before ${id}`, parent.work)
  })
  const sum = parents.reduce((all, { shareBps }) => all + shareBps, 0)
  if (sum > 10_000) tell(`${path}/parents`, 'shares of 10000 bps together at most', sum)
}

function licenceProblems(tell: Tell, path: string, licence: ExchangedLicence): void {
  const { id, work, parent, terminatedAt, terms } = licence
  within(tell, `${path}/id`, id, 256)
  within(tell, `${path}/work`, work, 256)
  within(tell, `${path}/terminatedAt`, terminatedAt, 64)
  for (const name of ['territory', 'from', 'until'] as const)
    within(tell, `${path}/terms/${name}`, terms[name], 64)
  within(tell, `${path}/terms/price`, terms.price, 256)
  if (BigInt(terms.until) < BigInt(terms.from))
    tell(`${path}/terms/until`, `at least from, ${terms.from}`, terms.until)
  if (parent !== undefined && BigInt(parent) >= BigInt(id))
    tell(`${path}/parent`, `a licence before ${id}`, parent)
}

/**
 * What is wrong with a document: held against the schema, then against the rules of the contracts that hold for a document by itself. Unknown
 * fields are refused: a reader that passes over a condition which it does not know takes a licence for wider than it is. What changes no
 * meaning goes into `extensions`, and is kept.
 * @returns The first 20 problems, none for a document that is right.
 */
export function exchangeProblems(document: unknown): ExchangeProblem[] {
  const problems = schemaProblems(exchangeSchema as Schema, document, exchangeLimits.problems)
  if (problems.length > 0) return problems
  const { works, licences } = document as ExchangeDocument
  const tell: Tell = (path, expected, got) => {
    if (problems.length < exchangeLimits.problems) problems.push({ path, expected, got: String(got) })
  }
  const unique = (path: string, items: readonly { id: Decimal }[]) => {
    const seen = new Map<Decimal, number>()
    items.forEach(({ id }, i) => {
      const first = seen.get(id)
      if (first !== undefined) tell(`${path}/${i}/id`, `another id than ${path}/${first}`, id)
      else seen.set(id, i)
    })
  }
  unique('/works', works)
  unique('/licences', licences)
  works.forEach((work, i) => workProblems(tell, `/works/${i}`, work))
  licences.forEach((licence, i) => licenceProblems(tell, `/licences/${i}`, licence))
  return problems
}

const invalid = (problems: readonly ExchangeProblem[], cause?: unknown): BaseError =>
  new BaseError('The document of works and licences is not valid.', {
    code: 'EXCHANGE_INVALID',
    docsPath: '/spec/animechain-media.md',
    metaMessages: problems.map(
      ({ path, expected, got }) => `${path || 'the document'}: expected ${expected}, got ${got}`,
    ),
    cause,
  })

function checked(document: unknown): ExchangeDocument {
  const problems = exchangeProblems(document)
  if (problems.length > 0) throw invalid(problems)
  return document as ExchangeDocument
}

/**
 * Reads a document.
 * @param text JSON, 2^26 characters at most.
 * @throws {BaseError} `EXCHANGE_INVALID`, with path, expected and got of each of the first 20 problems.
 */
export function parseExchange(text: string): ExchangeDocument {
  if (typeof text !== 'string' || text.length > exchangeLimits.characters)
    throw invalid([
      {
        path: '',
        expected: `a text of at most ${exchangeLimits.characters} characters`,
        got: typeof text === 'string' ? `${text.length}` : typeof text,
      },
    ])
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw invalid([{ path: '', expected: 'JSON', got: (error as Error).message.slice(0, 200) }], error)
  }
  return checked(document)
}

/**
 * Writes a document, a field a line.
 * @throws {BaseError} `EXCHANGE_INVALID`, as {@link parseExchange} does: what it would not read is not written.
 */
export function formatExchange(document: ExchangeDocument): string {
  return `${JSON.stringify(checked(document), null, 2)}\n`
}
