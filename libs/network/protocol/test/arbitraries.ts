/** Random values of the protocol's types. */
import { bytesToHex, secp256k1Order, type Address, type Hash, type Hex } from '@animechain/core'
import fc from 'fast-check'
import type { MessageKind } from '../src/index.js'

export * from '../src/index.js'
export type { Hash, Hex } from '@animechain/core'

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((each) => bytesToHex(each))
export const hashes: fc.Arbitrary<Hash> = bytes(32)
const addresses: fc.Arbitrary<Address> = bytes(20)
const uints = (bits: bigint) =>
  fc.oneof(fc.bigInt({ min: 0n, max: 2n ** bits - 1n }), fc.bigInt({ min: 0n, max: 300n }))

const word = (value: bigint) => value.toString(16).padStart(64, '0')
/** Of the form of signatures; nobody's. */
export const signatures: fc.Arbitrary<Hex> = fc
  .tuple(
    fc.bigInt({ min: 1n, max: secp256k1Order - 1n }),
    fc.bigInt({ min: 1n, max: secp256k1Order >> 1n }),
    fc.boolean(),
  )
  .map(([r, s, isOdd]): Hex => `0x${word(r)}${word(s)}${isOdd ? '1c' : '1b'}`)

export const bodies = fc.record({
  game: addresses,
  batchIndex: uints(256n),
  batchAcc: hashes,
  l2BlockNumber: uints(256n),
  outputRoot: hashes,
  epoch: uints(64n),
})
const messages = {
  attestation: fc
    .tuple(bodies, hashes)
    .map(([{ epoch, ...body }, blocksRoot]) => ({ ...body, blocksRoot, epoch })),
  alarm: fc.record({
    game: addresses,
    batchIndex: uints(256n),
    batchAcc: hashes,
    l2BlockNumber: uints(256n),
    claimed: hashes,
    derived: hashes,
  }),
  block: fc.record({
    number: uints(256n),
    hash: hashes,
    parentHash: hashes,
    payloadHash: hashes,
    timestamp: uints(64n),
  }),
}
export const signed = (kind: MessageKind): fc.Arbitrary<{ message: object; signature: Hex }> =>
  fc.record({ message: messages[kind] as fc.Arbitrary<object>, signature: signatures })
export const votes = fc.tuple(hashes, signatures).map(([blocksRoot, signature]) => {
  const isOdd = signature.endsWith('1c')
  const s = BigInt(`0x${signature.slice(66, 130)}`) | (isOdd ? 2n ** 255n : 0n)
  return { blocksRoot, r: signature.slice(0, 66) as Hash, vs: `0x${word(s)}` as Hash }
})
