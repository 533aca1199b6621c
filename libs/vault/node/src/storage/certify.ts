import { concatBytes, type Hex } from '@animechain/core'
import { layoutOf, stripeUnits, unitRoot, verifyUnitRoots } from '@animechain/vault-format'
import { fieldsOf, hexOf, uintOf, type BlobDescriptor, type CertifyBody } from '@animechain/vault-protocol'

const zeroProject: Hex = `0x${'00'.repeat(32)}`

/** What a node is to certify, from JSON. @throws {BaseError} `VAULT_MALFORMED` */
export function readCertify(json: unknown): CertifyBody {
  const fields = fieldsOf(json, 'certify', ['keyHash', 'committee', 'until', 'body'])
  return {
    keyHash: hexOf(fields.keyHash, 'certify.keyHash', 32),
    committee: uintOf(fields.committee, 'certify.committee', 64),
    until: uintOf(fields.until, 'certify.until', 64),
    body: hexOf(fields.body, 'certify.body'),
  }
}

/**
 * Whether a body is that of a batch of one stripe, and the blob's roots are those of its chunks and of the parity that follows from them: so that any three
 * shards have the batch. docs/spec/vault.md, section 6
 */
export function stripeOfBatch(descriptor: BlobDescriptor, body: Uint8Array): boolean {
  const layout = layoutOf(descriptor.length)
  if (descriptor.project !== zeroProject || layout.stripes !== 1 || BigInt(body.length) !== descriptor.length)
    return false
  let at = 0
  const chunks = Array.from({ length: layout.chunks }, (_, i) =>
    body.subarray(at, (at += layout.chunkLength(i))),
  )
  return verifyUnitRoots(descriptor, concatBytes(...stripeUnits(chunks).map((unit) => unitRoot(unit))))
}
