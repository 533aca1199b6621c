import { expect, test } from '@jest/globals'
import { createHash } from 'node:crypto'
import {
  assertBlockAttributes,
  emptyCodeHash,
  emptyOmmersHash,
  emptyRequestsHash,
  emptyRootHash,
  genesisHeader,
  isDelegation,
  keccak256Hex,
  rollupChain,
  type BlockAttributes,
} from '../src/index.js'

const chain = rollupChain({ chainId: 5n })
const word = `0x${'11'.repeat(32)}` as const
const genesis = {
  timestamp: 100n,
  gasLimit: 30_000_000n,
  baseFeePerGas: 7n,
  prevRandao: word,
  extraData: '0x',
  beneficiary: `0x${'22'.repeat(20)}`,
  alloc: {},
} as const

test('hashes of nothing are hashes of nothing', () => {
  expect(emptyCodeHash).toBe(keccak256Hex(new Uint8Array(0)))
  expect(emptyRootHash).toBe(keccak256Hex(Uint8Array.of(0x80)))
  expect(emptyOmmersHash).toBe(keccak256Hex(Uint8Array.of(0xc0)))
  expect(emptyRequestsHash).toBe(`0x${createHash('sha256').digest('hex')}`)
})

test('a delegation designator has 23 bytes that begin with 0xef0100', () => {
  const designator = Uint8Array.of(0xef, 1, 0, ...new Uint8Array(20))
  expect(isDelegation(designator)).toBe(true)
  expect(isDelegation(Uint8Array.of(...designator, 0))).toBe(false)
  expect(isDelegation(Uint8Array.of(0xef, 1, 1, ...new Uint8Array(20)))).toBe(false)
})

test('the genesis has the requests hash from Prague on', () => {
  const cancun = { ...chain, hardforks: [{ name: 'cancun', timestamp: 0n }] } as const
  expect(genesisHeader(chain, genesis, word)).toMatchObject({ number: 0n, requestsHash: emptyRequestsHash })
  expect(genesisHeader(cancun, genesis, word)).not.toHaveProperty('requestsHash')
})

test.each<[string, Partial<BlockAttributes>, string]>([
  ['another number', { number: 2n }, 'Invalid number of a block: expected 1, got 2.'],
  [
    'the time of its parent',
    { timestamp: 100n },
    "Invalid timestamp of a block: expected more than the parent's 100, got 100.",
  ],
  ['a time of 65 bits', { timestamp: 1n << 64n }, 'Invalid timestamp of a block'],
  ['no gas', { gasLimit: 0n }, 'Invalid gas limit of a block: expected 1 to 2^63 - 1, got 0.'],
  ['gas of 64 bits', { gasLimit: 1n << 63n }, 'Invalid gas limit of a block'],
  ['33 bytes of extra data', { extraData: `0x${'00'.repeat(33)}` }, 'Invalid extra data of a block'],
  ['a base fee below zero', { baseFeePerGas: -1n }, 'Invalid base fee of a block'],
  ['a base fee of 257 bits', { baseFeePerGas: 1n << 256n }, 'Invalid base fee of a block'],
  [
    'withdrawals on a rollup',
    { withdrawals: [{ index: 0n, validatorIndex: 0n, address: genesis.beneficiary, amount: 1n }] },
    'Invalid withdrawals of a block: expected none on a rollup, got 1.',
  ],
])('a block is refused with %s', (_name, wrong, message) => {
  const parent = { ...genesisHeader(chain, genesis, word), hash: word }
  const attributes: BlockAttributes = {
    number: 1n,
    timestamp: 101n,
    gasLimit: 1n,
    beneficiary: genesis.beneficiary,
    prevRandao: word,
    extraData: '0x',
    parentBeaconBlockRoot: word,
  }
  expect(() => assertBlockAttributes(chain, parent, attributes)).not.toThrow()
  expect(() => assertBlockAttributes(chain, parent, { ...attributes, ...wrong })).toThrow(message)
})
