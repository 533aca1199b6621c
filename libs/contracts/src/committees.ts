import { keccak256, stringToHex } from 'viem'

/** Ids of the roles that `CommitteeRegistry` holds stake for. */
export const committeeRoles = {
  /** Stores shards. */
  storage: keccak256(stringToHex('animechain.role.storage')),
  /** Holds shares of keys. */
  keys: keccak256(stringToHex('animechain.role.keys')),
} as const
