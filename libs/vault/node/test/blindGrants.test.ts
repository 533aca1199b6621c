import { expect, it } from '@jest/globals'
import { blindGrantsAbi } from '@animechain/contracts'
import { hexToBytes, predeploys, type Hash, type Hex } from '@animechain/core'
import { testAccount } from '@animechain/testing'
import {
  accountSubject,
  allPurposes,
  blindLeaf,
  messageHash,
  purposes,
  type Grant,
  type VaultDomain,
} from '@animechain/vault-protocol'
import { concatHex, encodeFunctionData, keccak256, numberToHex, size } from 'viem'

/**
 * What a project leaves on chain for a blind grant: a root, and a leaf once it takes the grant back. A distinguisher that knows two grants in every field but the
 * nonce sees these for one of them, drawn by a coin, and says which one it was. Nonces and coins are hashes of a counter, so that every run is the same.
 */
const domain: VaultDomain = { chainId: 4242, registry: predeploys.accessRegistry }
const project = keccak256('0x01')
const TRIALS = 10_000
const LESSONS = 2_000

const one: Omit<Grant, 'nonce'> = {
  project,
  scope: project,
  subjectKind: 0,
  subject: accountSubject({ chainId: 4242, address: testAccount(1).address }),
  renditions: 1n,
  purposes: purposes.view,
  notBefore: 0n,
  expiry: 1n,
  delegation: 0,
  parent: numberToHex(0, { size: 32 }),
}
const other: Omit<Grant, 'nonce'> = {
  ...one,
  subject: accountSubject({ chainId: 4242, address: testAccount(2).address }),
  renditions: 2n ** 256n - 1n,
  purposes: allPurposes,
  expiry: 2n ** 63n,
  delegation: 2,
}

const random = (what: Hex, i: number): Hash => keccak256(concatHex([numberToHex(i, { size: 32 }), what]))
const pair = (a: Hash, b: Hash): Hash => keccak256(concatHex(a < b ? [a, b] : [b, a]))

/** The calldata of both transactions. */
function seen(grant: Omit<Grant, 'nonce'>, i: number): Hex {
  const leaf = blindLeaf(messageHash(domain, 'Grant', { ...grant, nonce: random('0xaa', i) }))
  // Beside a leaf of somebody else's.
  const root = pair(leaf, random('0xbb', i))
  return concatHex([
    encodeFunctionData({ abi: blindGrantsAbi, functionName: 'setRoot', args: [project, root] }),
    encodeFunctionData({ abi: blindGrantsAbi, functionName: 'revokeLeaf', args: [project, leaf] }),
  ])
}

interface Trial {
  coin: boolean
  bits: Uint8Array
}

function trial(i: number): Trial {
  const coin = BigInt(random('0xcc', i)) % 2n === 0n
  return { coin, bits: hexToBytes(seen(coin ? one : other, i)) }
}

const bitOf = (bytes: Uint8Array, at: number): boolean => ((bytes[at >> 3]! >> (at & 7)) & 1) === 1

it('tells nobody on chain which of two grants a project gave', () => {
  expect(size(seen(one, 0))).toBe(size(seen(other, 0)))
  // It learns first how much each bit of what is seen goes with each grant.
  const weights = new Float64Array(8 * size(seen(one, 0)))
  for (let i = 0; i < LESSONS; i++) {
    const { coin, bits } = trial(i)
    for (let at = 0; at < weights.length; at++) weights[at]! += bitOf(bits, at) === coin ? 1 : -1
  }
  const best = weights.reduce(
    (most, weight, at) => (Math.abs(weight) > Math.abs(weights[most]!) ? at : most),
    0,
  )
  let [byBit, byAll, coins] = [0, 0, 0]
  for (let i = LESSONS; i < LESSONS + TRIALS; i++) {
    const { coin, bits } = trial(i)
    let sum = 0
    for (let at = 0; at < weights.length; at++) sum += (bitOf(bits, at) ? 1 : -1) * weights[at]!
    if (sum > 0 === coin) byAll++
    if ((bitOf(bits, best) === weights[best]! > 0) === coin) byBit++
    if (coin) coins++
  }
  const rates = [byBit, byAll, coins].map((hits) => hits / TRIALS)
  for (const rate of rates) {
    expect(rate).toBeGreaterThan(0.49)
    expect(rate).toBeLessThanOrEqual(0.51)
  }
}, 120_000)
