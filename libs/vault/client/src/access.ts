import { BaseError, type Address, type Hash } from '@animechain/core'
import {
  accountSubject,
  blindLeaf,
  messageHash,
  purposes,
  signMessage,
  type Grant,
  type GrantEvidence,
  type Purpose,
} from '@animechain/vault-protocol'
import { projectOf, secondsOf, type VaultContext } from './context.js'
import { grantOf, type GrantTerms, type Pass, type PassObject } from './grants.js'
import { changeLedger, readLedger } from './ledger.js'

/** A grant that was given. */
export interface Granted {
  /** EIP-712 hash of the grant, for `revoke` */
  id: Hash
  /** for whom it is given to: of use to nobody else */
  pass: Pass
  /** the transaction that has it; none where the grant is blind and its project had a root already */
  transaction?: Hash
}

/** Settings of a grant. */
export interface GrantOptions extends GrantTerms {
  /** for the owner's own list; default the names of `objects` */
  label?: string
  /** what the pass tells of what is there */
  objects?: readonly PassObject[]
}

/** End of the grant that blind ones pass on: nothing ends by it. */
const FAR = 2n ** 63n
const none: Hash = `0x${'0'.repeat(64)}`

const sign = (context: VaultContext, grant: Grant) =>
  signMessage(context.signer, context.chain.domain, 'Grant', grant)

const idOf = (context: VaultContext, grant: Grant): Hash => messageHash(context.chain.domain, 'Grant', grant)

const otherPolicy = (expected: string, kind: string) =>
  new BaseError(`The project's policy is ${kind}, expected ${expected}.`, { code: 'VAULT_OTHER_POLICY' })

const passOf = (
  context: VaultContext,
  { project, chain, scope, objects }: Pick<Pass, 'project' | 'chain' | 'scope' | 'objects'>,
): Pass => ({
  ...{ version: 1, domain: context.chain.domain, project, chain, scope },
  ...(objects ? { objects } : {}),
})

async function remember(context: VaultContext, pass: Pass, id: Hash, options: GrantOptions): Promise<void> {
  const label = options.label ?? options.objects?.map(({ name }) => name).join(', ') ?? ''
  const { project, chain, scope } = pass
  await changeLedger(context, project, (ledger) => ({
    ...ledger,
    grants: [...ledger.grants.filter((grant) => grant.id !== id), { id, label, chain, scope }],
  }))
}

/**
 * Gives a grant that everybody can read on chain, signed by the owner so that it acts at once.
 * @throws {BaseError} `VAULT_OTHER_POLICY`
 */
export async function giveOnChain(
  context: VaultContext,
  project: Hash,
  options: GrantOptions,
): Promise<Granted> {
  const { kind, policy } = await projectOf(context, project)
  if (kind !== 'grants') throw otherPolicy('Grants', kind)
  const allRevokedAt = await context.chain.allRevokedAt(project, policy)
  const grant = grantOf(context.chain.domain, project, options, { now: secondsOf(context), allRevokedAt })
  const { signature } = await sign(context, grant)
  const transaction = await context.chain.grant(grant, signature)
  const id = idOf(context, grant)
  const { scope = [], objects } = options
  const chain = [{ grant, signature, proof: [] }]
  const pass = passOf(context, { project, chain, scope, ...(objects ? { objects } : {}) })
  await remember(context, pass, id, options)
  return { id, pass, transaction }
}

/**
 * The grant in the project's tree: to the owner, for everything, to be passed on. Blind grants pass it on by signatures alone, so that the chain sees one root
 * for a project and nothing of its grants. Made where there is none, or where it was taken back with all others.
 */
async function blindRoot(
  context: VaultContext,
  project: Hash,
): Promise<{ evidence: GrantEvidence; transaction?: Hash }> {
  const { chain, signer } = context
  const [{ root: known }, onChain, revokedAt] = await Promise.all([
    readLedger(context, project),
    chain.blindRoot(project),
    chain.allRevokedAt(project, chain.contracts.blindGrants),
  ])
  if (known) {
    const id = idOf(context, known.grant)
    const isGood =
      onChain.root === blindLeaf(id) &&
      known.grant.notBefore > revokedAt &&
      !(await chain.isRevoked(project, chain.contracts.blindGrants, id))
    if (isGood) return { evidence: known }
  }
  const everything: GrantTerms = {
    to: { type: 'account', address: signer.address },
    renditions: Array.from({ length: 256 }, (_, i) => i),
    purposes: Object.keys(purposes) as Purpose[],
    expiry: FAR,
    delegation: 2,
  }
  const grant = grantOf(chain.domain, project, everything, {
    now: secondsOf(context),
    allRevokedAt: revokedAt,
  })
  const { signature } = await sign(context, grant)
  const evidence: GrantEvidence = { grant, signature, proof: [] }
  // First what is remembered: a root that nobody knows the grant of lets nobody in.
  await changeLedger(context, project, (ledger) => ({ ...ledger, root: evidence }))
  const transaction = await chain.setRoot(project, blindLeaf(idOf(context, grant)))
  return { evidence, transaction }
}

/**
 * Gives a grant that nobody but those who have its pass, and key nodes that are shown it, ever sees: without a transaction, but for the first of a project. It may
 * be passed on once at most.
 * @throws {BaseError} `VAULT_OTHER_POLICY`, `VAULT_WIDER_GRANT`
 */
export async function giveBlind(
  context: VaultContext,
  project: Hash,
  options: GrantOptions,
): Promise<Granted> {
  const { kind } = await projectOf(context, project)
  if (kind !== 'blind') throw otherPolicy('BlindGrants', kind)
  const { evidence: root, transaction } = await blindRoot(context, project)
  assertGiver(context, root.grant)
  const above = { grant: root.grant, hash: idOf(context, root.grant) }
  const grant = grantOf(context.chain.domain, project, options, { now: secondsOf(context), above })
  const { signature } = await sign(context, grant)
  const chain = [root, { grant, signature, proof: [] }]
  const { scope = [], objects } = options
  const pass = passOf(context, { project, chain, scope, ...(objects ? { objects } : {}) })
  const id = idOf(context, grant)
  await remember(context, pass, id, options)
  return { id, pass, ...(transaction ? { transaction } : {}) }
}

function assertGiver({ chain, signer }: VaultContext, above: Grant): void {
  const own = accountSubject({ chainId: chain.domain.chainId, address: signer.address })
  if (above.subjectKind !== 0 || above.subject.toLowerCase() !== own)
    throw new BaseError('A grant is passed on by the account that it names, and that is another one.', {
      code: 'VAULT_NOT_GIVER',
    })
}

/**
 * Passes a grant on, nowhere wider than it is. Of a blind one nothing goes on chain.
 * @param terms default scope: that of the pass
 * @throws {BaseError} `VAULT_WIDER_GRANT`, `VAULT_NOT_GIVER`
 */
export async function passOnGrant(context: VaultContext, pass: Pass, terms: GrantOptions): Promise<Granted> {
  const { project } = pass
  const { kind } = await projectOf(context, project)
  const last = pass.chain.at(-1)!.grant
  assertGiver(context, last)
  const { scope = pass.scope, objects = pass.objects } = terms
  if (!pass.scope.every((salt, i) => scope[i] === salt))
    throw new BaseError('The grant would be wider than the one that it passes on: its scope is not below.', {
      code: 'VAULT_WIDER_GRANT',
    })
  const above = { grant: last, hash: idOf(context, last) }
  const grant = grantOf(
    context.chain.domain,
    project,
    { ...terms, scope },
    { now: secondsOf(context), above },
  )
  const { signature } = await sign(context, grant)
  const transaction = kind === 'grants' ? await context.chain.passOn(last, grant, signature) : undefined
  const chain = [...pass.chain, { grant, signature, proof: [] }]
  return {
    id: idOf(context, grant),
    pass: passOf(context, { project, chain, scope, ...(objects ? { objects } : {}) }),
    ...(transaction ? { transaction } : {}),
  }
}

/** Whether an account is the one of a project's owner. */
export const isOwner = async (context: VaultContext, project: Hash, account: Address): Promise<boolean> =>
  (await projectOf(context, project)).owner.toLowerCase() === account.toLowerCase()

/** A grant hash that stands for all. */
export const everyGrant = none
