import type { Address, Hash, Hex } from '@animechain/core'
import {
  bigintOf,
  vaultTypes,
  type MessageName,
  type MessageOf,
  type NodeInfo,
  type ReceiptEntry,
  type ReceiptsAnswer,
  type ReleaseAnswer,
  type ReleaseBody,
  type Signed,
  type SignedShareSet,
} from '@animechain/vault-protocol'

/** Longest text of one field, characters: evidence and wraps are far below. */
const MAX_TEXT = 200_000
/** Longest list in a message. */
const MAX_LIST = 256

const fields = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined

/** Lower-case hex of a length in bytes, or of any. */
function hexOf(value: unknown, bytes?: number): Hex | undefined {
  if (typeof value !== 'string' || value.length > MAX_TEXT || value.length % 2 !== 0) return undefined
  if (!/^0x[0-9a-f]*$/i.test(value)) return undefined
  if (bytes !== undefined && value.length !== 2 + 2 * bytes) return undefined
  return value as Hex
}

/** An unsigned integer: a number up to 32 bits, beyond that a decimal string. Messages in memory have a bigint there. */
function integerOf(value: unknown, bits: number): number | bigint | undefined {
  if (bits <= 32)
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 2 ** bits
      ? value
      : undefined
  const read = typeof value === 'bigint' ? value : bigintOf(value)
  return read !== undefined && read >= 0n && read < 1n << BigInt(bits) ? read : undefined
}

function fieldOf(type: string, value: unknown): unknown {
  if (type.endsWith('[]')) {
    if (!Array.isArray(value) || value.length > MAX_LIST) return undefined
    const read = value.map((each) => fieldOf(type.slice(0, -2), each))
    return read.includes(undefined) ? undefined : read
  }
  if (type === 'bool') return typeof value === 'boolean' ? value : undefined
  if (type === 'address') return hexOf(value, 20)
  if (type === 'bytes') return hexOf(value)
  if (type.startsWith('bytes')) return hexOf(value, Number(type.slice(5)))
  return integerOf(value, Number(type.slice(4)))
}

/** A message from JSON as nodes send it; undefined where it is none. Fields that the message has not are left out. */
export function messageFromJson<name extends MessageName>(
  name: name,
  json: unknown,
): MessageOf<name> | undefined {
  const given = fields(json)
  if (!given) return undefined
  const message: Record<string, unknown> = {}
  for (const { name: field, type } of vaultTypes[name]) {
    const read = fieldOf(type, given[field])
    if (read === undefined) return undefined
    message[field] = read
  }
  return message as unknown as MessageOf<name>
}

/** A signed message from JSON; undefined where it is none. The signature is not checked. */
export function signedFromJson<name extends MessageName>(
  name: name,
  json: unknown,
): Signed<MessageOf<name>> | undefined {
  const given = fields(json)
  const message = messageFromJson(name, given?.message)
  const signature = hexOf(given?.signature)
  return message && signature !== undefined ? { message, signature } : undefined
}

/** A share set with its signatures from JSON; undefined where it is none. */
export function shareSetFromJson(json: unknown): SignedShareSet | undefined {
  const given = fields(json)
  const message = messageFromJson('ShareSet', given?.message)
  const signatures = fieldOf('bytes[]', given?.signatures) as readonly Hex[] | undefined
  return message && signatures ? { message, signatures } : undefined
}

/** What a release was asked with, from JSON; undefined where it is none. */
export function releaseBodyFromJson(json: unknown): ReleaseBody | undefined {
  const given = fields(json)
  const session = signedFromJson('Session', given?.session)
  const request = signedFromJson('Request', given?.request)
  const evidence = hexOf(given?.evidence)
  return session && request && evidence !== undefined ? { session, request, evidence } : undefined
}

/** A key node's answer to a request, from JSON; undefined where it is none. */
export function releaseAnswerFromJson(json: unknown): ReleaseAnswer | undefined {
  const given = fields(json)
  const receipt = signedFromJson('Receipt', given?.receipt)
  if (!receipt) return undefined
  if (given?.share === undefined || given.share === null) return { receipt }
  const share = fields(given.share)
  const index = integerOf(share?.index, 8) as number | undefined
  const sealed = hexOf(share?.sealed)
  if (index === undefined || sealed === undefined) return undefined
  if (share?.shareSet === undefined || share.shareSet === null) return { receipt, share: { index, sealed } }
  const shareSet = shareSetFromJson(share.shareSet)
  return shareSet && { receipt, share: { index, sealed, shareSet } }
}

/** One line of a node's list of receipts, from JSON; undefined where it is none. A body that cannot be read is left out: then the receipt stands alone. */
export function receiptEntryFromJson(json: unknown): ReceiptEntry | undefined {
  const given = fields(json)
  const receipt = signedFromJson('Receipt', given?.receipt)
  if (!receipt) return undefined
  const body = releaseBodyFromJson(given?.body)
  return body ? { receipt, body } : { receipt }
}

/** A page of receipts from JSON; undefined where it is none. */
export function receiptsAnswerFromJson(json: unknown): ReceiptsAnswer | undefined {
  const given = fields(json)
  const next = integerOf(given?.next, 64) as bigint | undefined
  if (!Array.isArray(given?.entries) || given.entries.length > 1_000 || next === undefined) return undefined
  const entries = given.entries.map(receiptEntryFromJson)
  return entries.includes(undefined) ? undefined : { entries: entries as ReceiptEntry[], next }
}

/** What a node says of itself, from JSON; undefined where it is none. */
export function nodeInfoFromJson(json: unknown): NodeInfo | undefined {
  const given = fields(json)
  const address = hexOf(given?.address, 20) as Address | undefined
  const registry = hexOf(given?.registry, 20) as Address | undefined
  const chainId = given?.chainId
  if (given?.version !== 1 || !address || !registry || !Number.isSafeInteger(chainId)) return undefined
  if (!Array.isArray(given.roles)) return undefined
  const roles = given.roles.filter((role) => role === 'storage' || role === 'keys')
  const shareKey = hexOf(given.shareKey, 32) as Hash | undefined
  const head = fields(given.head)
  const number = integerOf(head?.number, 64) as bigint | undefined
  const hash = hexOf(head?.hash, 32) as Hash | undefined
  const age = head?.age
  return {
    version: 1,
    ...{ address, roles, registry, chainId: chainId as number },
    ...(shareKey ? { shareKey } : {}),
    ...(number !== undefined && hash && typeof age === 'number' ? { head: { number, hash, age } } : {}),
  }
}
