import { bytesToBigInt, hexToBytes } from '@animechain/core'
import { bls12_381 } from '@noble/curves/bls12-381.js'

const { G1, G2, fields } = bls12_381
const ORDER = fields.Fr.ORDER

/** `[s]₂` of Ethereum's KZG ceremony (consensus-specs, `trusted_setup_4096.json`, `g2_monomial[1]`): all that verification needs of it. */
const SETUP_G2 = G2.Point.fromHex(
  'b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2',
)

/** What @ethereumjs/evm takes for an input outside its range. */
const badArguments = () => new Error('C_KZG_BADARGS')

/**
 * EIP-4844, point evaluation: whether the polynomial behind `commitment` takes the value `y` at `z`. Everything is hex with `0x`.
 * `e(commitment - [y]G₁ + [z]proof, G₂) = e(proof, [s]₂)`.
 */
export function verifyProof(commitment: string, z: string, y: string, proof: string): boolean {
  const at = bytesToBigInt(hexToBytes(z))
  const value = bytesToBigInt(hexToBytes(y))
  if (at >= ORDER || value >= ORDER) throw badArguments()
  const point = (hex: string) => {
    try {
      const decoded = G1.Point.fromHex(hex.slice(2))
      decoded.assertValidity()
      return decoded
    } catch {
      // The library refuses to call infinity valid; as a commitment it stands for the zero polynomial.
      if (/^0xc0(00){47}$/.test(hex)) return G1.Point.ZERO
      throw badArguments()
    }
  }
  const witness = point(proof)
  // Zero times a point is no multiplication to the library.
  const times = (base: typeof witness, scalar: bigint) =>
    scalar === 0n || base.is0() ? G1.Point.ZERO : base.multiplyUnsafe(scalar)
  const left = point(commitment).subtract(times(G1.Point.BASE, value)).add(times(witness, at))
  if (left.is0() || witness.is0()) return left.is0() && witness.is0()
  const product = bls12_381.pairingBatch([
    { g1: left, g2: G2.Point.BASE },
    { g1: witness.negate(), g2: SETUP_G2 },
  ])
  return fields.Fp12.eql(product, fields.Fp12.ONE)
}
