import { bytesToHex, type Hash, type Hex } from '@animechain/core'
import { availabilityChallengeAbi } from '@animechain/contracts'
import { PIECE_BYTES, unitTree } from '@animechain/vault-format'
import type { ErasureOrder } from '@animechain/vault-protocol'
import { encodeFunctionData } from 'viem'
import type { StoredUnit } from '../storage/shards.js'
import type { StorageService } from '../storage/types.js'
import { challengeStatus, type DrawnLeaf, type OpenChallenge } from './contract.js'

const abi = availabilityChallengeAbi
const hashes = (path: readonly Uint8Array[]): Hash[] => path.map((hash) => bytesToHex(hash))

/** What answers a challenge: `kind` says with what. */
export interface Answer {
  kind: 'leaf' | 'erased'
  data: Hex
}

/** Call of `answer`: the leaf of a unit, its path in the unit, the unit's path in the shard. */
export const leafAnswer = (id: bigint, { bytes, path }: StoredUnit, leaf: number): Hex =>
  encodeFunctionData({
    abi,
    functionName: 'answer',
    args: [
      id,
      bytesToHex(bytes.subarray(leaf * PIECE_BYTES, (leaf + 1) * PIECE_BYTES)),
      hashes(unitTree(bytes).path(leaf)),
      hashes(path),
    ],
  })

/** Call of `answerErased`. */
export const erasedAnswer = (id: bigint, { manifest, erase }: ErasureOrder): Hex =>
  encodeFunctionData({
    abi,
    functionName: 'answerErased',
    args: [id, manifest.message, manifest.signature, erase.message, erase.signature],
  })

/**
 * The answer to a challenge: an erasure at once, a leaf once it is drawn. Undefined: there is nothing to say yet.
 * @param leafOf the leaf that was drawn
 * @throws {Refusal} where the shard cannot be read
 */
export async function answerTo(
  storage: Pick<StorageService, 'unit' | 'known'>,
  { id, status, blob, shard }: OpenChallenge & { id: bigint },
  leafOf: () => Promise<DrawnLeaf>,
): Promise<Answer | undefined> {
  const known = await storage.known(blob)
  if (known?.status === 'gone' && known.order) return { kind: 'erased', data: erasedAnswer(id, known.order) }
  if (status !== challengeStatus.drawn) return undefined
  const { stripe, leaf } = await leafOf()
  return { kind: 'leaf', data: leafAnswer(id, await storage.unit(blob, shard, stripe), leaf) }
}
