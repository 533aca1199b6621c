import { bigIntToBytes } from '@animechain/core'

/** field elements of a blob (EIP-4844) */
const ELEMENTS = 4_096
/** order of the field of BLS12-381's scalars */
const MODULUS = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % MODULUS
    square = (square * square) % MODULUS
  }
  return result
}

/** Where the polynomial of a blob has its field element `index` as value: a root of unity in bit-reversed order (EIP-4844). 32 bytes, big-endian. */
export function blobPoint(index: number): Uint8Array {
  let reversed = 0
  for (let bit = 1; bit < ELEMENTS; bit <<= 1) reversed = (reversed << 1) | (index & bit ? 1 : 0)
  const root = power(7n, (MODULUS - 1n) / BigInt(ELEMENTS))
  return bigIntToBytes(power(root, BigInt(reversed)), 32)
}
