// Attestations of verifiers that L1 would know, and what a node needs to judge them.
import { encodeMessage, signMessage } from '@animechain/network-protocol'
import { privateKeyToAccount } from 'viem/accounts'

const word = (n) => `0x${BigInt(n).toString(16).padStart(64, '0')}`
/** The domain of what is signed: that of some registry. */
export const domain = { chainId: 1, registry: '0x00000000000000000000000000000000000000a1' }
const accounts = Array.from({ length: 16 }, (_, n) => privateKeyToAccount(word(n + 1)))

/** The keys of members, in lower case. */
export const members = accounts.map(({ address }) => address.toLowerCase())
/** The epoch that everything is attested in. */
export const epoch = 3n

/** L2's chain id in these runs. */
export const chainId = 9n

/** Rules as of a node that sees L1. */
export const rules = {
  domain,
  blocks: { chainId: Number(chainId) },
  isMember: (signer) => members.includes(signer),
  isAboutGame: () => true,
  isSequencer: () => false,
}

/** An attestation of member `n` to a batch, as it goes over the wire. */
export async function attestation(n, batchIndex) {
  const account = accounts[n % accounts.length]
  const message = {
    game: '0x00000000000000000000000000000000000000b2',
    batchIndex: BigInt(batchIndex),
    batchAcc: word(5),
    l2BlockNumber: 12n,
    outputRoot: word(6),
    blocksRoot: word(7),
    epoch,
  }
  return encodeMessage('attestation', await signMessage(account, 'attestation', domain, message))
}
