// Whether a certificate can be made of what nodes keep: by real signatures and the weights of seven equal stakes.
import { assemble, bodyOf, decodeMessage, signerOf, weightsOf } from '@animechain/network-protocol'
import { parseEther } from 'viem'
import { domain, epoch, members } from './messages.mjs'

/** Signers at least, as in production. */
const MIN_SIGNERS = 5
const STAKE = parseEther('32')

/** Weights of the first so many members with equal stakes, and no cap. */
export const equalWeights = (count) =>
  weightsOf(
    epoch,
    members.slice(0, count).map((key) => ({ key, stake: STAKE })),
    1_000_000n,
  )

/** The ballot in the bytes of an attestation, or none. */
async function ballotOf(bytes) {
  const decoded = decodeMessage('attestation', bytes)
  if (!decoded.ok) return []
  const key = await signerOf('attestation', domain, decoded.value)
  return key === undefined ? [] : [{ key, attestation: decoded.value }]
}

/**
 * A certificate of the attestations that these nodes keep together, or why there is none.
 * @returns as `assemble`; `byWeight`: the same where the number of signers does not count
 */
export async function certificateOf(nodes, batchIndex, weights) {
  const kept = (await Promise.all(nodes.map((node) => node.kept(batchIndex)))).flat()
  const ballots = (await Promise.all(kept.map(ballotOf))).flat()
  if (ballots.length === 0)
    return { ok: false, why: `no attestation to batch ${batchIndex}`, signers: [], weight: 0n, needed: 0n }
  const body = bodyOf(ballots[0].attestation.message)
  const of = (minSigners) => assemble(body, ballots, { weights, minSigners })
  return { ...of(MIN_SIGNERS), byWeight: of(1) }
}
