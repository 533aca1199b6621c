import { InvalidInputError, type Address, type Hash } from '@animechain/core'
import {
  blocksTree,
  saltOf,
  type Alarm,
  type Attestation,
  type NetworkDomain,
} from '@animechain/network-protocol'
import { alarmAbout } from '../alarms/raise.js'
import type { Duty } from './decide.js'

/** What goes into an attestation besides the assertion. */
export interface AttestationParts {
  domain: NetworkDomain
  key: Address
  /** 32 bytes, of this verifier alone: `saltOf` */
  secret: Uint8Array
  /** first block after the parent's */
  firstBlock: bigint
  /** own output roots of every block from there to the assertion's */
  outputRoots: readonly Hash[]
}

/**
 * The attestation of a duty, unsigned. The same parts give the same one again.
 * @throws {InvalidInputError} for blocks that do not end with the assertion's
 */
export function attestationFor(duty: Duty & { is: 'attest' }, parts: AttestationParts): Attestation {
  const { domain, key, secret, firstBlock, outputRoots } = parts
  const { batchIndex, batchAcc, blockNumber, outputRoot } = duty.assertion
  const last = firstBlock + BigInt(outputRoots.length) - 1n
  if (last !== blockNumber || outputRoots.at(-1)?.toLowerCase() !== outputRoot.toLowerCase())
    throw new InvalidInputError(
      'blocks',
      `them to end with block ${blockNumber} and root ${outputRoot}`,
      `${last} and ${outputRoots.at(-1)}`,
    )
  const salt = saltOf({ secret, domain, key, batchIndex, batchAcc })
  const { root: blocksRoot } = blocksTree({ key, salt, firstBlock, outputRoots })
  return {
    ...{ game: duty.game, batchIndex, batchAcc, l2BlockNumber: blockNumber },
    ...{ outputRoot, blocksRoot, epoch: duty.epoch },
  }
}

/** The alarm of a duty, unsigned. */
export const alarmFor = ({ assertion, derived }: Duty & { is: 'alarm' }): Alarm =>
  alarmAbout(assertion, derived)
