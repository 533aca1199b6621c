import type { Address, Hash } from '@animechain/core'
import {
  messageHash,
  releaseHash,
  signerOf,
  subjectAccount,
  subjectKinds,
  type Evidence,
  type Grant,
  type GrantEvidence,
  type Receipt,
  type ReceiptEntry,
  type ReleaseBody,
} from '@animechain/vault-protocol'
import { powers } from '../chain.js'
import { readEvidence, reasonText, wrong, type ReleaseRules, type Wrong } from './release.js'

const zeroHash: Hash = `0x${'0'.repeat(64)}`
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** The account of a grant's subject on this chain. */
function accountOf({ subjectKind, subject }: Grant, chainId: number): Address | undefined {
  if (subjectKind !== subjectKinds.account) return undefined
  try {
    const account = subjectAccount(subject)
    return account.chainId === chainId ? account.address : undefined
  } catch {
    return undefined
  }
}

/** Whether a grant is signed by the account that the one above it is for, as of all blocks. */
async function isPassedOn(
  { domain, state }: ReleaseRules,
  { grant, signature }: GrantEvidence,
  above: Grant,
  blocks: readonly Hash[],
): Promise<boolean> {
  const giver = accountOf(above, domain.chainId)
  if (giver === undefined || grant.parent !== messageHash(domain, 'Grant', above)) return false
  const signer = await signerOf(domain, 'Grant', { message: grant, signature })
  if (signer && same(signer, giver)) return true
  const digest = messageHash(domain, 'Grant', grant)
  for (const block of blocks)
    if (!(await state.contractSignature(giver, digest, signature, block))) return false
  return true
}

/** Why it is not the owner's signature alone that let the account in, at the newest block and at the safe one: a sentence, or undefined. */
async function willFault(
  rules: ReleaseRules,
  evidence: Evidence | undefined,
  blocks: readonly [newest: Hash, safe: Hash],
): Promise<string | undefined> {
  const { domain, project, state, policies } = rules
  const [now, before] = await Promise.all(blocks.map((block) => state.project(project, block)))
  if (!now || !policies.some((each) => same(each, now.policy))) return "the policy is none of the chain's own"
  if (!before || !same(before.owner, now.owner) || !same(before.policy, now.policy))
    return 'owner or policy were others there'
  const chain = evidence?.chain ?? []
  const [first] = chain
  if (!first || chain.length > 3 || first.grant.parent !== zeroHash) return "it shows no grant of the owner's"
  for (const { grant } of chain)
    if (grant.project !== project || grant.subjectKind !== subjectKinds.account)
      return 'a grant is for another project, or for no account'
  const digest = messageHash(domain, 'Grant', first.grant)
  for (const block of blocks)
    if (!(await state.signedFor(project, powers.grant, digest, first.signature, block)))
      return `the first grant is not signed by who may at block ${block}`
  for (const [i, each] of chain.slice(1).entries())
    if (!(await isPassedOn(rules, each, chain[i]!.grant, blocks)))
      return 'a grant is not signed by whom the one above it is for'
  return undefined
}

/**
 * Rule 6 of docs/spec/vault.md, section 5, at the safe block that the node bound itself to: it is a block of the chain, not above the one that the policy was
 * asked at, and the policy allows it there, or the owner's signature alone let the account in. That the block was safe at that time is the node's signed word.
 */
export async function safeFault(
  rules: ReleaseRules,
  receipt: Receipt,
  body: ReleaseBody,
  bound: ReceiptEntry['bound'],
): Promise<Wrong> {
  if (!bound || releaseHash(bound) !== receipt.share.toLowerCase())
    return wrong('noSafeBlock', 'what the receipt binds the release to is not shown, or another')
  const { safe } = bound
  const block = await rules.state.block(safe)
  if (!block) return wrong('unknownBlock', `the chain has no block ${safe}, which the receipt has as safe`)
  if (block.number > receipt.blockNumber)
    return wrong('notSafe', `the safe block ${block.number} is above block ${receipt.blockNumber}`)
  const { object, rendition, purpose } = body.request.message
  const { evidence } = body
  const { subject } = body.session.message
  const question = { project: rules.project, object, rendition, purpose, subject, evidence }
  const { until, reason } = await rules.state.policy(question, safe)
  if (until > receipt.timestamp) return undefined
  const will = await willFault(rules, readEvidence(evidence), [receipt.blockHash, safe])
  if (will === undefined) return undefined
  const said = until === 0n ? reasonText(reason) : `it is over at ${until}`
  return wrong('notSafe', `at the safe block ${block.number} the policy denies it (${said}), and ${will}`)
}
