import { InvalidInputError, isBaseError } from '@animechain/core'
import type { Hash } from '@animechain/core'
import { coseLength, coseSign } from './cose.js'
import { notSigned, reasonOf } from './errors.js'
import { withLibrary } from './library.js'
import { limits } from './limits.js'
import type { MediaFormat } from './media/parts.js'
import { contentHash, splitMedia } from './media/split.js'
import type { OutputClaim } from './output.js'
import { OUTPUT_LABEL, assertionOf, checkClaim, ingredientsOf } from './output.js'
import { settingsOf } from './settings.js'
import type { ManifestSigner } from './signer.js'
import type { TrainingMining } from './training.js'
import { TRAINING_LABEL, trainingAssertion } from './training.js'

/** How a file came to be, by the terms of IPTC's list of digital sources. */
export type DigitalSource =
  'trainedAlgorithmicMedia' | 'compositeWithTrainedAlgorithmicMedia' | 'humanEdits' | 'digitalCreation'

const sources: readonly DigitalSource[] = [
  'trainedAlgorithmicMedia',
  'compositeWithTrainedAlgorithmicMedia',
  'humanEdits',
  'digitalCreation',
]
const SOURCE_URL = 'http://cv.iptc.org/newscodes/digitalsourcetype/'
const MOST_CHARACTERS = 200
const MOST_CREATORS = 16

/** What {@link signManifest} writes. */
export interface ManifestRequest {
  /** Which output the file is. */
  claim: Omit<OutputClaim, 'parents'> & { parents?: readonly Hash[] }
  /** What machines may do with the file; what is not said is not allowed. */
  training?: Partial<TrainingMining>
  /** How it came to be: made by a model when the claim names one, else drawn by people with a computer, unless this says otherwise. */
  source?: DigitalSource
  /** Title, for people: 200 characters at most. Goes into the file for everybody to read, as do the names; nothing unless given. */
  title?: string
  /** Names of its creators, as they want to be named: at most 16. Personal data. */
  creators?: readonly string[]
}

/** A signed file. */
export interface SignedMedia {
  format: MediaFormat
  /** The file with its manifest. */
  media: Uint8Array
  /** The manifest store alone (JUMBF): for {@link manifestCommitment} and a {@link ManifestStore}. */
  manifest: Uint8Array
  /** Of what is shown, by which a file without manifest is found. */
  contentHash: Hash
}

function words(value: unknown, what: string): string {
  if (typeof value !== 'string' || value.length < 1 || value.length > MOST_CHARACTERS)
    throw new InvalidInputError(what, `1 to ${MOST_CHARACTERS} characters`, value)
  return value
}

function checkChainOf(signer: ManifestSigner): readonly Uint8Array[] {
  const { chain } = signer
  const right =
    Array.isArray(chain) &&
    chain.length >= 1 &&
    chain.length <= limits.chain &&
    chain.every((one) => one instanceof Uint8Array && one.length > 0 && one.length <= limits.certificateBytes)
  if (!right)
    throw new InvalidInputError(
      'signer.chain',
      `1 to ${limits.chain} certificates of DER, at most ${limits.certificateBytes} bytes each`,
      Array.isArray(chain) ? chain.map((one) => one?.length) : typeof chain,
    )
  return chain
}

/** The manifest's definition, as the library wants it. */
function definitionOf(request: ManifestRequest, format: MediaFormat) {
  const claim = checkClaim({ ...request.claim, parents: request.claim.parents ?? [] })
  const { source = claim.modelVersion === undefined ? 'digitalCreation' : 'trainedAlgorithmicMedia' } =
    request
  if (!sources.includes(source)) throw new InvalidInputError('source', `one of ${sources.join(', ')}`, source)
  const { title, creators = [] } = request
  if (!Array.isArray(creators) || creators.length > MOST_CREATORS)
    throw new InvalidInputError('creators', `a list of at most ${MOST_CREATORS} names`, creators)
  const created = { action: 'c2pa.created', digitalSourceType: `${SOURCE_URL}${source}` }
  const metadata = {
    '@context': { dc: 'http://purl.org/dc/elements/1.1/' },
    'dc:creator': creators.map((name, i) => words(name, `creators[${i}]`)),
  }
  return {
    claim_generator_info: [{ name: 'Animechain', version: '1' }],
    format,
    ...(title === undefined ? {} : { title: words(title, 'title') }),
    assertions: [
      { label: 'c2pa.actions.v2', data: { actions: [created] } },
      { label: TRAINING_LABEL, data: trainingAssertion(request.training) },
      { label: OUTPUT_LABEL, data: assertionOf(claim) },
      ...(creators.length === 0 ? [] : [{ label: 'cawg.metadata', data: metadata, kind: 'Json' }]),
    ],
    ingredients: ingredientsOf(claim),
  }
}

/**
 * Puts a signed C2PA manifest into a media file. Asks no network; the signer may.
 * @param media PNG, JPEG, WebP or MP4, 256 MiB at most, without a manifest.
 * @param request What the manifest says. Nothing else of the file or its maker goes into it, but for random ids, and the signer's certificates.
 * @param signer Who signs.
 * @throws {InvalidInputError} for a request that is wrong.
 * @throws {BaseError} `C2PA_NOT_SIGNED` when the file has a manifest, or the signature or its certificate does not pass C2PA's checks; `MEDIA_…`
 * for a file that is none. What the signer throws is the cause.
 */
export async function signManifest(
  media: Uint8Array,
  request: ManifestRequest,
  signer: ManifestSigner,
): Promise<SignedMedia> {
  const parts = splitMedia(media)
  const { format } = parts
  if (parts.manifest) throw notSigned('expected a file without a manifest, got one that has one')
  const definition = definitionOf(request, format)
  const chain = checkChainOf(signer)
  // What fails within the library comes out of it as text.
  let refused: unknown
  const sign = async (claim: Uint8Array): Promise<Uint8Array<ArrayBuffer>> => {
    try {
      // In memory of its own: the library's moves when it grows.
      const cose = await coseSign(claim.slice(), chain, (bytes) => signer.sign(bytes))
      return cose as Uint8Array<ArrayBuffer>
    } catch (error) {
      refused = error
      throw error
    }
  }
  const signed = await withLibrary(media, async (library, blob) => {
    const builder = library.WasmBuilder.fromJson(JSON.stringify(definition), settingsOf())
    try {
      return (await builder.signAndGetManifestBytes(
        { alg: 'es256', reserveSize: coseLength(chain), sign },
        format,
        blob,
      )) as { asset: Uint8Array; manifest: Uint8Array }
    } finally {
      builder.free()
    }
  }).catch((error: unknown) => {
    if (isBaseError(refused)) throw refused
    if (isBaseError(error)) throw error
    throw notSigned(reasonOf(refused ?? error), refused ?? error)
  })
  return { format, media: signed.asset, manifest: signed.manifest, contentHash: await contentHash(parts) }
}
