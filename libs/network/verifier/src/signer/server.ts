import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { InvalidInputError, isBaseError, silentLogger, type Lifecycle, type Logger } from '@animechain/core'
import {
  decodeMessage,
  decodeUnsigned,
  encodeMessage,
  messageContentType,
} from '@animechain/network-protocol'
import { maxSignerBytes, signerPaths, type SignerError } from './http.js'
import type { AttestationSigner } from './signer.js'

/** Where a remote signer listens. */
export interface SignerServerOptions {
  /** signs: a key behind its log, on this machine */
  signer: AttestationSigner
  /** What callers show (`Authorization: Bearer`): 32 characters at least. */
  token: string
  /** default 127.0.0.1; over a network stand a proxy with TLS before it */
  host?: string
  /** 0 takes a free one */
  port: number
  logger?: Logger
}

/** A remote signer: the key, and the log of what it signed, away from the machine that derives, gossips and is reached from outside. */
export interface SignerServer extends Lifecycle {
  readonly url: string
}

/** Its own answers, and those of the log with what they mean. */
const statuses: Record<string, number> = {
  INVALID_INPUT: 400,
  NETWORK_SIGNED_OTHER: 409,
  NETWORK_BELOW_FLOOR: 409,
  NETWORK_LOG_FROZEN: 409,
  NETWORK_LOG_ROLLED_BACK: 409,
}

/** The body, at most {@link maxSignerBytes}; undefined where it is longer. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > maxSignerBytes) return undefined
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts))
}

function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  const body: SignerError = { error: { code, message } }
  // What is left of a body that was not read is not read either.
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify(body))
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

/**
 * Serves a signer over HTTP: `POST /v1/attestations`, `POST /v1/observed`, `GET /v1/key`. Bounded: bodies of 4,096 bytes, 64 connections, 10 s for a request.
 * @throws {InvalidInputError} for a token that can be guessed
 */
export function signerServer(options: SignerServerOptions): SignerServer {
  const { signer, token, host = '127.0.0.1', logger = silentLogger } = options
  if (token.length < 32)
    throw new InvalidInputError('token', '32 characters at least', `${token.length} characters`)
  const wanted = sha256(`Bearer ${token}`)
  const isAllowed = ({ headers }: IncomingMessage): boolean =>
    timingSafeEqual(sha256(headers.authorization ?? ''), wanted)
  let server: Server | undefined
  let port = options.port

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isAllowed(request))
      return sendError(response, 401, 'NETWORK_SIGNER_FORBIDDEN', 'Expected the token of this signer.')
    const json = (value: object) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(value))
    }
    const route = `${request.method} ${request.url}`
    if (route === `GET ${signerPaths.key}`) return json({ address: signer.address })
    if (route !== `POST ${signerPaths.attest}` && route !== `POST ${signerPaths.observe}`)
      return sendError(response, 404, 'NETWORK_SIGNER_NO_ROUTE', `No ${route.slice(0, 80)}.`)
    const body = await bodyOf(request)
    if (body === undefined)
      return sendError(response, 413, 'INVALID_INPUT', `Expected at most ${maxSignerBytes} bytes.`)
    if (request.url === signerPaths.observe) {
      const seen = decodeMessage('attestation', body)
      if (!seen.ok) return sendError(response, 400, 'INVALID_INPUT', `Invalid attestation: ${seen.why}.`)
      return json({ observed: await signer.observe(seen.value) })
    }
    const asked = decodeUnsigned(body)
    if (!asked.ok) return sendError(response, 400, 'INVALID_INPUT', `Invalid attestation: ${asked.why}.`)
    const signed = encodeMessage('attestation', await signer.attest(asked.value))
    response.writeHead(200, { 'content-type': messageContentType })
    response.end(signed)
  }

  function refuse(response: ServerResponse, error: unknown): void {
    const code = isBaseError(error) ? error.code : 'ERROR'
    logger.error('the remote signer did not sign', { code, error: (error as Error).message })
    if (response.headersSent) return void response.destroy()
    const status = statuses[code] ?? 503
    const message = isBaseError(error) ? error.shortMessage : 'The signer cannot sign at the moment.'
    sendError(response, status, code, message)
  }

  return {
    get url() {
      return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
    },
    async start() {
      if (server) return
      const made = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
        answer(request, response).catch((error: unknown) => refuse(response, error))
      })
      made.maxConnections = 64
      await new Promise<void>((resolve, reject) => {
        made.once('error', reject)
        made.listen(options.port, host, () => resolve())
      })
      server = made
      port = (made.address() as AddressInfo).port
    },
    async stop() {
      const running = server
      server = undefined
      if (running === undefined) return
      // What is being signed is answered.
      running.closeIdleConnections()
      await new Promise<void>((resolve) => running.close(() => resolve()))
    },
  }
}
