import type { GossipNode } from '@animechain/network-gossip'
import type { Address } from '@animechain/core'
import type { Alarm, Attestation } from '@animechain/network-protocol'
import type { NetworkReads } from '../l1/reads.js'

/** What a verifier asks of a node that gossips. */
export interface VerifierGossip extends Pick<GossipNode, 'addPeers' | 'peers' | 'health'> {
  publish(topic: 'attestation' | 'alarm', bytes: Uint8Array): Promise<unknown>
  subscribe(topic: 'attestation'): AsyncIterable<{ bytes: Uint8Array }> & { close(): void }
  recent(topic: 'attestation'): readonly { bytes: Uint8Array }[]
}

/** What L1 says of attestations and alarms, as the topics of @animechain/network-gossip ask it. */
export function networkJudge(reads: NetworkReads) {
  return {
    /** Whether the signer has weight at the attestation's epoch, and a certificate can still be made of it. */
    async isMember(signer: Address, { epoch }: Attestation): Promise<boolean | undefined> {
      const [{ certificateEpochs }, now] = await Promise.all([reads.rules(), reads.now()])
      if (epoch + certificateEpochs < now.epoch) return false
      const weight = await reads.weightAt(signer, epoch)
      return weight === undefined ? undefined : weight > 0n
    },
    /** Whether L1 has the game, with this claim. */
    async isAboutGame({ game, batchIndex, batchAcc, l2BlockNumber, claimed }: Alarm): Promise<boolean> {
      const found = await reads.game(game)
      return (
        found !== undefined &&
        found.batchIndex === batchIndex &&
        found.batchAcc.toLowerCase() === batchAcc.toLowerCase() &&
        found.l2BlockNumber === l2BlockNumber &&
        found.outputRoot.toLowerCase() === claimed.toLowerCase()
      )
    },
  }
}
