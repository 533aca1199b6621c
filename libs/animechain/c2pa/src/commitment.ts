import { InvalidInputError, concatBytes, keccak256Hex } from '@animechain/core'
import type { Hash } from '@animechain/core'
import { limits } from './limits.js'

/** Bytes of a salt. */
export const SALT_BYTES = 32

/** A salt for one commitment: 32 random bytes. Keep it: without it nothing opens the commitment. */
export const newSalt = (): Uint8Array => globalThis.crypto.getRandomValues(new Uint8Array(SALT_BYTES))

/**
 * What a leaf of **OutputRegistry** says of a manifest: keccak256(salt ‖ manifest). A manifest holds an unsalted hash of the file, so that
 * without salt whoever has the file would recognise it on the chain.
 * @param manifest The manifest store's bytes, as `signManifest` gives them and `splitMedia` finds them in the file.
 * @param salt 32 random bytes (`newSalt`), others for each manifest.
 * @throws {InvalidInputError} for no manifest, and for a salt that is not 32 bytes or evidently not random.
 */
export function manifestCommitment(manifest: Uint8Array, salt: Uint8Array): Hash {
  if (!(manifest instanceof Uint8Array) || manifest.length === 0 || manifest.length > limits.manifestBytes)
    throw new InvalidInputError(
      'manifest',
      `1 to ${limits.manifestBytes} bytes`,
      manifest instanceof Uint8Array ? `${manifest.length} bytes` : typeof manifest,
    )
  if (!(salt instanceof Uint8Array) || salt.length !== SALT_BYTES)
    throw new InvalidInputError(
      'salt',
      `${SALT_BYTES} random bytes`,
      salt instanceof Uint8Array ? `${salt.length} bytes` : typeof salt,
    )
  if (salt.every((byte) => byte === salt[0]))
    throw new InvalidInputError('salt', `${SALT_BYTES} random bytes`, 'the same byte 32 times')
  return keccak256Hex(concatBytes(salt, manifest))
}
