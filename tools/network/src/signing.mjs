// What the killed processes and those who look at them have in common.
import { keccak256, toHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

const hash = (text) => keccak256(toHex(text))

export const account = privateKeyToAccount(hash('a key that is killed'))
export const domain = { chainId: 31_337, registry: `0x${'a1'.repeat(20)}` }
export const token = 'the token of signers that are killed'
/** Roots that are asked for, for every batch: one of them may be signed. */
export const ROOTS = 3

export const attestation = (batch, root) => ({
  game: `0x${'b2'.repeat(20)}`,
  batchIndex: BigInt(batch),
  batchAcc: hash(`acc ${batch}`),
  l2BlockNumber: BigInt(10 * batch),
  outputRoot: hash(`root ${batch}/${root}`),
  blocksRoot: hash(`blocks ${batch}/${root}`),
  epoch: 3n,
})

/** The numbers below ROOTS, in the order of chance. */
export const shuffled = (random) =>
  Array.from({ length: ROOTS }, (_, root) => [random(), root])
    .sort(([a], [b]) => a - b)
    .map(([, root]) => root)
