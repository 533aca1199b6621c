import { InvalidInputError, type Address, type Hash } from '@animechain/core'
import type { Attestation, MessageKind, MessageOfKind } from './messages.js'

const chainOf = (chainId: number): number => {
  if (!Number.isSafeInteger(chainId) || chainId < 1)
    throw new InvalidInputError('chainId', 'a whole number from 1 on', chainId)
  return chainId
}

/** Topic of gossip. @param chainId of L2 @throws {InvalidInputError} */
export const topicOf = (chainId: number, kind: MessageKind): string =>
  `/animechain/${chainOf(chainId)}/${kind}/1`

/** Protocol by which peers give the content of blocks. @param chainId of L2 @throws {InvalidInputError} */
export const payloadProtocol = (chainId: number): string => `/animechain/${chainOf(chainId)}/payload/1`

/**
 * What makes a message new: nodes forward one for each key (up to three different ones of a verifier and batch, see {@link hasPlace}; three alarms of a game).
 * @param signer of the message; matters for attestations alone
 */
export function dedupeKey<kind extends MessageKind>(
  kind: kind,
  message: MessageOfKind[kind],
  signer: Address,
): string {
  const of = message as MessageOfKind['attestation'] & MessageOfKind['alarm'] & MessageOfKind['block']
  if (kind === 'attestation') return `${signer}/${of.batchIndex}/${of.batchAcc}`.toLowerCase()
  return (kind === 'alarm' ? of.game : `${of.number}/${of.hash}`).toLowerCase()
}

/** Messages that are kept for one {@link dedupeKey} at most: three attestations (see {@link hasPlace}), three alarms, one block. */
export const keptForKey: { readonly [kind in MessageKind]: number } = { attestation: 3, alarm: 3, block: 1 }

/** What two attestations of one {@link dedupeKey} can contradict each other in: `<outputRoot>/<blocksRoot>`, lower case, 133 characters. */
export const variantOf = ({
  outputRoot,
  blocksRoot,
}: Pick<Attestation, 'outputRoot' | 'blocksRoot'>): string => `${outputRoot}/${blocksRoot}`.toLowerCase()

/**
 * Whether an attestation is kept besides those of its {@link dedupeKey} that are: the first, and what makes evidence of a kind that those that are kept do not
 * make yet. There are two kinds: two output roots, and two trees of blocks under one output root. Another game or epoch alone is none, and gets no place. So
 * all that is said of one or two roots is evidence at every node, whichever of it a node heard first; of a third root nothing is kept, as two cost all stake.
 * @param kept {@link variantOf} each that is kept, at most three
 */
export function hasPlace(kept: readonly string[], next: string): boolean {
  if (kept.length === 0) return true
  if (kept.includes(next)) return false
  const rootOf = (variant: string) => variant.split('/')[0]
  const roots = new Set(kept.map(rootOf))
  const [hasTwoRoots, hasTwoTrees] = [roots.size > 1, roots.size < kept.length]
  return roots.has(rootOf(next)) ? !hasTwoTrees : !hasTwoRoots
}

/** What is asked of a node over HTTP. docs/spec/network.md, section 10 */
export type Route =
  /** body: one message of the kind */
  | { name: 'gossip'; kind: MessageKind }
  /** answer: attestations of a batch */
  | { name: 'attestations'; batchIndex: bigint }
  /** answer: the newest alarms */
  | { name: 'alarms' }
  /** answer: one announcement; 404 before the first */
  | { name: 'latestBlock' }
  /** answer: the bytes of a block, whose keccak256 is in the path */
  | { name: 'payload'; hash: Hash }

/** The content type of bodies and answers that hold messages or payloads. */
export const messageContentType = 'application/octet-stream'

/** Method and path of a route. */
export function pathOf(route: Route): { method: 'GET' | 'POST'; path: string } {
  switch (route.name) {
    case 'gossip':
      return { method: 'POST', path: `/v1/gossip/${route.kind}` }
    case 'attestations':
      return { method: 'GET', path: `/v1/attestations/${route.batchIndex}` }
    case 'alarms':
      return { method: 'GET', path: '/v1/alarms' }
    case 'latestBlock':
      return { method: 'GET', path: '/v1/blocks/latest' }
    case 'payload':
      return { method: 'GET', path: `/v1/payloads/${route.hash.toLowerCase()}` }
  }
}

/** The route of a request; undefined where there is none. Numbers and hashes have one form. Never throws. */
export function routeOf(method: string, path: string): Route | undefined {
  // Longer than any route: not looked at.
  if (path.length > 128) return undefined
  const found = /^\/v1\/(gossip|attestations|payloads)\/([a-z0-9]+)$/.exec(path)
  const [, name, last = ''] = found ?? []
  if (method === 'POST')
    return name === 'gossip' && /^(attestation|alarm|block)$/.test(last)
      ? { name, kind: last as MessageKind }
      : undefined
  if (method !== 'GET') return undefined
  if (path === '/v1/alarms') return { name: 'alarms' }
  if (path === '/v1/blocks/latest') return { name: 'latestBlock' }
  if (name === 'attestations' && /^(0|[1-9][0-9]{0,77})$/.test(last)) {
    const batchIndex = BigInt(last)
    return batchIndex >> 256n === 0n ? { name, batchIndex } : undefined
  }
  if (name === 'payloads' && /^0x[0-9a-f]{64}$/.test(last)) return { name: 'payload', hash: last as Hash }
  return undefined
}
