import { bytesToHex, hexToBytes, type Address, type Hash } from '@animechain/core'
import {
  bigintOf,
  routes,
  signedFromJson,
  toJson,
  type Acknowledgement,
  type BlobBody,
  type BlobDescriptor,
  type Signed,
} from '@animechain/vault-protocol'

/** A member of the committee. */
export interface StorageNode {
  /** where its API is, without a path */
  url: string
  /** the key that its acknowledgements are signed with */
  address: Address
}

/** What a node answered, or why it did not. Never thrown. */
export type Answer<value> =
  | { status: 'ok'; value: value }
  /** authoritative: it has it not, or it was erased */
  | { status: 'missing'; why: string }
  /** it does not take it as it is; trying again changes nothing */
  | { status: 'refused'; code: string; why: string; offset?: number }
  /** no answer, or none that counts */
  | { status: 'unreachable'; why: string }

/** Bytes of an answer that are read, at most: the roots of all units of 256 GiB. */
const MAX_ANSWER_BYTES = 64 * 2 ** 20
const MAX_JSON_BYTES = 256 * 1_024

/** Where an upload stands. */
export interface UploadState {
  /** bytes that the node has */
  offset: number
  complete: boolean
}

/** What came of a part. */
export type PartAnswer = { offset: number } | { acknowledgement: Signed<Acknowledgement> }

/** Bytes of a shard, `offset` to `offset + bytes.length`, of `total`. */
export interface Part {
  offset: number
  total: number
  bytes: Uint8Array
}

/** The HTTP API of one storage node. docs/spec/vault.md 7 */
export interface NodeClient {
  readonly node: StorageNode
  getDescriptor(blob: Hash, signal?: AbortSignal): Promise<Answer<unknown>>
  putDescriptor(blob: Hash, body: BlobBody, signal?: AbortSignal): Promise<Answer<undefined>>
  getUnitRoots(blob: Hash, signal?: AbortSignal): Promise<Answer<Uint8Array>>
  putUnitRoots(blob: Hash, roots: Uint8Array, signal?: AbortSignal): Promise<Answer<undefined>>
  state(blob: Hash, shard: number, signal?: AbortSignal): Promise<Answer<UploadState>>
  putPart(blob: Hash, shard: number, part: Part, signal?: AbortSignal): Promise<Answer<PartAnswer>>
  unit(
    blob: Hash,
    shard: number,
    stripe: number,
    signal?: AbortSignal,
  ): Promise<Answer<{ bytes: Uint8Array; path: Uint8Array[] }>>
}

/** How a node is spoken to. */
export interface NodeClientOptions {
  fetch: typeof globalThis.fetch
  /** milliseconds for one question */
  timeout: number
}

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error instanceof Error ? error.message : String(error)}${cause}`
}

/** Bytes of a piece of a body that is streamed. */
const PIECE_BYTES = 65_536

/**
 * A body from bytes. Node's `fetch` copies the bytes it is given, and copies of parts would take more memory than all else; of a stream it copies nothing.
 * Browsers stream no bodies over HTTP/1.1.
 */
function bodyOf(bytes: Uint8Array): Pick<RequestInit, 'body'> {
  const host = (globalThis as { process?: { versions?: { node?: string } } }).process
  if (host?.versions?.node === undefined || bytes.length <= PIECE_BYTES)
    return { body: bytes as RequestInit['body'] }
  let at = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(bytes.subarray(at, at + PIECE_BYTES))
      at += PIECE_BYTES
      if (at >= bytes.length) controller.close()
    },
  })
  return { body, duplex: 'half' } as Pick<RequestInit, 'body'>
}

/** The bytes of an answer, no more than `limit`. */
async function bytesOf(response: Response, limit: number): Promise<Uint8Array> {
  const said = Number(response.headers.get('content-length') ?? 0)
  if (said > limit) throw new Error(`expected at most ${limit} bytes, got ${said}`)
  if (said > 0 && !response.headers.has('content-encoding'))
    return new Uint8Array(await response.arrayBuffer())
  const parts: Uint8Array[] = []
  let length = 0
  const reader = response.body?.getReader()
  for (let next = await reader?.read(); next && !next.done; next = await reader!.read()) {
    length += next.value.length
    if (length > limit) {
      await reader!.cancel().catch(() => {})
      throw new Error(`expected at most ${limit} bytes, got more`)
    }
    parts.push(next.value)
  }
  const out = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

const jsonOf = async (response: Response): Promise<unknown> =>
  JSON.parse(new TextDecoder().decode(await bytesOf(response, MAX_JSON_BYTES)))

const wholeNumber = (text: string | null): number | undefined =>
  text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined

async function refusalOf(response: Response): Promise<Answer<never>> {
  const body = (await jsonOf(response).catch(() => undefined)) as
    { error?: { code?: unknown; message?: unknown } } | undefined
  const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, 300) : undefined)
  const code = text(body?.error?.code) ?? `HTTP ${response.status}`
  const why = text(body?.error?.message) ?? `it answered HTTP ${response.status}`
  // Only an answer of the API says that there is nothing; one of something in between does not.
  if ((response.status === 404 || response.status === 410) && body?.error) return { status: 'missing', why }
  if (response.status === 404 || response.status === 408 || response.status === 429 || response.status >= 500)
    return { status: response.status === 507 ? 'refused' : 'unreachable', code, why }
  return { status: 'refused', code, why, offset: wholeNumber(response.headers.get('upload-offset')) }
}

/** A client for one storage node. */
export function nodeClient(node: StorageNode, { fetch, timeout }: NodeClientOptions): NodeClient {
  async function ask<value>(
    path: string,
    init: { method: string; headers?: Record<string, string>; body?: Uint8Array | string },
    signal: AbortSignal | undefined,
    read: (response: Response) => Promise<value>,
  ): Promise<Answer<value>> {
    const controller = new AbortController()
    const stop = () => controller.abort()
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      stop()
    }, timeout)
    signal?.addEventListener('abort', stop)
    if (signal?.aborted) stop()
    try {
      const { body, ...rest } = init
      const bytes = body instanceof Uint8Array ? bodyOf(body) : { body }
      const options = { ...rest, ...bytes, signal: controller.signal, redirect: 'error' } as RequestInit
      const response = await fetch(`${node.url}${path}`, options)
      if (!response.ok) return await refusalOf(response)
      return { status: 'ok', value: await read(response) }
    } catch (error) {
      return { status: 'unreachable', why: isLate ? `no answer in ${timeout} ms` : reasonOf(error) }
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
  }
  const json = { 'content-type': 'application/json' }
  const octets = { 'content-type': 'application/octet-stream' }
  const nothing = async (response: Response) => void (await response.body?.cancel())

  return {
    node,
    getDescriptor: (blob, signal) => ask(routes.blob(blob), { method: 'GET' }, signal, jsonOf),
    putDescriptor: (blob, body, signal) =>
      ask(routes.blob(blob), { method: 'PUT', headers: json, body: toJson(body) }, signal, nothing),
    getUnitRoots: (blob, signal) =>
      ask(routes.units(blob), { method: 'GET' }, signal, (response) => bytesOf(response, MAX_ANSWER_BYTES)),
    putUnitRoots: (blob, roots, signal) =>
      ask(routes.units(blob), { method: 'PUT', headers: octets, body: roots }, signal, nothing),
    state: (blob, shard, signal) =>
      ask(routes.shard(blob, shard), { method: 'HEAD' }, signal, async (response) => {
        const offset = wholeNumber(response.headers.get('upload-offset'))
        if (offset === undefined) throw new Error('expected upload-offset')
        return { offset, complete: response.headers.get('x-vault-complete') === '1' }
      }),
    putPart: (blob, shard, { offset, total, bytes }, signal) => {
      const range = bytes.length === 0 ? '*' : `${offset}-${offset + bytes.length - 1}`
      const headers = { ...octets, 'content-range': `bytes ${range}/${total}` }
      return ask(
        routes.shard(blob, shard),
        { method: 'PUT', headers, body: bytes },
        signal,
        async (response) => {
          if (response.headers.get('x-vault-complete') === '1')
            return { acknowledgement: signedFromJson('Acknowledgement', await jsonOf(response)) }
          await nothing(response)
          const next = wholeNumber(response.headers.get('upload-offset'))
          if (next === undefined) throw new Error('expected upload-offset')
          return { offset: next }
        },
      )
    },
    unit: (blob, shard, stripe, signal) =>
      ask(routes.unit(blob, shard, stripe), { method: 'GET' }, signal, async (response) => {
        const path = response.headers.get('x-vault-path') ?? ''
        if (!/^([0-9a-f]{64}){0,53}$/i.test(path)) throw new Error('expected hashes as x-vault-path')
        return {
          bytes: await bytesOf(response, 2 ** 20),
          path: Array.from({ length: path.length / 64 }, (_, i) =>
            hexToBytes(`0x${path.slice(64 * i, 64 * (i + 1))}`),
          ),
        }
      }),
  }
}

/**
 * A descriptor from JSON; undefined where it is none.
 */
export function descriptorOf(json: unknown): BlobDescriptor | undefined {
  const fields = json as Partial<Record<keyof BlobDescriptor, unknown>> | null
  if (typeof fields !== 'object' || fields === null) return undefined
  const hex = (value: unknown, size: number): Hash | undefined =>
    typeof value === 'string' && new RegExp(`^0x[0-9a-f]{${2 * size}}$`, 'i').test(value)
      ? bytesToHex(hexToBytes(value))
      : undefined
  const header = hex(fields.header, 80)
  const length = bigintOf(fields.length)
  const dataRoot = hex(fields.dataRoot, 32)
  const project = hex(fields.project, 32)
  const roots = Array.isArray(fields.shardRoots) ? fields.shardRoots.map((root) => hex(root, 32)) : []
  if (!header || length === undefined || !dataRoot || !project || roots.length !== 5) return undefined
  if (roots.some((root) => root === undefined)) return undefined
  return { header, length, dataRoot, shardRoots: roots as Hash[], project }
}
