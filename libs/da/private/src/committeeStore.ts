import { BaseError, bytesToHex, concatBytes, systemClock, type Clock, type Logger } from '@animechain/core'
import { UNITS, unitRootAt, type SealedBytes } from '@animechain/vault-format'
import {
  availabilitySigner,
  routes,
  signMessage,
  toJson,
  type Availability,
  type CertificateDomain,
  type CertifyBody,
  type CommitteeFile,
  type CommitteeMember,
  type MessageSigner,
} from '@animechain/vault-protocol'
import { storageCommittee, type PreparedPut, type StorageCommittee } from '@animechain/vault-committee'
import type { BatchStore, Found, MemberSignature } from './batchStore.js'
import { cannotWrite } from './errors.js'

/** A committee, and who writes to it. */
export interface CommitteeStoreOptions {
  committee: CommitteeFile
  /** where its certificates count; only posting needs it */
  certificates?: CertificateDomain
  /** account that the nodes let upload batches */
  uploader?: MessageSigner
  /** milliseconds for one question to one node; default 10,000 */
  timeout?: number
  fetch?: typeof globalThis.fetch
  clock?: Clock
  logger?: Logger
}

/** For so long an upload may take, seconds. */
const UPLOAD_SECONDS = 600n
/** Bytes of an answer that are read: a signature. */
const MAX_ANSWER_BYTES = 4_096

/** A batch as the committee's client sends it: one stripe, which is in memory. */
const preparedOf = ({ blob, descriptor, contentLength, unitRoots, shards }: SealedBytes): PreparedPut => ({
  ...{ blob, descriptor, contentLength, unitRoots },
  async *stripes() {
    const roots = Array.from({ length: UNITS }, (_, unit) => unitRootAt(unitRoots, 0, unit))
    yield { stripe: 0, units: shards, roots }
  },
  async dispose() {},
})

/** What `work` found, with nothing thrown. */
async function foundBy<T>(work: () => Promise<T>): Promise<Found<T>> {
  try {
    return { status: 'found', value: await work() }
  } catch (error) {
    if (error instanceof BaseError && error.code === 'VAULT_UNKNOWN_BLOB')
      return { status: 'missing', authoritative: true }
    return { status: 'unavailable', error: error as Error }
  }
}

interface Asking {
  certificates: CertificateDomain
  fetch: typeof globalThis.fetch
  timeout: number
}

/** The signature of one member, where it gives the right one. */
async function signatureOf(
  { url, address }: CommitteeMember,
  what: Availability,
  body: Uint8Array,
  { certificates, fetch, timeout }: Asking,
  signal: AbortSignal | undefined,
): Promise<MemberSignature | undefined> {
  const { keyHash, committee, until, blob } = what
  const asked: CertifyBody = { keyHash, committee, until, body: bytesToHex(body) }
  const late = AbortSignal.timeout(timeout)
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}${routes.certify(blob)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: toJson(asked),
      signal: signal ? AbortSignal.any([signal, late]) : late,
      redirect: 'error',
    })
    if (!response.ok || Number(response.headers.get('content-length') ?? 0) > MAX_ANSWER_BYTES) {
      await response.body?.cancel()
      return undefined
    }
    const { signature } = (await response.json()) as { signature: `0x${string}` }
    const signer = await availabilitySigner(certificates, what, signature)
    return signer.toLowerCase() === address.toLowerCase() ? { address, signature } : undefined
  } catch {
    return undefined
  }
}

function healthOf(store: StorageCommittee, clock: Clock): { ok: boolean; detail?: string } {
  const resting = store.health().filter(({ restsUntil }) => restsUntil > clock.now())
  if (resting.length <= 2) return { ok: true }
  const named = resting.map(({ url, why }) => `${url}: ${why ?? 'it rests'}`)
  return { ok: false, detail: `expected three storage nodes to answer: ${named.join('; ')}` }
}

/** The storage committee of a file, for batches. */
export function committeeStore(options: CommitteeStoreOptions): BatchStore {
  const { committee, uploader, certificates, clock = systemClock, timeout = 10_000, logger } = options
  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis)
  const domain = { chainId: committee.chainId, registry: committee.registry }
  const { members } = committee.storage
  const store = storageCommittee({
    ...{ nodes: members, domain, timeout, fetch, clock },
    ...(logger ? { logger } : {}),
  })
  return {
    async put(sealed, signal) {
      if (!uploader) throw cannotWrite('an account that may upload')
      const notAfter = BigInt(Math.floor(clock.now() / 1_000)) + UPLOAD_SECONDS
      await store.send(preparedOf(sealed), {
        upload: ({ project, length }, blob) =>
          signMessage(uploader, domain, 'Upload', { project, blob, length, notAfter }),
        ...(signal ? { signal } : {}),
      })
    },
    async certify(what, body, signal) {
      if (!certificates) return []
      const asking = { certificates, fetch, timeout }
      const given = await Promise.all(
        members.map((member) => signatureOf(member, what, body, asking, signal)),
      )
      return given.filter((each) => each !== undefined)
    },
    descriptor: (blob, signal) => foundBy(() => store.descriptor(blob, signal)),
    body: (blob, _, signal) =>
      foundBy(async () => {
        const chunks: Uint8Array[] = []
        for await (const chunk of store.body({ blob, ...(signal ? { signal } : {}) })) chunks.push(chunk)
        return concatBytes(...chunks)
      }),
    health: async () => healthOf(store, clock),
  }
}
