import { InvalidInputError } from './errors.js'

/** Longest key of a {@link KeyValueStore}, bytes. LMDB's own limit with 4 KiB pages is 1,978. */
export const MAX_KEY_BYTES = 1024

/**
 * Checks a key before it is written.
 * @throws InvalidInputError `STORAGE_INVALID_KEY` when it is empty or longer than {@link MAX_KEY_BYTES}.
 */
export function assertStorageKey(key: Uint8Array): void {
  if (key.length === 0 || key.length > MAX_KEY_BYTES)
    throw new InvalidInputError('storage key', `1 to ${MAX_KEY_BYTES} bytes`, `${key.length} bytes`, {
      code: 'STORAGE_INVALID_KEY',
    })
}
