import { isBaseError } from '@animechain/core'
import { badManifest, reasonOf } from './errors.js'
import { withLibrary } from './library.js'
import type { MediaFormat, MediaParts } from './media/parts.js'
import { splitMedia } from './media/split.js'
import type { OutputClaim, RawManifest } from './output.js'
import { claimOf } from './output.js'
import { settingsOf } from './settings.js'
import type { TrainingMining } from './training.js'
import { TRAINING_LABEL, trainingOf } from './training.js'

/** Something that does not hold, by C2PA's status codes. */
export interface ManifestFailure {
  /** E.g. `assertion.dataHash.mismatch`, `signingCredential.untrusted`. */
  code: string
  /** In the library's words. */
  explanation: string
}

/** Who signed, by the certificate. Whether anybody vouches for it is {@link ManifestReport.state}. */
export interface ManifestSignerInfo {
  /** Organisation, as the certificate says. */
  organisation: string | undefined
  commonName: string | undefined
  /** Serial number of the certificate, decimal. */
  serial: string | undefined
  algorithm: string | undefined
}

/** What a file's manifest says, and what of it holds. */
export interface ManifestReport {
  format: MediaFormat
  /** The active manifest's name. */
  label: string
  /**
   * `trusted`: it holds, and the trust list has its signer. `valid`: it holds, and anybody may have signed it. `invalid`: something does not
   * hold. {@link verifyManifest} says what to make of it.
   */
  state: 'trusted' | 'valid' | 'invalid'
  failures: ManifestFailure[]
  signer: ManifestSignerInfo
  /** Which output of which chain it is; undefined where the manifest does not say, or says it wrongly. */
  claim: OutputClaim | undefined
  /** Why the claim cannot be read, where there is one. */
  claimProblem: string | undefined
  /** What machines may do; undefined where the manifest does not say. */
  training: TrainingMining | undefined
  title: string | undefined
  /** The manifest store's bytes. */
  manifest: Uint8Array
}

/** Whom to trust: texts of PEM. Nobody unless given. */
export interface TrustList {
  /** Certificates of authorities: whoever has a chain to one of them is trusted. */
  anchors?: string
  /** Certificates of signers that are trusted themselves. */
  signers?: string
}

interface RawStore {
  active_manifest?: string
  manifests?: Record<string, RawManifest & { title?: unknown; signature_info?: Record<string, unknown> }>
  validation_state?: string
  validation_status?: { code?: unknown; explanation?: unknown }[]
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/**
 * Reads a file's manifest and checks what can be checked: hashes, signature, certificate, trust.
 * @param media PNG, JPEG, WebP or MP4, 256 MiB at most.
 * @param trust Whom to trust; without it `state` is never `trusted`.
 * @returns Undefined for a file without manifest. A manifest elsewhere, to which a file points, is not fetched.
 * @throws {BaseError} `C2PA_BAD_MANIFEST` when the manifest is no manifest, `MEDIA_…` when the file is none.
 */
export async function readManifest(
  media: Uint8Array,
  trust: TrustList = {},
): Promise<ManifestReport | undefined> {
  const parts = splitMedia(media)
  if (!parts.manifest) return undefined
  const store = await withLibrary(media, async (library, blob) => {
    const reader = await library.WasmReader.fromBlob(parts.format, blob, settingsOf(trust))
    try {
      return JSON.parse(reader.json()) as RawStore
    } finally {
      reader.free()
    }
  }).catch((error: unknown) => {
    throw isBaseError(error) ? error : badManifest(reasonOf(error), error)
  })
  return reportOf(store, parts)
}

function reportOf(store: RawStore, { format, manifest }: MediaParts): ManifestReport {
  const label = store.active_manifest ?? ''
  const active = store.manifests?.[label]
  if (!active) throw badManifest('expected an active manifest, got none')
  const info = active.signature_info ?? {}
  const failures = (store.validation_status ?? []).map(({ code, explanation }) => ({
    code: String(code),
    explanation: textOf(explanation) ?? '',
  }))
  const training = active.assertions?.find((assertion) => assertion.label === TRAINING_LABEL)
  return {
    format,
    label,
    state: stateOf(store.validation_state),
    failures,
    signer: {
      organisation: textOf(info.issuer),
      commonName: textOf(info.common_name),
      serial: textOf(info.cert_serial_number),
      algorithm: textOf(info.alg),
    },
    ...readClaim(active),
    training: training && trainingOf(training.data),
    title: textOf(active.title),
    // A copy: what the file's owner does with its bytes later must not change it.
    manifest: manifest!.slice(),
  }
}

function stateOf(state: string | undefined): ManifestReport['state'] {
  if (state === 'Trusted') return 'trusted'
  return state === 'Valid' ? 'valid' : 'invalid'
}

function readClaim(manifest: RawManifest): Pick<ManifestReport, 'claim' | 'claimProblem'> {
  try {
    return { claim: claimOf(manifest), claimProblem: undefined }
  } catch (error) {
    return { claim: undefined, claimProblem: reasonOf(error) }
  }
}
