import {
  bodyOf,
  decodeList,
  keyOfSignature,
  maxListed,
  messageBytes,
  messageHash,
  pathOf,
  type Attestation,
  type Ballot,
  type CertificateBody,
  type NetworkDomain,
  type Signed,
} from '@animechain/network-protocol'
import { InvalidInputError, isBaseError } from '@animechain/core'
import { recovery } from '@animechain/tx'

/** Servers that are asked at most. */
export const MAX_SERVERS = 16
/** The longest list that a verifier answers with, bytes. */
const MAX_ANSWER = maxListed * messageBytes.attestation
/** For an answer, milliseconds. */
const ANSWER_TIMEOUT_MS = 5_000

/** How verifiers are asked. */
export interface AskOptions {
  /** for the answer of one, milliseconds; default 5,000 */
  timeoutMs?: number | undefined
  /** default: that of the platform */
  fetch?: typeof fetch | undefined
  signal?: AbortSignal | undefined
}

/** What a verifier's server answered. */
export interface ServerAnswer {
  url: string
  /** attestations to this assertion that were signed as they say, whoever signed */
  attestations: number
  /** why nothing of it counts */
  problem?: string
}

/** @throws {InvalidInputError} for more than {@link MAX_SERVERS} URLs, or what is none of HTTP */
export function checkServers(urls: readonly string[]): void {
  if (urls.length > MAX_SERVERS)
    throw new InvalidInputError('verifiers', `at most ${MAX_SERVERS} URLs`, urls.length)
  for (const url of urls)
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new InvalidInputError('verifiers', 'URLs of HTTP', url)
}

/** A body of at most so many bytes. Reads no further. */
async function boundedBody(response: Response): Promise<Uint8Array> {
  const announced = Number(response.headers.get('content-length') ?? 0)
  if (announced > MAX_ANSWER) throw new Error(`expected at most ${MAX_ANSWER} bytes, got ${announced}`)
  const bytes = new Uint8Array(MAX_ANSWER)
  let length = 0
  const reader = response.body?.getReader()
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader!.read()) {
    const value = piece.value as Uint8Array
    if (length + value.length > MAX_ANSWER) {
      await reader!.cancel().catch(() => undefined)
      throw new Error(`expected at most ${MAX_ANSWER} bytes, got more`)
    }
    bytes.set(value, length)
    length += value.length
  }
  return bytes.subarray(0, length)
}

async function listOf(url: string, batchIndex: bigint, options: AskOptions): Promise<Signed<Attestation>[]> {
  const { timeoutMs = ANSWER_TIMEOUT_MS, fetch: ask = fetch, signal } = options
  const { path } = pathOf({ name: 'attestations', batchIndex })
  const timeout = AbortSignal.timeout(timeoutMs)
  const response = await ask(`${url.replace(/\/+$/, '')}${path}`, {
    signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
    // A server must not send others' requests elsewhere.
    redirect: 'error',
  })
  if (!response.ok) {
    await response.body?.cancel().catch(() => undefined)
    throw new Error(`expected 200, got ${response.status}`)
  }
  const decoded = decodeList('attestation', await boundedBody(response))
  if (!decoded.ok) throw new Error(decoded.why)
  return decoded.value
}

const isOf = (body: CertificateBody) => {
  const wanted = JSON.stringify(lower(body))
  return ({ message }: Signed<Attestation>) => JSON.stringify(lower(bodyOf(message))) === wanted
}
const lower = (body: CertificateBody) =>
  Object.values(bodyOf(body)).map((value) => String(value).toLowerCase())

/**
 * Asks verifiers for attestations to an assertion. Who lies, stalls, floods or does not answer takes nothing from the others: each has its own bounds, and what
 * is not signed for exactly this assertion does not count.
 * @returns verified ballots, one of each key, of whoever signed; and what each server answered
 */
export async function askForBallots(
  urls: readonly string[],
  body: CertificateBody,
  domain: NetworkDomain,
  options: AskOptions = {},
): Promise<{ ballots: Ballot[]; servers: ServerAnswer[] }> {
  const isWanted = isOf(body)
  const byKey = new Map<string, Ballot>()
  /** Of each signature that was looked at, whose it is: honest servers have the same ones. */
  const seen = new Map<string, Ballot | undefined>()
  const { recover } = recovery()

  function ballotOf(attestation: Signed<Attestation>): Ballot | undefined {
    const known = `${attestation.signature}/${attestation.message.blocksRoot}`
    if (seen.has(known)) return seen.get(known)
    const hash = messageHash('attestation', domain, attestation.message)
    const key = keyOfSignature(hash, attestation.signature, { recover })
    const ballot = key && { key, attestation }
    seen.set(known, ballot)
    return ballot
  }

  const servers = await Promise.all(
    urls.map(async (url): Promise<ServerAnswer> => {
      try {
        const wanted = (await listOf(url, body.batchIndex, options)).filter(isWanted)
        let attestations = 0
        for (const each of wanted) {
          const ballot = ballotOf(each)
          if (!ballot) continue
          attestations++
          if (!byKey.has(ballot.key)) byKey.set(ballot.key, ballot)
        }
        return { url, attestations }
      } catch (error) {
        if (options.signal?.aborted) throw error
        return { url, attestations: 0, problem: reasonOf(error) }
      }
    }),
  )
  return { ballots: [...byKey.values()], servers }
}

/** Why a server gave nothing, in short. */
function reasonOf(error: unknown): string {
  if (isBaseError(error)) return error.shortMessage
  const { name, message, cause } = error as { name?: string; message?: string; cause?: { message?: string } }
  if (name === 'TimeoutError') return 'it did not answer in time'
  return cause?.message ?? message ?? 'it did not answer'
}
