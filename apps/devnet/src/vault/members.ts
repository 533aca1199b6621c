import { bytesToHex, hexToBytes, type Hash, type Hex } from '@animechain/core'
import { testAccount, testPrivateKey } from '@animechain/testing'
import { deriveKeyPair } from '@animechain/vault-format'
import { keccak256, stringToHex, type Address } from 'viem'
import { vaultNames, type VaultName } from '../options.js'
import { firstMember } from '../roles.js'

/** A member of the devnet's committee, with its well-known keys: for development chains only. */
export interface Member {
  name: VaultName
  /** owns the stake, and signs what the node says */
  address: Address
  privateKey: Hex
  /** X25519 */
  shareKey: { publicKey: Hash; privateKey: Hex }
}

/** The five members, in the order of their shards and shares. */
export function members(): Promise<Member[]> {
  return Promise.all(
    vaultNames.map(async (name, i) => {
      const pair = await deriveKeyPair(hexToBytes(keccak256(stringToHex(`devnet ${name}`))))
      return {
        name,
        address: testAccount(firstMember + i).address as Address,
        privateKey: testPrivateKey(firstMember + i) as Hex,
        shareKey: { publicKey: bytesToHex(pair.publicKey) as Hash, privateKey: bytesToHex(pair.privateKey) },
      }
    }),
  )
}
