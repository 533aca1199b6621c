import { testAccount, testAccounts, testPrivateKey } from '@animechain/testing'
import type { Address, Hex } from 'viem'
import { vaultNames } from './names.js'

/** Accounts of the test mnemonic: the first ten are the users', the services have keys of their own behind them. */
const firstRole = 10
const roleNames = ['deployer', 'batcher', 'proposer', 'challenger', 'guardian', 'relayer'] as const
export type Role = (typeof roleNames)[number]

export interface RoleAccount {
  address: Address
  privateKey: Hex
}

/** The first account of the committee's members, behind the roles. */
export const firstMember = firstRole + roleNames.length

/** The first account of the verifier network, behind them. */
export const firstVerifier = firstMember + vaultNames.length

/** The account of each role, with its well-known key: for development chains only. */
export const roles = Object.fromEntries(
  roleNames.map((name, index) => [
    name,
    { address: testAccount(firstRole + index).address, privateKey: testPrivateKey(firstRole + index) },
  ]),
) as Record<Role, RoleAccount>

/** The ten accounts that are funded on both chains. */
export const users = testAccounts(10).map((account, index) => ({
  address: account.address as Address,
  privateKey: testPrivateKey(index) as Hex,
}))
