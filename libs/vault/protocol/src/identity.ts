import { BaseError, InvalidInputError, type Address, type Hash, type Hex } from '@animechain/core'
import {
  concatHex,
  encodeAbiParameters,
  getAddress,
  hexToBigInt,
  keccak256,
  numberToHex,
  size,
  slice,
} from 'viem'

/** What an object may be opened for. A set of purposes is the sum of its bits. */
export const purposes = { view: 1, edit: 2, train: 4, infer: 8, audit: 16, dub: 32 } as const
/** A purpose by name. */
export type Purpose = keyof typeof purposes
/** Every purpose. */
export const allPurposes = 63

/** Renditions that have a name. Others are any number up to 254 that a project agrees on. */
export const renditions = { master: 0, proxy: 1, thumbnail: 2, index: 255 } as const

/** Deepest path from a project to an object: episode, cut, asset, and room. */
export const maxPathDepth = 8

/** Id of a project: whoever owns it and where, so that two chains never share one. */
export function projectId(parameters: {
  chainId: number
  registry: Address
  owner: Address
  salt: Hash
}): Hash {
  const { chainId, registry, owner, salt } = parameters
  return keccak256(
    encodeAbiParameters(
      [{ type: 'uint256' }, { type: 'address' }, { type: 'address' }, { type: 'bytes32' }],
      [BigInt(chainId), registry, owner, salt],
    ),
  )
}

/** Id of what is below `parent` (an episode, a cut, an asset). The salt is random, so ids tell nobody a name. */
export const childId = (parent: Hash, salt: Hash): Hash => keccak256(concatHex([parent, salt]))

/** Id at the end of a path of salts. */
export const objectAt = (from: Hash, path: readonly Hash[]): Hash => path.reduce(childId, from)

/** Where a project has its encrypted index of names. */
export const indexObject = (project: Hash): Hash => childId(project, numberToHex(0, { size: 32 }))

/** An account as ERC-7930 bytes (version 1, chain type eip155). */
export function accountSubject({ chainId, address }: { chainId: number; address: Address }): Hex {
  if (!Number.isSafeInteger(chainId) || chainId < 1)
    throw new InvalidInputError('chain id', 'a positive integer', chainId)
  const reference = numberToHex(chainId)
  const even = (reference.length % 2 === 0 ? reference : `0x0${reference.slice(2)}`) as Hex
  return concatHex([
    '0x00010000',
    numberToHex(size(even), { size: 1 }),
    even,
    '0x14',
    address,
  ]).toLowerCase() as Hex
}

/**
 * The account of ERC-7930 bytes.
 * @throws {BaseError} `VAULT_BAD_SUBJECT` where they are no account of an eip155 chain, or not in their shortest form
 */
export function subjectAccount(subject: Hex): { chainId: number; address: Address } {
  const bad = (why: string) =>
    new BaseError(`Expected an ERC-7930 account of an eip155 chain, got ${subject.slice(0, 80)}: ${why}.`, {
      code: 'VAULT_BAD_SUBJECT',
    })
  if (size(subject) < 6 || slice(subject, 0, 4) !== '0x00010000') throw bad('expected the prefix 0x00010000')
  const length = Number(slice(subject, 4, 5))
  if (length < 1 || length > 7) throw bad('expected a chain reference of 1 to 7 bytes')
  if (size(subject) !== 26 + length) throw bad(`expected ${26 + length} bytes`)
  const reference = slice(subject, 5, 5 + length)
  if (slice(reference, 0, 1) === '0x00') throw bad('the chain reference begins with zero')
  if (slice(subject, 5 + length, 6 + length) !== '0x14') throw bad('expected an address of 20 bytes')
  const chainId = Number(hexToBigInt(reference))
  if (!Number.isSafeInteger(chainId)) throw bad('the chain id is too large')
  return { chainId, address: getAddress(slice(subject, 6 + length)) as Address }
}
