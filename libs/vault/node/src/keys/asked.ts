import { keccak256Hex, type Hash, type Hex } from '@animechain/core'
import {
  fieldsOf,
  hexOf,
  messageHash,
  signedFromJson,
  type ReleaseBody,
  type VaultDomain,
} from '@animechain/vault-protocol'
import { keccak256 } from 'viem'
import type { Asked } from './decide.js'

/** A request as it came. */
export interface Question {
  /** null: its bytes hold no request */
  asked: Asked | null
  /** EIP-712 hash of the request; keccak256 of the bytes where they hold none */
  hash: Hash
}

/** Bytes of evidence at most: what the built-in policies take. */
const MAX_EVIDENCE_BYTES = 32_768

function bodyOf(bytes: Uint8Array): ReleaseBody {
  const fields = fieldsOf(JSON.parse(Buffer.from(bytes).toString()), 'body', [
    'session',
    'request',
    'evidence',
  ])
  const evidence = hexOf(fields.evidence, 'body.evidence')
  if (evidence.length > 2 + 2 * MAX_EVIDENCE_BYTES) throw new Error('the evidence is too long')
  return {
    session: signedFromJson('Session', fields.session, 'body.session'),
    request: signedFromJson('Request', fields.request, 'body.request'),
    evidence,
  }
}

/** Reads a request. Never throws: what is not well formed is an answer, too. */
export function readQuestion(domain: VaultDomain, bytes: Uint8Array): Question {
  try {
    const body = bodyOf(bytes)
    return {
      asked: {
        body,
        sessionHash: messageHash(domain, 'Session', body.session.message),
        evidenceHash: keccak256(body.evidence) as Hex,
      },
      hash: messageHash(domain, 'Request', body.request.message),
    }
  } catch {
    return { asked: null, hash: keccak256Hex(bytes) }
  }
}
