import { BaseError, type Address, type Hex } from '@animechain/core'
import {
  decodeMessage,
  encodeMessage,
  encodeUnsigned,
  messageContentType,
  signerOf,
  type Attestation,
  type NetworkDomain,
  type Signed,
} from '@animechain/network-protocol'
import type { Observed } from '../log/signatureLog.js'
import { maxSignerBytes, signerPaths } from './http.js'
import type { AttestationSigner } from './signer.js'

/** Which remote signer is asked. */
export interface RemoteSignerOptions {
  /** of a `signerServer`, without a path */
  url: string
  token: string
  /** the key that must sign */
  address: Address
  domain: NetworkDomain
  /** ms for an answer; default 10,000 */
  timeoutMs?: number
}

/** What a signer that does not sign says of it: the codes of its log, which mean here what they mean there. */
const refusals = [
  'NETWORK_SIGNED_OTHER',
  'NETWORK_BELOW_FLOOR',
  'NETWORK_LOG_FROZEN',
  'NETWORK_LOG_ROLLED_BACK',
] as const

const unreachable = (url: string, why: string, cause?: unknown): BaseError =>
  new BaseError('The remote signer did not answer as it should.', {
    code: 'NETWORK_SIGNER_UNREACHABLE',
    cause,
    metaMessages: [`${url}: ${why}.`, 'Nothing is lost: asked again it gives the same signature.'],
  })

const wrong = (url: string, why: string): BaseError =>
  new BaseError('The remote signer gave what was not asked for.', {
    code: 'NETWORK_SIGNER_WRONG',
    metaMessages: [`${url}: ${why}.`],
  })

async function boundedBody(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length
    if (length > maxSignerBytes) throw new Error(`more than ${maxSignerBytes} bytes`)
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts))
}

/** The error that a refusal stands for. */
function refusalOf(url: string, status: number, body: Uint8Array): BaseError {
  let code: unknown
  let message: unknown
  try {
    const { error } = JSON.parse(new TextDecoder().decode(body)) as { error?: Record<string, unknown> }
    ;({ code, message } = error ?? {})
  } catch {
    // Of a proxy, perhaps.
  }
  const text = typeof message === 'string' ? message.slice(0, 500) : ''
  const known = refusals.find((each) => each === code)
  if (known !== undefined) return new BaseError(text, { code: known, metaMessages: [`Signer: ${url}`] })
  return unreachable(url, `status ${status}${text && `, ${text}`}`)
}

/**
 * A key on another machine, behind a log that is there. What it gives is verified: that the key signed it, and that it is of the batch and root that were asked
 * for.
 */
export function remoteSigner(options: RemoteSignerOptions): AttestationSigner {
  const { token, domain, timeoutMs = 10_000 } = options
  const url = options.url.replace(/\/+$/, '')
  const address = options.address.toLowerCase() as Address

  async function post(path: string, bytes: Uint8Array): Promise<Uint8Array> {
    let status: number
    let body: Uint8Array
    try {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': messageContentType },
        body: bytes as Uint8Array<ArrayBuffer>,
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      })
      status = response.status
      body = await boundedBody(response)
    } catch (error) {
      throw unreachable(url, 'no answer', error)
    }
    if (status !== 200) throw refusalOf(url, status, body)
    return body
  }

  return {
    address,
    async attest(message: Attestation): Promise<Signed<Attestation>> {
      const decoded = decodeMessage('attestation', await post(signerPaths.attest, encodeUnsigned(message)))
      if (!decoded.ok) throw wrong(url, decoded.why)
      const { message: given } = decoded.value
      const signer = await signerOf('attestation', domain, decoded.value)
      if (signer !== address)
        throw wrong(url, `expected a signature of ${address}, got one of ${signer ?? 'nobody'}`)
      const same = (a: Hex, b: Hex) => a.toLowerCase() === b.toLowerCase()
      if (given.batchIndex !== message.batchIndex || !same(given.batchAcc, message.batchAcc))
        throw wrong(url, `expected batch ${message.batchIndex}, got ${given.batchIndex}`)
      if (!same(given.outputRoot, message.outputRoot))
        throw wrong(url, `expected root ${message.outputRoot}, got ${given.outputRoot}`)
      return decoded.value
    },
    async observe(attestation: Signed<Attestation>): Promise<Observed> {
      const body = await post(signerPaths.observe, encodeMessage('attestation', attestation))
      const found = /^\{"observed":"(known|old|unknown|contradicts)"\}$/.exec(new TextDecoder().decode(body))
      if (found === null) throw wrong(url, 'expected what was observed')
      return found[1] as Observed
    },
  }
}
