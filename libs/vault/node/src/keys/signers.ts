import type { Address, Hash } from '@animechain/core'
import { boundedMap } from '@animechain/runtime'
import { recovery } from '@animechain/tx'
import {
  decodeEvidence,
  keyOfSignature,
  messageHash,
  subjectAccount,
  subjectKinds,
  type Evidence,
  type Grant,
  type GrantEvidence,
  type MessageName,
  type MessageOf,
  type Session,
  type Signed,
  type VaultDomain,
} from '@animechain/vault-protocol'
import { powers, UnseenError, type ChainView } from './chainView.js'
import type { SessionSignature } from './decide.js'

const zeroHash: Hash = `0x${'00'.repeat(32)}`
/** Signatures of keys whose signers are remembered: recovery takes a tenth of a millisecond, ten times as long where only JavaScript is at hand. */
const REMEMBERED = 10_000

/** Who signed what, as a key node checks it. */
export interface Signers {
  /** The key that signed; undefined where none did. */
  key<name extends MessageName>(name: name, signed: Signed<MessageOf<name>>): Promise<Address | undefined>
  /** Of whom a session's signature is. */
  session(session: Signed<Session>, hash: Hash): Promise<SessionSignature>
  /** Whether the owner of a project, or a delegate with this power, signed. @throws {UnseenError} */
  actsFor<name extends MessageName>(
    name: name,
    signed: Signed<MessageOf<name>>,
    project: Hash,
    power: number,
    at: Hash,
  ): Promise<boolean>
  /**
   * Whether every grant is for an account and signed by whoever may give it, as of both blocks. Who holds a token or a licence is not the owner's will
   * but the chain's state, which is believed once it is safe.
   * @throws {UnseenError}
   */
  ownersWill(project: Hash, chain: readonly GrantEvidence[], at: Hash, safe: Hash): Promise<boolean>
}

/** The grants that evidence shows; none where it is not that of the built-in policies. */
export function grantsOf(evidence: `0x${string}`): Evidence['chain'] {
  try {
    return decodeEvidence(evidence).chain
  } catch {
    return []
  }
}

/** The account of a grant's subject on this chain. */
function accountOf(grant: Grant, chainId: number): Address | undefined {
  if (grant.subjectKind !== subjectKinds.account) return undefined
  try {
    const account = subjectAccount(grant.subject)
    return account.chainId === chainId ? (account.address.toLowerCase() as Address) : undefined
  } catch {
    return undefined
  }
}

/** Checks of signatures, by keys here and by contracts on L2. */
export function signers(domain: VaultDomain, view: ChainView): Signers {
  const known = boundedMap<string, Address | undefined>(REMEMBERED)

  async function key<name extends MessageName>(name: name, signed: Signed<MessageOf<name>>) {
    const hash = messageHash(domain, name, signed.message)
    const id = `${hash}${signed.signature}`
    if (known.has(id)) return known.get(id)
    const signer = keyOfSignature(hash, signed.signature, recovery())
    known.set(id, signer)
    return signer
  }

  async function actsFor<name extends MessageName>(
    name: name,
    signed: Signed<MessageOf<name>>,
    project: Hash,
    power: number,
    at: Hash,
  ): Promise<boolean> {
    const signer = await key(name, signed)
    if (signer !== undefined && ((await view.powersOf(project, signer, at)) & power) === power) return true
    return view.isSignedFor(project, power, messageHash(domain, name, signed.message), signed.signature, at)
  }

  async function isPassedOn(
    { grant, signature }: GrantEvidence,
    above: Grant,
    blocks: readonly Hash[],
  ): Promise<boolean> {
    const giver = accountOf(above, domain.chainId)
    if (giver === undefined || grant.parent !== messageHash(domain, 'Grant', above)) return false
    if ((await key('Grant', { message: grant, signature })) === giver) return true
    for (const at of blocks)
      if (!(await view.isWalletSignature(giver, messageHash(domain, 'Grant', grant), signature, at)))
        return false
    return true
  }

  return {
    key,
    async session(signed, hash) {
      const { chainId, address } = subjectAccount(signed.message.subject)
      const account = address.toLowerCase() as Address
      if ((await key('Session', signed)) === account) return 'account'
      if (chainId !== domain.chainId) return 'otherChain'
      const head = await view.head()
      if (head === undefined) return 'unseen'
      try {
        return (await view.isWalletSignature(account, hash, signed.signature, head.hash))
          ? 'account'
          : 'nobody'
      } catch (error) {
        if (error instanceof UnseenError) return 'unseen'
        throw error
      }
    },
    actsFor,
    async ownersWill(project, chain, at, safe) {
      const [first] = chain
      if (first === undefined || chain.length > 3 || first.grant.parent !== zeroHash) return false
      for (const { grant } of chain)
        if (grant.project !== project || grant.subjectKind !== subjectKinds.account) return false
      const owners = { message: first.grant, signature: first.signature }
      for (const block of [at, safe])
        if (!(await actsFor('Grant', owners, project, powers.grant, block))) return false
      for (const [i, each] of chain.slice(1).entries())
        if (!(await isPassedOn(each, chain[i]!.grant, [at, safe]))) return false
      return true
    },
  }
}
