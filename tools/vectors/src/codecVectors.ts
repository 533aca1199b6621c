import { equalBytes } from '@animechain/core'
import { reedSolomon } from '@animechain/vault-format'
import { Mismatch, type TestFile } from './outcome.js'

/** The known answer of Klauspost's and Backblaze's libraries. */
export interface ReedSolomonVector {
  dataShards: readonly (readonly number[])[]
  parityShards: readonly (readonly number[])[]
}

export const isReedSolomon = (json: unknown): json is ReedSolomonVector =>
  typeof json === 'object' && json !== null && 'dataShards' in json && 'parityShards' in json

function sameShards(what: string, got: readonly Uint8Array[], expected: readonly Uint8Array[]): void {
  for (const [i, shard] of expected.entries())
    if (!got[i] || !equalBytes(got[i], shard))
      throw new Mismatch(`${what}, shard ${i}`, shard.join(), got[i]?.join())
}

/** Every set of `size` numbers below `below`. */
function* subsets(below: number, size: number): Generator<readonly number[]> {
  if (size === 0) yield []
  else
    for (let last = size - 1; last < below; last++)
      for (const rest of subsets(last, size - 1)) yield [...rest, last]
}

/** Parity as it is written there, and all shards from any as many as there are of data. */
export function reedSolomonCases(path: string, vector: ReedSolomonVector): TestFile {
  const data = vector.dataShards.map((shard) => Uint8Array.from(shard))
  const parity = vector.parityShards.map((shard) => Uint8Array.from(shard))
  const all = [...data, ...parity]
  const code = reedSolomon(data.length, parity.length)
  const cases: TestFile['cases'] = [
    { id: `${path}::encode`, run: async () => sameShards('parity', code.encode(data), parity) },
  ]
  for (const lost of subsets(all.length, parity.length))
    cases.push({
      id: `${path}::without ${lost.join(' ')}`,
      run: async () =>
        sameShards(
          'shards',
          code.reconstruct(all.map((shard, i) => (lost.includes(i) ? undefined : shard))),
          all,
        ),
    })
  return { cases, skipped: {} }
}
