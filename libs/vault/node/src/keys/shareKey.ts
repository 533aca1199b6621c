import { createPrivateKey, createPublicKey } from 'node:crypto'
import { hexToBytes, type Hash } from '@animechain/core'
import type { KeyPair } from '@animechain/vault-format'

/** What stands before the 32 bytes of an X25519 private key in PKCS #8. */
const pkcs8 = Buffer.from('302e020100300506032b656e04220420', 'hex')

/** The key pair of an X25519 private key, 32 bytes. */
export function shareKeyPair(privateKey: Hash): KeyPair {
  const key = createPrivateKey({
    key: Buffer.concat([pkcs8, hexToBytes(privateKey)]),
    format: 'der',
    type: 'pkcs8',
  })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return { privateKey: hexToBytes(privateKey), publicKey: Uint8Array.from(spki.subarray(-32)) }
}
