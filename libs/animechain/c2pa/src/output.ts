import { InvalidInputError } from '@animechain/core'
import type { Hash } from '@animechain/core'
import { limits } from './limits.js'

/** Label of the assertion that says which output a file is; our namespace of C2PA's entity-specific labels. */
export const OUTPUT_LABEL = 'ai.animechain.output'
/** Version of that assertion which is written, and the only one that is read. */
export const OUTPUT_VERSION = 1

/** What a manifest says of a file on the chain. */
export interface OutputClaim {
  /** The output's asset id in the private store: 32 bytes. */
  vaultAsset: Hash
  /** CAIP-2 id of the chain on which works, models and licences are: `eip155:` and the chain's id in decimal. */
  chain: string
  /** Version of the model that made it, of **ModelRegistry**; undefined for what people made. */
  modelVersion?: bigint
  /** Works that it derives from, by vault asset ids: at most 8, each once. */
  parents: readonly Hash[]
}

const HASH = /^0x[0-9a-f]{64}$/
const CHAIN = /^eip155:(0|[1-9][0-9]{0,31})$/
const NUMBER = /^[1-9][0-9]{0,77}$/
const UINT256 = 2n ** 256n

/** An asset id of the private store. @throws {InvalidInputError} when it is none. */
export function checkVaultAsset(value: unknown, what = 'vaultAsset'): Hash {
  if (typeof value !== 'string' || !HASH.test(value))
    throw new InvalidInputError(what, '0x and 64 hex digits in lower case', value)
  return value as Hash
}

/** A CAIP-2 id of an Ethereum chain. @throws {InvalidInputError} when it is none. */
export function checkChain(value: unknown): string {
  if (typeof value !== 'string' || !CHAIN.test(value))
    throw new InvalidInputError('chain', 'a CAIP-2 id, eip155: and a decimal number', value)
  return value
}

/** Checks what a caller wants to claim. @throws {InvalidInputError} for the first field that is wrong. */
export function checkClaim(claim: OutputClaim): OutputClaim {
  const vaultAsset = checkVaultAsset(claim.vaultAsset)
  const chain = checkChain(claim.chain)
  const { modelVersion, parents } = claim
  if (
    modelVersion !== undefined &&
    (typeof modelVersion !== 'bigint' || modelVersion < 1n || modelVersion >= UINT256)
  )
    throw new InvalidInputError('modelVersion', 'a bigint of 1 to 2^256 - 1', modelVersion)
  if (!Array.isArray(parents) || parents.length > limits.parents)
    throw new InvalidInputError('parents', `a list of at most ${limits.parents} vault asset ids`, parents)
  parents.forEach((parent, i) => checkVaultAsset(parent, `parents[${i}]`))
  const twice = parents.find((parent, i) => parent === vaultAsset || parents.indexOf(parent) !== i)
  if (twice !== undefined)
    throw new InvalidInputError('parents', 'each once, and not the output itself', twice)
  return { vaultAsset, chain, modelVersion, parents }
}

/** The assertion's data, as it goes into the manifest. */
export const assertionOf = ({ vaultAsset, chain, modelVersion }: OutputClaim) => ({
  version: OUTPUT_VERSION,
  vaultAsset,
  chain,
  ...(modelVersion === undefined ? {} : { modelVersion: `${modelVersion}` }),
})

/** A work as an ingredient's id: in the form of CAIP-19. */
const ingredientId = (chain: string, parent: Hash): string => `${chain}/vault:${parent}`

/** What went in, for programs that know C2PA only. */
export const ingredientsOf = ({ chain, parents }: OutputClaim) =>
  parents.map((parent) => ({ relationship: 'inputTo', instance_id: ingredientId(chain, parent) }))

/** What a manifest holds, as the library tells it. */
export interface RawManifest {
  assertions?: { label?: unknown; data?: unknown }[]
  ingredients?: { relationship?: unknown; instance_id?: unknown }[]
}

/**
 * The claim of a manifest, undefined without one. Ingredients that are no works of its chain are none of its parents.
 * @throws {InvalidInputError} when there is one of another version or shape.
 */
export function claimOf(manifest: RawManifest): OutputClaim | undefined {
  const found = (manifest.assertions ?? []).filter(
    ({ label }) =>
      typeof label === 'string' && (label === OUTPUT_LABEL || label.startsWith(`${OUTPUT_LABEL}__`)),
  )
  if (found.length === 0) return undefined
  if (found.length > 1)
    throw new InvalidInputError('manifest', `one assertion ${OUTPUT_LABEL}`, `${found.length} of them`)
  const data = (found[0]!.data ?? {}) as Record<string, unknown>
  if (data.version !== OUTPUT_VERSION)
    throw new InvalidInputError(`version of ${OUTPUT_LABEL}`, `${OUTPUT_VERSION}`, data.version ?? 'none')
  const { modelVersion } = data
  if (modelVersion !== undefined && (typeof modelVersion !== 'string' || !NUMBER.test(modelVersion)))
    throw new InvalidInputError('modelVersion', 'a decimal number from 1', modelVersion)
  const chain = checkChain(data.chain)
  return checkClaim({
    vaultAsset: data.vaultAsset as Hash,
    chain,
    modelVersion: modelVersion === undefined ? undefined : BigInt(modelVersion),
    parents: (manifest.ingredients ?? []).flatMap(({ instance_id: id }) => parentOf(chain, id)),
  })
}

function parentOf(chain: string, id: unknown): Hash[] {
  const prefix = `${chain}/vault:`
  return typeof id === 'string' && id.startsWith(prefix) ? [id.slice(prefix.length) as Hash] : []
}
