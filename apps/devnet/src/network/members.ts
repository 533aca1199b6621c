import { InvalidInputError } from '@animechain/core'
import { testAccount, testPrivateKey } from '@animechain/testing'
import type { Address, Hex } from 'viem'
import type { VerifierName } from '../names.js'
import { firstVerifier, type RoleAccount } from '../roles.js'

/** Verifiers of a devnet: fewer make no certificate, more have no accounts. */
export const networkSize = { least: 5, most: 64, default: 7 } as const

/** A verifier of the network, with its well-known keys: for development chains only. */
export interface NetworkMember {
  name: VerifierName
  /** holds the stake */
  owner: RoleAccount
  /** attests, and pays the gas of the verifier's duties */
  key: RoleAccount
}

/** A verifier of the network, and where it answers. */
export interface NetworkPlace extends NetworkMember {
  rpcUrl: string
  gossipUrl: string
  /** multiaddr, with its identity */
  peer: string
}

/** `verifier`, which every devnet has, and as many others behind it as make `count`. */
export const verifierNames = (count: number): VerifierName[] =>
  Array.from({ length: count }, (_, i) => (i === 0 ? 'verifier' : (`verifier${i + 1}` as const)))

const accountAt = (index: number): RoleAccount => ({
  address: testAccount(index).address as Address,
  privateKey: testPrivateKey(index) as Hex,
})

/** Number of accounts that L1 funds, with the token's issuer and two of each member. */
export const fundedAccounts = (count: number): number => firstVerifier + (count === 0 ? 0 : 1 + 2 * count)

/** Deploys the token that is cover besides ETH, and owns it. */
export const tokenIssuer = accountAt(firstVerifier)

/** The members. @throws {InvalidInputError} for a count that makes no network */
export function networkMembers(count: number): NetworkMember[] {
  const { least, most } = networkSize
  if (!Number.isInteger(count) || count < least || count > most)
    throw new InvalidInputError('networkVerifiers', `${least} to ${most} verifiers`, count)
  return verifierNames(count).map((name, i) => ({
    name,
    owner: accountAt(firstVerifier + 1 + 2 * i),
    key: accountAt(firstVerifier + 2 + 2 * i),
  }))
}
