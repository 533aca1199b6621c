import {
  commitmentPrefixes,
  concatBytes,
  equalBytes,
  hexToBytes,
  keccak256,
  type Commitment,
  type DaGetResult,
  type DaLocation,
  type Hex,
} from '@animechain/core'
import { concatHex, decodeFunctionData, parseAbi, zeroHash, type PublicClient, type Transport } from 'viem'

const prefix = commitmentPrefixes.calldata

/** The inbox's functions whose last argument is the data. */
const inboxAbi = parseAbi([
  'struct BatchHeader { uint64 firstBlock; uint32 blockCount; uint64 depositsReadAfter; uint64 lastTimestamp; }',
  'function appendBatch(BatchHeader header, bytes32 parentAcc, bytes32 depositAcc, uint8 daKind, bytes evidence)',
  'function forceBatch(bytes32 parentAcc, uint64 depositsKnown, bytes32 depositAcc, bytes evidence)',
])

/** Commitment of bytes in calldata: `0x01 ‖ keccak256(data)`. docs/spec/protocol.md 1.3 */
export const calldataCommitment = (data: Uint8Array): Commitment =>
  concatBytes(Uint8Array.of(prefix), keccak256(data))

/** Whether a commitment is of kind 1, calldata (docs/spec/protocol.md 2). */
export const isCalldataCommitment = (commitment: Commitment): boolean =>
  commitment.length === 33 && commitment[0] === prefix

/**
 * The evidence of a call to the inbox, as its contract reads it; undefined where the input is of no such call.
 *
 * The contract's decoder takes an offset to any word of zeros for an empty body; viem's wants a byte behind the arguments. A body that no node can read would
 * stop the chain, and anybody may force one.
 */
export function inboxEvidence(input: Hex): Uint8Array | undefined {
  try {
    const { args } = decodeFunctionData({ abi: inboxAbi, data: concatHex([input, zeroHash]) })
    return hexToBytes(args.at(-1) as Hex)
  } catch {
    return undefined
  }
}

/** What of a transaction's input a commitment is of: the evidence of a call to the inbox, or all of it. */
export function committedIn(input: Hex, commitment: Commitment): Uint8Array | undefined {
  const candidates = [inboxEvidence(input), hexToBytes(input)]
  return candidates.find((data) => data && equalBytes(calldataCommitment(data), commitment))
}

/** The bytes of a calldata commitment, from the transaction that a location names. */
export async function readCalldata(
  client: PublicClient<Transport>,
  commitment: Commitment,
  { l1TransactionHash: hash }: DaLocation,
): Promise<DaGetResult> {
  if (!hash) return { status: 'missing', authoritative: false }
  try {
    const { input } = await client.getTransaction({ hash })
    const data = committedIn(input, commitment)
    return data ? { status: 'data', data } : { status: 'missing', authoritative: false }
  } catch (error) {
    if ((error as Error).name === 'TransactionNotFoundError')
      return { status: 'missing', authoritative: false }
    return { status: 'unavailable', error: error as Error }
  }
}
