import { keccak256, stringToHex } from 'viem'

/** Ids of the roles that `StakeRegistry` holds stake for. */
export const networkRoles = {
  /** Vouches for assertions. */
  verifier: keccak256(stringToHex('verifier')),
} as const
