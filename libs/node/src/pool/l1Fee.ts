import { bytesToBigInt, hexToBytes, type ChainConfig, type Hash, type StateReader } from '@animechain/core'

/** What the L1 data fee is computed from (docs/spec/protocol.md 4). */
export interface L1FeeParameters {
  /** wei per gas */
  baseFee: bigint
  /** wei per blob gas */
  blobBaseFee: bigint
  baseFeeScalar: bigint
  blobBaseFeeScalar: bigint
}

const slot = (n: number): Hash => `0x${n.toString(16).padStart(64, '0')}`

/** Reads the parameters in force from the storage of `L1Block` (docs/spec/contracts.md); undefined on a chain without L1 fees. */
export async function readL1FeeParameters(
  chain: ChainConfig,
  state: StateReader,
): Promise<L1FeeParameters | undefined> {
  if (!chain.rollup) return undefined
  const { l1Block } = chain.rollup
  const [baseFee, blobBaseFee, packed] = await Promise.all(
    [0, 1, 2].map(async (n) => bytesToBigInt(hexToBytes(await state.getStorage(l1Block, slot(n))))),
  )
  return {
    baseFee: baseFee!,
    blobBaseFee: blobBaseFee!,
    baseFeeScalar: packed! & 0xffffffffn,
    blobBaseFeeScalar: (packed! >> 32n) & 0xffffffffn,
  }
}

/** L1 data fee of a transaction as broadcast, wei. */
export function l1Fee(raw: Uint8Array, parameters: L1FeeParameters | undefined): bigint {
  if (!parameters) return 0n
  let gas = 0
  for (const byte of raw) gas += byte === 0 ? 4 : 16
  const { baseFee, blobBaseFee, baseFeeScalar, blobBaseFeeScalar } = parameters
  return (BigInt(gas) * (16n * baseFeeScalar * baseFee + blobBaseFeeScalar * blobBaseFee)) / 16_000_000n
}
