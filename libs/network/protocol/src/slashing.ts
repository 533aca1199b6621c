import { InvalidInputError, type Hex } from '@animechain/core'
import { encodeFunctionData } from 'viem'
import { isEquivocation, type Equivocation } from './ballots.js'
import { networkTypes } from './messages.js'

const attestation = { type: 'tuple', components: networkTypes.attestation.Attestation } as const

/** ABI of `FastExits.slashEquivocation`. */
export const slashEquivocationAbi = [
  {
    type: 'function',
    name: 'slashEquivocation',
    stateMutability: 'nonpayable',
    inputs: [
      { name: 'a', ...attestation },
      { name: 'signatureA', type: 'bytes' },
      { name: 'b', ...attestation },
      { name: 'signatureB', type: 'bytes' },
    ],
    outputs: [],
  },
] as const

/** Calldata of `FastExits.slashEquivocation`. @throws {InvalidInputError} where the two do not contradict each other */
export function encodeSlashEquivocation({ first, second }: Omit<Equivocation, 'key'>): Hex {
  if (!isEquivocation(first.message, second.message))
    throw new InvalidInputError(
      'evidence',
      'two output roots of one batch',
      `${first.message.outputRoot}, ${second.message.outputRoot} of ${first.message.batchIndex}, ${second.message.batchIndex}`,
    )
  return encodeFunctionData({
    abi: slashEquivocationAbi,
    functionName: 'slashEquivocation',
    args: [first.message, first.signature, second.message, second.signature],
  })
}
