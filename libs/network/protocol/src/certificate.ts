import {
  BaseError,
  bytesToHex,
  hexToBytes,
  keccak256Hex,
  type Address,
  type Hash,
  type Hex,
} from '@animechain/core'
import { decodeAbiParameters, encodeAbiParameters, encodeFunctionData } from 'viem'
import type { Attestation, NetworkDomain, Signed } from './messages.js'
import { fromCompact, isSignature, keyOfSignature, toCompact, type KeyRecovery } from './signatures.js'
import { messageHash } from './typedHash.js'
import { isQuorum, maxSigners, quorumOf, type EpochWeights } from './weights.js'
import type { Decoded } from './wire.js'

/** What all signers of a certificate say alike. */
export type CertificateBody = Omit<Attestation, 'blocksRoot'>

/** One signer's part: its own root of blocks, and its signature in 64 bytes. */
export interface Vote {
  blocksRoot: Hash
  r: Hash
  vs: Hash
}

/** What `FastExits.certify` takes, votes ascending by the keys that signed. */
export interface Certificate {
  body: CertificateBody
  votes: readonly Vote[]
}

const bodyComponents = [
  { name: 'game', type: 'address' },
  { name: 'batchIndex', type: 'uint256' },
  { name: 'batchAcc', type: 'bytes32' },
  { name: 'l2BlockNumber', type: 'uint256' },
  { name: 'outputRoot', type: 'bytes32' },
  { name: 'epoch', type: 'uint64' },
] as const

const voteComponents = [
  { name: 'blocksRoot', type: 'bytes32' },
  { name: 'r', type: 'bytes32' },
  { name: 'vs', type: 'bytes32' },
] as const

const certificateParameters = [
  { name: 'body', type: 'tuple', components: bodyComponents },
  { name: 'votes', type: 'tuple[]', components: voteComponents },
] as const

/** ABI of `FastExits.certify`. */
export const certifyAbi = [
  {
    type: 'function',
    name: 'certify',
    stateMutability: 'nonpayable',
    inputs: certificateParameters,
    outputs: [{ name: 'id', type: 'bytes32' }],
  },
] as const

/** The part of an attestation that a certificate has once. */
export const bodyOf = ({
  game,
  batchIndex,
  batchAcc,
  l2BlockNumber,
  outputRoot,
  epoch,
}: CertificateBody): CertificateBody => ({ game, batchIndex, batchAcc, l2BlockNumber, outputRoot, epoch })

/** Id of a certificate: `H(abi.encode(Body))`. */
export const certificateId = (body: CertificateBody): Hash =>
  keccak256Hex(
    hexToBytes(encodeAbiParameters([{ type: 'tuple', components: bodyComponents }], [bodyOf(body)])),
  )

/** What a certificate keeps of its signers: `H(abi.encode(address[] owners, uint256[] stakes))`, in the order of the votes. */
export const signersHash = (owners: readonly Address[], stakes: readonly bigint[]): Hash =>
  keccak256Hex(
    hexToBytes(encodeAbiParameters([{ type: 'address[]' }, { type: 'uint256[]' }], [owners, stakes])),
  )

/** An attestation whose signature was verified, with the key that signed, in lower case. */
export interface Ballot {
  key: Address
  attestation: Signed<Attestation>
}

/** What a certificate needs. */
export interface Quorum {
  weights: EpochWeights
  /** signers at least; 5 in production */
  minSigners: number
  /** `all` (default): every ballot, whose stakes are the cover. `fewest`: the heaviest that are enough, for less gas. */
  choose?: 'all' | 'fewest'
}

/** A certificate, or how far it is. Weights are wei. */
export type Assembled = { signers: readonly Address[]; weight: bigint; needed: bigint } & (
  { ok: true; certificate: Certificate } | { ok: false; why: string }
)

const descending = (a: bigint, b: bigint): number => (a === b ? 0 : a > b ? -1 : 1)
const ascending = (a: string, b: string): number => (a < b ? -1 : 1)

const sameHex = (a: Hex, b: Hex): boolean => a === b || a.toLowerCase() === b.toLowerCase()

/** Whether two bodies have the same id. */
const isSameBody = (a: CertificateBody, b: CertificateBody): boolean =>
  a.batchIndex === b.batchIndex &&
  a.l2BlockNumber === b.l2BlockNumber &&
  a.epoch === b.epoch &&
  sameHex(a.game, b.game) &&
  sameHex(a.batchAcc, b.batchAcc) &&
  sameHex(a.outputRoot, b.outputRoot)

/**
 * Assembles a certificate of a body out of verified ballots. What is for another body, of a key without weight at the epoch, or a second ballot of
 * a key is left out. Of more than 64 the heaviest are taken. Does not throw for what strangers can send.
 */
export function assemble(body: CertificateBody, ballots: Iterable<Ballot>, quorum: Quorum): Assembled {
  const { weights, minSigners, choose = 'all' } = quorum
  const needed = quorumOf(weights.total)
  if (body.epoch !== weights.epoch)
    return {
      ok: false,
      why: `expected weights of epoch ${body.epoch}, got those of ${weights.epoch}`,
      ...{ signers: [], weight: 0n, needed },
    }
  const byKey = new Map<Address, { key: Address; weight: bigint; vote: Vote }>()
  for (const { key, attestation } of ballots) {
    const weight = weights.of.get(key) ?? 0n
    const { message, signature } = attestation
    if (weight === 0n || byKey.has(key) || !isSignature(signature) || !isSameBody(message, body)) continue
    byKey.set(key, { key, weight, vote: { blocksRoot: message.blocksRoot, ...toCompact(signature) } })
  }
  const heaviest = [...byKey.values()].sort(
    (a, b) => descending(a.weight, b.weight) || ascending(a.key, b.key),
  )
  const chosen: typeof heaviest = []
  let weight = 0n
  for (const each of heaviest.slice(0, maxSigners)) {
    if (choose === 'fewest' && chosen.length >= minSigners && isQuorum(weight, weights.total)) break
    chosen.push(each)
    weight += each.weight
  }
  chosen.sort((a, b) => ascending(a.key, b.key))
  const found = { signers: chosen.map(({ key }) => key), weight, needed }
  if (chosen.length < minSigners)
    return { ok: false, why: `expected ${minSigners} signers, got ${chosen.length}`, ...found }
  if (!isQuorum(weight, weights.total))
    return { ok: false, why: `expected a weight of ${needed} wei, got ${weight}`, ...found }
  return { ok: true, certificate: { body: bodyOf(body), votes: chosen.map(({ vote }) => vote) }, ...found }
}

/**
 * The keys that signed a certificate, in order, in lower case; undefined unless every vote is a signature of the body and they ascend.
 * Never throws for a certificate from {@link decodeCertificate}.
 */
export function signersOf(
  domain: NetworkDomain,
  { body, votes }: Certificate,
  recovery: KeyRecovery,
): Address[] | undefined {
  const signers: Address[] = []
  for (const { blocksRoot, ...compact } of votes) {
    const signature = fromCompact(compact)
    if (signature === undefined) return undefined
    const key = keyOfSignature(
      messageHash('attestation', domain, { ...bodyOf(body), blocksRoot }),
      signature,
      recovery,
    )
    if (key === undefined || (signers.length > 0 && key <= signers.at(-1)!)) return undefined
    signers.push(key)
  }
  return signers
}

function checkVotes(votes: readonly Vote[]): void {
  if (votes.length > maxSigners)
    throw new BaseError(`Expected at most ${maxSigners} votes, got ${votes.length}.`, {
      code: 'NETWORK_BAD_CERTIFICATE',
      docsPath: '/spec/network.md',
    })
  for (const [i, vote] of votes.entries())
    if (fromCompact(vote) === undefined)
      throw new BaseError(`Expected a compact signature with s in the lower half as vote ${i}.`, {
        code: 'NETWORK_BAD_CERTIFICATE',
        docsPath: '/spec/network.md',
      })
}

/** Calldata of `FastExits.certify`. @throws {BaseError} `NETWORK_BAD_CERTIFICATE` */
export function encodeCertify({ body, votes }: Certificate): Hex {
  checkVotes(votes)
  return encodeFunctionData({ abi: certifyAbi, functionName: 'certify', args: [bodyOf(body), votes] })
}

/** `abi.encode(Body, Vote[])`. @throws {BaseError} `NETWORK_BAD_CERTIFICATE` */
export function encodeCertificate({ body, votes }: Certificate): Uint8Array {
  checkVotes(votes)
  return hexToBytes(encodeAbiParameters(certificateParameters, [bodyOf(body), votes]))
}

/** Words of a certificate before its votes: the body, the offset of the votes, how many they are. */
const HEAD_WORDS = bodyComponents.length + 2
/** Bytes of a certificate at most: one of 64 votes. */
export const maxCertificateBytes = 32 * (HEAD_WORDS + 3 * maxSigners)

/**
 * A certificate from its ABI encoding, strict: what is taken encodes again to the same bytes. Whether it counts is not looked at. Never throws.
 */
export function decodeCertificate(bytes: Uint8Array): Decoded<Certificate> {
  const votes = (bytes.length / 32 - HEAD_WORDS) / 3
  if (!Number.isInteger(votes) || votes < 0 || votes > maxSigners)
    return {
      ok: false,
      why: `expected the bytes of a certificate of at most ${maxSigners} votes, got ${bytes.length}`,
    }
  try {
    const [body, decoded] = decodeAbiParameters(certificateParameters, bytesToHex(bytes))
    const certificate: Certificate = {
      body: { ...body, game: body.game.toLowerCase() as Address },
      votes: decoded,
    }
    return bytesToHex(encodeCertificate(certificate)) === bytesToHex(bytes)
      ? { ok: true, value: certificate }
      : { ok: false, why: 'it is not in its only form' }
  } catch (error) {
    return { ok: false, why: error instanceof BaseError ? error.shortMessage : 'it is no certificate' }
  }
}
