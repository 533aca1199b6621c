import { concatBytes, equalBytes, hexToBytes } from '@animechain/core'
import { deriveKeyPair, hpkeOpen, hpkeSeal } from '@animechain/vault-format'
import { Mismatch, type TestFile } from './outcome.js'

/** One suite of RFC 9180's test vectors. Bytes are hex without a prefix. */
export interface HpkeVector {
  mode: number
  kem_id: number
  kdf_id: number
  aead_id: number
  info: string
  ikmR: string
  ikmE: string
  skRm: string
  pkRm: string
  enc: string
  encryptions: readonly { aad: string; ct: string; pt: string }[]
  exports: readonly unknown[]
}

const bytes = (hex: string) => hexToBytes(`0x${hex}`)
function sameBytes(what: string, got: Uint8Array, expected: Uint8Array): void {
  if (!equalBytes(got, expected))
    throw new Mismatch(what, Buffer.from(expected).toString('hex'), Buffer.from(got).toString('hex'))
}

/** Base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM: docs/spec/vault.md 3.2 */
const isOurs = ({ mode, kem_id, kdf_id, aead_id }: HpkeVector) =>
  mode === 0 && kem_id === 0x20 && kdf_id === 1 && aead_id === 2

/** The cases of RFC 9180. */
export function hpkeCases(path: string, vectors: readonly HpkeVector[]): TestFile {
  const out: TestFile = { cases: [], skipped: {} }
  const skip = (why: string, count: number) => {
    if (count > 0) out.skipped[why] = (out.skipped[why] ?? 0) + count
  }
  for (const vector of vectors) {
    const { encryptions, exports } = vector
    if (!isOurs(vector)) {
      skip('another suite or mode than that of the private store', encryptions.length + exports.length)
      continue
    }
    skip('the private store seals one message with each encapsulation', encryptions.length - 1)
    skip('the private store exports no secrets', exports.length)
    const [first] = encryptions
    const info = bytes(vector.info)
    const [aad, plaintext] = [bytes(first!.aad), bytes(first!.pt)]
    const sealed = concatBytes(bytes(vector.enc), bytes(first!.ct))
    const add = (name: string, run: () => Promise<void>) => out.cases.push({ id: `${path}::${name}`, run })
    add('derive', async () => {
      const { privateKey, publicKey } = await deriveKeyPair(bytes(vector.ikmR))
      sameBytes('private key', privateKey, bytes(vector.skRm))
      sameBytes('public key', publicKey, bytes(vector.pkRm))
    })
    add('seal', async () => {
      const parameters = { to: bytes(vector.pkRm), info, aad, plaintext, ephemeral: bytes(vector.ikmE) }
      sameBytes('sealed', await hpkeSeal(parameters), sealed)
    })
    add('open', async () => {
      sameBytes('opened', await hpkeOpen({ privateKey: bytes(vector.skRm), info, aad, sealed }), plaintext)
    })
  }
  return out
}
