import { bytesToBigInt, concatBytes, keccak256, secp256k1Order } from '@animechain/core'
import { recovery } from '@animechain/tx'

/** L1's precompile 1: hash ‖ v ‖ r ‖ s, a word each, to the signer's address as a word; no bytes when nobody has signed this. */
export function ecrecover(input: Uint8Array): Uint8Array {
  const [hash, v, r, s] = [0, 32, 64, 96].map((at) => input.slice(at, at + 32)) as [
    Uint8Array,
    ...Uint8Array[],
  ]
  const parity = bytesToBigInt(v!) - 27n
  const inRange = [r!, s!].every((part) => {
    const value = bytesToBigInt(part)
    return value > 0n && value < secp256k1Order
  })
  if (!inRange || parity < 0n || parity > 1n) return new Uint8Array()
  const point = recovery().recover(hash, concatBytes(r!, s!), Number(parity))
  return point ? concatBytes(new Uint8Array(12), keccak256(point).subarray(12)) : new Uint8Array()
}
