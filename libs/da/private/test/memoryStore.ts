import type { Hash } from '@animechain/core'
import { testAccount } from '@animechain/testing'
import type { SealedDescriptor } from '@animechain/vault-format'
import { availabilityTypedData, type CertificateDomain } from '@animechain/vault-protocol'
import type { BatchStore, Found } from '../src/index.js'

const found = <T>(value: T | undefined): Found<T> =>
  value === undefined ? { status: 'missing', authoritative: true } : { status: 'found', value }

/** A committee of five in memory, for what does not depend on the way to it. */
export function memoryStore(domain: CertificateDomain, options: { signers?: number } = {}) {
  const blobs = new Map<Hash, { descriptor: SealedDescriptor; body: Uint8Array }>()
  const store: BatchStore = {
    async put({ blob, descriptor, body }) {
      blobs.set(blob, { descriptor, body })
    },
    certify: (what) =>
      Promise.all(
        Array.from({ length: options.signers ?? 5 }, async (_, i) => ({
          address: testAccount(i).address,
          signature: await testAccount(i).signTypedData(availabilityTypedData(domain, what)),
        })),
      ),
    descriptor: async (blob) => found(blobs.get(blob)?.descriptor),
    body: async (blob) => found(blobs.get(blob)?.body.slice()),
    health: async () => ({ ok: true }),
  }
  return { store, blobs }
}
