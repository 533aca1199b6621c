import { InvalidInputError, isBaseError } from '@animechain/core'
import type { Hash } from '@animechain/core'
import { limits } from './limits.js'
import { checkChain, checkVaultAsset } from './output.js'
import type { OutputClaim } from './output.js'
import { certificatesOf } from './pem.js'
import type { ManifestFailure, ManifestReport, TrustList } from './read.js'
import { readManifest } from './read.js'

/**
 * Why a file is not accepted. In this order: `noManifest`; `unreadable` (file or manifest); `tampered` (file, assertions or claim are not
 * what was signed); `expired` (the certificate is not valid now); `invalid` (another rule of C2PA is broken); `untrusted` (a stranger signed);
 * `noClaim` (it does not say which output it is); `otherChain` and `otherAsset` (it is not the one that was asked for).
 */
export type Refusal =
  | 'noManifest'
  | 'unreadable'
  | 'tampered'
  | 'expired'
  | 'invalid'
  | 'untrusted'
  | 'noClaim'
  | 'otherChain'
  | 'otherAsset'

/** Whether a file is accepted. */
export type Verdict =
  | { ok: true; claim: OutputClaim; report: ManifestReport }
  | {
      ok: false
      reason: Refusal
      /** In words, for people. */
      expected: string
      got: string
      /** Where the manifest could be read. None of it is to be believed. */
      report: ManifestReport | undefined
    }

/** What a file must show. */
export interface VerifyOptions extends TrustList {
  /** The output that it has to be. */
  vaultAsset?: Hash
  /** The chain that it has to be of, CAIP-2. */
  chain?: string
}

const refused = (reason: Refusal, expected: string, got: string, report?: ManifestReport): Verdict => ({
  ok: false,
  reason,
  expected,
  got,
  report,
})

/** C2PA's codes for bytes that are not those which were signed. */
const TAMPERED =
  /\.(mismatch|missing|inaccessible|malformed|notRedacted)$|^assertion\.undeclared|^claim(Signature)?\./
const UNTRUSTED = 'signingCredential.untrusted'
const EXPIRED = new Set(['signingCredential.expired', 'claimSignature.outsideValidity'])

const say = ({ code, explanation }: ManifestFailure): string => `${code}: ${explanation}`

function failed(report: ManifestReport): Verdict | undefined {
  const { failures, signer, state } = report
  const expired = failures.find(({ code }) => EXPIRED.has(code))
  const tampered = failures.find(({ code }) => !EXPIRED.has(code) && TAMPERED.test(code))
  if (tampered)
    return refused('tampered', 'the file and the manifest that were signed', say(tampered), report)
  if (expired)
    return refused('expired', 'a certificate that is valid now', `${say(expired)} (${who(signer)})`, report)
  const other = failures.find(({ code }) => code !== UNTRUSTED)
  if (other) return refused('invalid', "a manifest that keeps C2PA's rules", say(other), report)
  if (failures.length > 0) return refused('untrusted', 'a signer of the trust list', who(signer), report)
  if (state !== 'trusted') return refused('invalid', 'a trusted manifest', `one that is ${state}`, report)
  return undefined
}

const who = ({ commonName, organisation, serial }: ManifestReport['signer']): string =>
  `${commonName ?? 'nobody by name'}${organisation ? `, ${organisation}` : ''}, certificate ${serial ?? 'without number'}`

function checkOptions(options: VerifyOptions): void {
  const { anchors, signers, vaultAsset, chain } = options
  if (anchors === undefined && signers === undefined)
    throw new InvalidInputError('trust list', 'anchors or signers, in PEM', 'neither')
  for (const pem of [anchors, signers]) if (pem !== undefined) certificatesOf(pem, limits.anchors)
  if (vaultAsset !== undefined) checkVaultAsset(vaultAsset)
  if (chain !== undefined) checkChain(chain)
}

/**
 * Says whether a file is what it claims: its manifest holds, its certificate is valid now, somebody of the trust list signed it, and it names
 * its output. Bad files end in a verdict, not in an error. Revocation of certificates is not asked for: take who was revoked off the list.
 * @param media The file, 256 MiB at most.
 * @param options Whom to trust (anchors or signers, at least one), and which output and chain are expected.
 * @throws {InvalidInputError} for wrong options; a BaseError `C2PA_BAD_CERTIFICATE` for a trust list that is none.
 */
export async function verifyManifest(media: Uint8Array, options: VerifyOptions): Promise<Verdict> {
  checkOptions(options)
  let report: ManifestReport | undefined
  try {
    report = await readManifest(media, options)
  } catch (error) {
    if (!isBaseError(error) || !/^(MEDIA_|C2PA_BAD_MANIFEST)/.test(error.code)) throw error
    return refused('unreadable', 'a PNG, JPEG, WebP or MP4 file with a C2PA manifest', error.shortMessage)
  }
  if (!report) return refused('noManifest', 'a file with a C2PA manifest', 'one without')
  const { claim } = report
  const problem = failed(report)
  if (problem) return problem
  if (!claim)
    return refused('noClaim', 'an assertion ai.animechain.output', report.claimProblem ?? 'none', report)
  if (options.chain !== undefined && claim.chain !== options.chain)
    return refused('otherChain', options.chain, claim.chain, report)
  if (options.vaultAsset !== undefined && claim.vaultAsset !== options.vaultAsset)
    return refused('otherAsset', options.vaultAsset, claim.vaultAsset, report)
  return { ok: true, claim, report }
}
