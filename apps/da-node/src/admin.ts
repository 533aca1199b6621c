import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BaseError, isBaseError, type Hash, type Lifecycle, type Logger } from '@animechain/core'
import { boundConnections } from '@animechain/observability'
import type { VaultNode } from '@animechain/vault-node'
import { toJson } from '@animechain/vault-protocol'

/** Bytes of a body at most. */
const MAX_BODY = 16_384
const hashOf = /^0x[0-9a-f]{64}$/
const zeroHash: Hash = `0x${'00'.repeat(32)}`

interface Answer {
  status: number
  body: unknown
}

const refused = (status: number, message: string): Answer => ({
  status,
  body: { error: { code: 'ADMIN', message } },
})

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > MAX_BODY)
      throw new BaseError(`Expected at most ${MAX_BODY} bytes.`, { code: 'INVALID_INPUT' })
    parts.push(part)
  }
  try {
    const json: unknown = JSON.parse(Buffer.concat(parts).toString() || '{}')
    if (typeof json === 'object' && json !== null) return json as Record<string, unknown>
  } catch {}
  throw new BaseError('Expected a JSON object.', { code: 'INVALID_INPUT' })
}

/** Only the comparison of hashes takes the same time for all tokens, of whatever length. */
function isToken(header: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`))
}

async function status(node: VaultNode): Promise<Answer> {
  const { storage, keys } = node
  const body = {
    ...(await node.info()),
    draining: node.isDraining,
    ...(storage && { storage: storage.usage() }),
    ...(keys && {
      keys: { shares: keys.shares.count, receipts: keys.log.count, moves: keys.mover.status() },
    }),
  }
  return { status: 200, body }
}

async function receipts(node: VaultNode, query: URLSearchParams): Promise<Answer> {
  const project = query.get('project') ?? zeroHash
  const from = query.get('from') ?? '0'
  if (!node.keys || !hashOf.test(project) || !/^\d{1,19}$/.test(from))
    return refused(400, 'Expected a key node, ?project=<32 bytes as hex> and &from=<sequence>.')
  const entries = await node.keys.log.page(project as Hash, BigInt(from), 100)
  // Of the administrator's business is that a node decided, not about what: bodies are the project's.
  return { status: 200, body: { entries: entries.map(({ receipt }) => receipt) } }
}

/** Batches of a confidential rollup have no owner: their committee's administrators erase them. */
async function erase(node: VaultNode, { blob }: Record<string, unknown>): Promise<Answer> {
  if (!node.storage || typeof blob !== 'string' || !hashOf.test(blob))
    return refused(400, 'Expected a storage node, and { "blob": "0x…" }.')
  const { project } = await node.storage.descriptor(blob as Hash)
  if (project !== zeroHash) return refused(403, 'The blob is of a project: its owner erases it.')
  await node.storage.erase(blob as Hash)
  return { status: 200, body: { erased: blob } }
}

/** Moves all that is left, whosever turn it is. It may take hours: how far it is stands in `GET /status`. */
function movesOf({ node: { keys }, logger }: Pick<AdminOptions, 'node' | 'logger'>) {
  let ending = new AbortController()
  let running: Promise<void> | undefined
  async function run(signal: AbortSignal): Promise<void> {
    try {
      while ((await keys!.mover.run(signal, { all: true })) === 0);
    } catch (error) {
      logger.warn('moving shares failed', { error: (error as Error).message })
    }
  }
  return {
    start(): Answer {
      if (!keys) return refused(400, 'Expected a key node.')
      if (ending.signal.aborted) ending = new AbortController()
      running ??= run(ending.signal).finally(() => (running = undefined))
      return { status: 202, body: keys.mover.status() }
    },
    async stop(): Promise<void> {
      ending.abort()
      await running
    },
  }
}

const endpoints = {
  'GET /status': 'what the node has and sees',
  'GET /receipts?project=&from=': 'receipts of a project, a hundred at a time',
  'POST /erase': 'deletes a batch of a confidential rollup: { blob }',
  'POST /repair': 'scrubs and repairs now',
  'POST /move': 'moves shares to the committee in force now, whosever turn it is; /status says how far it is',
  'POST /drain': 'takes nothing new: { on: true }',
}

async function answer(
  node: VaultNode,
  moves: ReturnType<typeof movesOf>,
  request: IncomingMessage,
): Promise<Answer> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://node')
  switch (`${request.method} ${pathname}`) {
    case 'GET /':
      return { status: 200, body: { endpoints } }
    case 'GET /status':
      return status(node)
    case 'GET /receipts':
      return receipts(node, searchParams)
    case 'POST /erase':
      return erase(node, await bodyOf(request))
    case 'POST /repair':
      return { status: 200, body: await node.repair() }
    case 'POST /move':
      return moves.start()
    case 'POST /drain': {
      const { on = true } = await bodyOf(request)
      node.drain(on !== false)
      return { status: 200, body: { draining: node.isDraining } }
    }
    default:
      return refused(404, `No ${request.method} ${pathname}. There is: ${Object.keys(endpoints).join(', ')}.`)
  }
}

function send(response: ServerResponse, { status: code, body }: Answer): void {
  response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(`${toJson(body)}\n`)
}

/** Where the administration listens, and who may use it. */
export interface AdminOptions {
  node: VaultNode
  host: string
  port: number
  token: string
  logger: Logger
}

/** The administration of a node, over HTTP with a bearer token. `GET /` lists it. */
export function adminServer({
  node,
  host,
  port,
  token,
  logger,
}: AdminOptions): Lifecycle & { readonly url: string } {
  let server: Server | undefined
  let listening = port
  const moves = movesOf({ node, logger })
  const handle = async (request: IncomingMessage): Promise<Answer> => {
    if (!isToken(request.headers.authorization, token)) return refused(401, 'Expected the bearer token.')
    try {
      return await answer(node, moves, request)
    } catch (error) {
      const { message } = error as Error
      logger.warn('an order of the administration failed', { path: request.url, error: message })
      return refused(isBaseError(error) && error.code === 'INVALID_INPUT' ? 400 : 500, message)
    }
  }
  return {
    get url() {
      return `http://${host}:${listening}`
    },
    async start() {
      if (server) return
      const made = createServer((request, response) => {
        void handle(request).then((made) => send(response, made))
      })
      made.requestTimeout = 60_000
      boundConnections(made, 64)
      await new Promise<void>((resolve, reject) => {
        made.once('error', reject)
        made.listen(port, host, resolve)
      })
      server = made
      listening = (made.address() as AddressInfo).port
    },
    async stop() {
      await moves.stop()
      const running = server
      server = undefined
      if (!running) return
      running.closeAllConnections()
      await new Promise((resolve) => running.close(resolve))
    },
  }
}
