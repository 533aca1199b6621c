// Data availability in a folder: each put is a file whose name is the hash of its bytes. Whoever has the folder can follow the chain.
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesToHex, concatBytes, equalBytes, keccak256 } from '@animechain/core'

/** @returns {import('@animechain/core').DataAvailability} */
export function folderDa({ path }) {
  // The first byte of a commitment names the backend: one that `commitmentPrefixes` of core gives to nobody.
  const prefix = 0xf0
  const maxBytes = 1_000_000n
  const commit = (data) => concatBytes(Uint8Array.of(prefix), keccak256(data))
  const isOurs = (commitment) => commitment.length === 33 && commitment[0] === prefix
  const fileOf = (commitment) => join(path, bytesToHex(commitment).slice(2))

  return {
    capabilities: {
      id: 'folder',
      prefix,
      addressing: 'precomputed',
      exposure: 'private',
      maxBytes,
      minBilled: 0n,
      ranged: false,
      erasable: false,
      proof: 'full',
      challenge: 'none',
    },
    start: async () => void (await mkdir(path, { recursive: true })),
    stop: async () => {},

    async put(data, { signal } = {}) {
      if (signal?.aborted) return { status: 'error', error: new Error('aborted'), retryable: true }
      if (data.length > maxBytes) return { status: 'tooLarge', maxBytes }
      const commitment = commit(data)
      try {
        // Whole or not at all, also when two write the same.
        const draft = `${fileOf(commitment)}.${crypto.randomUUID()}`
        await writeFile(draft, data)
        await rename(draft, fileOf(commitment))
        return { status: 'ok', commitment }
      } catch (error) {
        return { status: 'error', error, retryable: true }
      }
    },

    async get(commitment, { signal } = {}) {
      if (signal?.aborted) return { status: 'unavailable', error: new Error('aborted') }
      if (!isOurs(commitment)) return { status: 'invalid', reason: 'no commitment of this backend' }
      try {
        const data = new Uint8Array(await readFile(fileOf(commitment)))
        if (equalBytes(commit(data), commitment)) return { status: 'data', data }
        // A damaged file proves nothing about the bytes that were committed to.
        return { status: 'missing', authoritative: false }
      } catch (error) {
        if (error.code === 'ENOENT' && (await this.health()).ok)
          return { status: 'missing', authoritative: false }
        return { status: 'unavailable', error }
      }
    },

    verify: async (commitment, data) =>
      equalBytes(commit(data), commitment) ? { valid: true } : { valid: false, reason: 'another hash' },
    async status(commitment) {
      return { status: (await this.get(commitment)).status === 'data' ? 'final' : 'unknown' }
    },
    quote: async (bytes) => ({ billedBytes: BigInt(bytes) }),
    health: () =>
      stat(path).then(
        () => ({ ok: true }),
        ({ message }) => ({ ok: false, detail: message }),
      ),
  }
}
