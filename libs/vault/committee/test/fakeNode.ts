import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bytesToHex, type Hash } from '@animechain/core'
import {
  blobId,
  layoutOf,
  rootsTree,
  unitOf,
  unitRoot,
  verifyUnitRoots,
  type HashTree,
} from '@animechain/vault-format'
import { signMessage, toJson, type BlobDescriptor, type VaultDomain } from '@animechain/vault-protocol'
import { privateKeyToAccount } from 'viem/accounts'

/** How a node misbehaves. */
export interface Manners {
  /** breaks the connection of parts once so many bytes came, again and again until it is 0 */
  cuts: number
  /** flips a bit of every unit */
  isCorrupt: boolean
  /** milliseconds before each answer to a question for a unit */
  delay: number
  /** acknowledges with another key */
  signsWrongly: boolean
}

interface Shard {
  bytes: Buffer
  complete: boolean
  tree?: HashTree
}

async function bodyOf(
  request: IncomingMessage,
  cutAfter = Infinity,
): Promise<{ bytes: Buffer; isCut: boolean }> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    parts.push(part)
    length += part.length
    if (length > cutAfter) return { bytes: Buffer.concat(parts).subarray(0, cutAfter), isCut: true }
  }
  return { bytes: Buffer.concat(parts), isCut: false }
}

const keyOf = (index: number): Hash => `0x${(index + 1).toString(16).padStart(64, '0')}`

/** A storage node in memory, by docs/spec/vault.md 7, that can misbehave. */
export class FakeNode {
  readonly account
  readonly blobs = new Map<string, BlobDescriptor>()
  readonly shards = new Map<string, Shard>()
  readonly roots = new Map<string, Buffer>()
  readonly manners: Manners = { cuts: 0, isCorrupt: false, delay: 0, signsWrongly: false }
  /** questions for units */
  asked = 0
  received = 0
  private server: Server | undefined
  private port = 0

  constructor(
    index: number,
    private readonly domain: VaultDomain,
  ) {
    this.account = privateKeyToAccount(keyOf(index))
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      this.answer(request, response).catch(() => response.destroy())
    })
    await new Promise<void>((resolve) => this.server!.listen(this.port, '127.0.0.1', resolve))
    this.port = (this.server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    const { server } = this
    this.server = undefined
    server?.closeAllConnections()
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()))
  }

  /** Forgets a shard, as a lost disk does. */
  lose(blob: Hash): void {
    for (const key of this.shards.keys()) if (key.startsWith(blob)) this.shards.delete(key)
  }

  private refuse(
    response: ServerResponse,
    status: number,
    code: string,
    headers: Record<string, string> = {},
  ): void {
    response.writeHead(status, headers).end(toJson({ error: { code, message: code } }))
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, , , blob, shard, , stripe] = request.url!.split('/') as (string | undefined)[]
    if (shard === undefined) return this.onBlob(request, response, blob!)
    if (shard === 'units') return this.onRoots(request, response, blob!)
    const descriptor = this.blobs.get(blob!)
    if (!descriptor) return this.refuse(response, 404, 'VAULT_UNKNOWN')
    if (stripe !== undefined) return this.onUnit(response, blob!, Number(shard), Number(stripe))
    if (request.method === 'PUT') return this.onPart(request, response, blob!, Number(shard))
    const held = this.shards.get(`${blob}/${shard}`)
    response
      .writeHead(200, {
        'upload-offset': `${held?.bytes.length ?? 0}`,
        ...(held?.complete && { 'x-vault-complete': '1' }),
      })
      .end()
  }

  private async onBlob(request: IncomingMessage, response: ServerResponse, blob: string): Promise<void> {
    if (request.method === 'GET') {
      const found = this.blobs.get(blob)
      if (!found) return this.refuse(response, 404, 'VAULT_UNKNOWN')
      response.end(toJson(found))
      return
    }
    const json = JSON.parse((await bodyOf(request)).bytes.toString()) as { descriptor: BlobDescriptor }
    const descriptor = { ...json.descriptor, length: BigInt(json.descriptor.length) }
    if (blobId(descriptor) !== blob) return this.refuse(response, 400, 'VAULT_MALFORMED')
    this.blobs.set(blob, descriptor)
    response.writeHead(204).end()
  }

  private async onRoots(request: IncomingMessage, response: ServerResponse, blob: string): Promise<void> {
    const descriptor = this.blobs.get(blob)
    if (!descriptor) return this.refuse(response, 404, 'VAULT_UNKNOWN')
    if (request.method === 'GET') {
      const roots = this.roots.get(blob)
      if (!roots) return this.refuse(response, 404, 'VAULT_UNKNOWN')
      response.end(roots)
      return
    }
    const { bytes } = await bodyOf(request)
    if (!verifyUnitRoots(descriptor, bytes)) return this.refuse(response, 400, 'VAULT_MALFORMED')
    this.roots.set(blob, bytes)
    response.writeHead(204).end()
  }

  private async onPart(
    request: IncomingMessage,
    response: ServerResponse,
    blob: string,
    shard: number,
  ): Promise<void> {
    const [, first, total] = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(request.headers['content-range']!)!
    const held = this.shards.get(`${blob}/${shard}`) ?? { bytes: Buffer.alloc(0), complete: false }
    if (!held.complete && Number(first ?? 0) !== held.bytes.length && Number(total) > 0) {
      const from = Number(first ?? 0)
      if (held.bytes.length !== Number(total) || from >= held.bytes.length)
        return this.refuse(response, 409, 'VAULT_CONFLICT', { 'upload-offset': `${held.bytes.length}` })
      held.bytes = held.bytes.subarray(0, from)
    }
    const isCutting = this.manners.cuts > 0
    const { bytes, isCut } = await bodyOf(request, isCutting ? 100_000 : Infinity)
    if (!held.complete) held.bytes = Buffer.concat([held.bytes, bytes])
    this.received += bytes.length
    this.shards.set(`${blob}/${shard}`, held)
    if (isCut) {
      this.manners.cuts--
      response.destroy()
      return
    }
    if (held.bytes.length < Number(total)) {
      response.writeHead(202, { 'upload-offset': `${held.bytes.length}` }).end()
      return
    }
    held.complete = true
    const signer = this.manners.signsWrongly ? privateKeyToAccount(keyOf(99)) : this.account
    const acknowledgement = await signMessage(signer, this.domain, 'Acknowledgement', {
      node: this.account.address,
      blob: blob as Hash,
      shard,
      eraser: `0x${'00'.repeat(20)}`,
      length: BigInt(total!),
      committee: 1n,
      until: 10_000_000_000n,
    })
    response.writeHead(201, { 'x-vault-complete': '1' }).end(toJson(acknowledgement))
  }

  private async onUnit(response: ServerResponse, blob: string, shard: number, stripe: number): Promise<void> {
    this.asked++
    if (this.manners.delay > 0)
      await new Promise((resolve) => setTimeout(resolve, this.manners.delay).unref())
    const held = this.shards.get(`${blob}/${shard}`)
    if (!held?.complete) return this.refuse(response, 404, 'VAULT_UNKNOWN')
    const layout = layoutOf(this.blobs.get(blob)!.length)
    const unitAt = (each: number) => {
      const from = layout.unitOffset(each)
      return held.bytes.subarray(from, from + layout.unitLength(each, unitOf(each, shard)))
    }
    held.tree ??= rootsTree(Array.from({ length: layout.stripes }, (_, each) => unitRoot(unitAt(each))))
    const path = held.tree.path(stripe)
    const bytes = Buffer.from(unitAt(stripe))
    if (this.manners.isCorrupt && bytes.length > 0) bytes[bytes.length >> 1]! ^= 4
    response
      .writeHead(200, { 'x-vault-path': path.map((hash) => bytesToHex(hash).slice(2)).join('') })
      .end(bytes)
  }
}
