import type { Address, Assertion, Hash } from '@animechain/core'
import {
  encodeMessage,
  signMessage,
  type Alarm,
  type MessageSigner,
  type NetworkDomain,
} from '@animechain/network-protocol'

/** The alarm about an assertion, unsigned. @param derived own output root of its batch */
export const alarmAbout = (
  {
    id,
    batchIndex,
    batchAcc,
    blockNumber,
    outputRoot,
  }: Pick<Assertion, 'id' | 'batchIndex' | 'batchAcc' | 'blockNumber' | 'outputRoot'>,
  derived: Hash,
): Alarm => ({
  game: id.toLowerCase() as Address,
  batchIndex,
  batchAcc,
  l2BlockNumber: blockNumber,
  claimed: outputRoot,
  derived,
})

/** Signs an alarm with any key. @returns the bytes that go over gossip and HTTP */
export async function signAlarm(
  signer: MessageSigner,
  domain: NetworkDomain,
  alarm: Alarm,
): Promise<Uint8Array> {
  return encodeMessage('alarm', await signMessage(signer, 'alarm', domain, alarm))
}
