import type { Address, Hash, Hex } from '@animechain/core'
import {
  decodeEvidence,
  denialOf,
  denialSentences,
  messageHash,
  objectAt,
  signerOf,
  subjectAccount,
  type Evidence,
  type Receipt,
  type ReleaseBody,
  type Session,
  type Signed,
  type VaultDomain,
} from '@animechain/vault-protocol'
import { keccak256 } from 'viem'
import type { AuditState, FindingKind } from './types.js'

/** Longest session, seconds. */
const MAX_SESSION = 8n * 3_600n
/** A request is for so long ahead at most, seconds. */
const MAX_AHEAD = 60n

/** Why a release was wrong; undefined where it was right. */
export type Wrong = { kind: FindingKind; detail: string } | undefined

/** The owner's orders, by what they cover. */
export interface Orders {
  /** by EIP-712 hash of the grant, or zero for every grant: seconds when it was given */
  revoked: ReadonlyMap<Hash, bigint>
  /** by object: seconds when it was given */
  erased: ReadonlyMap<Hash, bigint>
}

/** What releases of a project are measured by. */
export interface ReleaseRules {
  domain: VaultDomain
  project: Hash
  state: AuditState
  /** the chain's own */
  policies: readonly Address[]
  orders: Orders
  orderSeconds: bigint
  viewSeconds: bigint
  /** remembers who signed what, which is the dear part */
  signers: Map<Hex, Promise<boolean>>
}

/** A policy's reason in words. */
export function reasonText(reason: Hex): string {
  const name = denialOf(reason)
  return name ? denialSentences[name] : `the policy's reason ${reason}`
}

const everyGrant: Hash = `0x${'0'.repeat(64)}`
/** A fault of a release. */
export const wrong = (kind: FindingKind, detail: string): Wrong => ({ kind, detail })

async function sessionSigned(rules: ReleaseRules, session: Signed<Session>, blockHash: Hash) {
  const { domain, state, signers } = rules
  const hash = messageHash(domain, 'Session', session.message)
  const { address, chainId } = subjectAccount(session.message.subject)
  const id: Hex = `${hash}${session.signature.slice(2)}`
  let found = signers.get(id)
  if (!found) {
    found = (async () => {
      const signer = await signerOf(domain, 'Session', session)
      if (signer?.toLowerCase() === address.toLowerCase()) return true
      // A contract of another chain can be asked by nobody here.
      if (chainId !== domain.chainId) return false
      return state.contractSignature(address, hash, session.signature, blockHash)
    })()
    signers.set(id, found)
  }
  return found
}

/** Rules 1 of docs/spec/vault.md, section 5, apart from whether the request is new. */
async function requestFault(
  rules: ReleaseRules,
  { session, request, evidence }: ReleaseBody,
  { node, timestamp, blockHash }: Receipt,
): Promise<string | undefined> {
  const { domain, project } = rules
  const asked = request.message
  const { message } = session
  if (asked.node.toLowerCase() !== node.toLowerCase()) return `the request is to ${asked.node}`
  if (asked.project !== project || message.project !== project) return 'the session is for another project'
  if (messageHash(domain, 'Session', message) !== asked.session) return 'the request names another session'
  const by = await signerOf(domain, 'Request', request)
  if (by?.toLowerCase() !== message.key.toLowerCase())
    return `the request is signed by ${by ?? 'nobody'}, expected the session's key ${message.key}`
  let signed = false
  try {
    signed = await sessionSigned(rules, session, blockHash)
  } catch (error) {
    return `the session's subject cannot be read: ${(error as Error).message.split('\n')[0]}`
  }
  if (!signed) return 'the session is not signed by its subject'
  if (timestamp < message.notBefore) return `the session begins at ${message.notBefore}`
  if (timestamp >= message.expiry) return `the session was over at ${message.expiry}`
  if (message.expiry - message.notBefore > MAX_SESSION) return 'the session lasts longer than eight hours'
  if (timestamp > asked.notAfter) return `the request was over at ${asked.notAfter}`
  if (asked.notAfter > timestamp + MAX_AHEAD) return `the request is for ${asked.notAfter}, too far ahead`
  const { purpose } = asked
  if (purpose === 0 || (purpose & (purpose - 1)) !== 0) return `the request has ${purpose} as one purpose`
  if ((message.purposes & purpose) === 0) return `the session is not for purpose ${purpose}`
  if (keccak256(evidence) !== asked.evidence) return 'the evidence is not the one that was asked with'
  return undefined
}

/** The policy's evidence, where it is that of a built-in policy. */
export function readEvidence(evidence: Hex): Evidence | undefined {
  try {
    return decodeEvidence(evidence)
  } catch {
    return undefined
  }
}

/** When the owner took the release back, by an order that must have acted at the receipt's time. */
function orderFault(rules: ReleaseRules, body: ReleaseBody, timestamp: bigint): string | undefined {
  const { domain, project, orders, orderSeconds } = rules
  const { object } = body.request.message
  const late = (at: bigint | undefined): at is bigint => at !== undefined && timestamp > at + orderSeconds
  const evidence = readEvidence(body.evidence)
  for (const id of new Set([...placesOf(project, evidence?.path ?? []), object])) {
    const at = orders.erased.get(id)
    if (late(at)) return `the owner had ${id} destroyed at ${at}`
  }
  const all = orders.revoked.get(everyGrant)
  for (const { grant } of evidence?.chain ?? []) {
    if (late(all) && grant.notBefore <= all) return `the owner took every grant back at ${all}`
    const hash = messageHash(domain, 'Grant', grant)
    const at = orders.revoked.get(hash)
    if (late(at)) return `the owner took the grant ${hash} back at ${at}`
  }
  return undefined
}

/** The project and what is below it on a path: an order for one of these covers the object at its end. */
const placesOf = (project: Hash, path: readonly Hash[]): Hash[] =>
  [project, ...path.map((_, i) => objectAt(project, path.slice(0, i + 1)))].slice(0, 16)

async function policyFault(
  rules: ReleaseRules,
  body: ReleaseBody,
  receipt: Receipt,
): Promise<string | undefined> {
  const { object, rendition, purpose } = body.request.message
  const { until, reason } = await rules.state.policy(
    {
      ...{ project: rules.project, object, rendition, purpose },
      subject: body.session.message.subject,
      evidence: body.evidence,
    },
    receipt.blockHash,
  )
  if (until === 0n) return `at block ${receipt.blockNumber} the policy denies it: ${reasonText(reason)}`
  if (until <= receipt.timestamp)
    return `at block ${receipt.blockNumber} the policy allows it until ${until}, the release is of ${receipt.timestamp}`
  if (receipt.until > until) return `the receipt says until ${receipt.until}, the policy until ${until}`
  return undefined
}

/** Whether a release was right: request, view, owner's orders, and the policy at the block that the receipt names. */
export async function releaseFault(
  rules: ReleaseRules,
  receipt: Receipt,
  body: ReleaseBody | undefined,
): Promise<Wrong> {
  if (!body) return wrong('noRequest', `the request ${receipt.request} is not shown`)
  if (messageHash(rules.domain, 'Request', body.request.message) !== receipt.request)
    return wrong('otherRequest', `the receipt is for ${receipt.request}, another request than the one shown`)
  const request = await requestFault(rules, body, receipt)
  if (request) return wrong('unauthorised', request)
  const block = await rules.state.block(receipt.blockHash)
  if (!block || block.number !== receipt.blockNumber)
    return wrong('unknownBlock', `the chain has no block ${receipt.blockNumber} ${receipt.blockHash}`)
  const order = orderFault(rules, body, receipt.timestamp)
  if (order) return wrong('afterRevocation', order)
  const policy = await policyFault(rules, body, receipt)
  if (policy) return wrong('unauthorised', policy)
  const age = receipt.timestamp - block.timestamp
  if (age > rules.viewSeconds)
    return wrong('staleView', `the block is ${age} s older than the release, ${rules.viewSeconds} s allowed`)
  return undefined
}
