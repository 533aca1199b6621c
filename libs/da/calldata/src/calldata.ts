import {
  bytesToHex,
  commitmentPrefixes,
  equalBytes,
  type Commitment,
  type DaCapabilities,
  type DataAvailability,
  type DaVerdict,
} from '@animechain/core'
import {
  calldataCommitment,
  daPosting,
  isCalldataCommitment,
  orAborted,
  putOnce,
  readCalldata,
} from '@animechain/l1'
import type { Account } from 'viem'

/** Where L1 is, and who pays for a `put`. */
export interface CalldataOptions {
  /** JSON-RPC of L1: one URL, or several of which `quorum` must agree (default: more than half) */
  rpcUrl: string | readonly string[]
  quorum?: number
  /** Pays for `put`; reading needs none, and neither do settlements that carry the bytes themselves. */
  account?: Account
  /** milliseconds to wait for a transaction of `put`; default 60,000 */
  timeoutMs?: number
  /** gas that the call burns in which the bytes ride, for quotes: EIP-7623 counts it against its floor. Default 0: the bytes ride alone. */
  callGas?: bigint
}

/**
 * The whole preimage must fit in one L1 transaction beside the call that checks it, and in what nodes relay (128 KiB).
 * docs/spec/protocol.md 1.3.
 */
export const maxCalldataBytes = 120_000

const prefix = commitmentPrefixes.calldata

const capabilities: DaCapabilities = {
  id: 'calldata',
  prefix,
  addressing: 'precomputed',
  exposure: 'plaintext-public',
  maxBytes: BigInt(maxCalldataBytes),
  minBilled: 0n,
  ranged: true,
  erasable: false,
  proof: 'full',
  challenge: 'none',
}

function verdict(commitment: Commitment, data: Uint8Array): DaVerdict {
  if (!isCalldataCommitment(commitment))
    return {
      valid: false,
      reason: `expected 33 bytes with prefix ${prefix}, got ${commitment.length} bytes with prefix ${commitment[0]}`,
    }
  return equalBytes(calldataCommitment(data), commitment)
    ? { valid: true }
    : { valid: false, reason: 'the hash of the data is not the commitment' }
}

/** Gas of a transaction with so many bytes that are not zero: 16 a byte (EIP-2028), and at least 40 a byte whatever it does (EIP-7623). */
function gasOf(length: number, callGas: bigint): bigint {
  const standard = 16n * BigInt(length) + callGas
  const floor = 40n * BigInt(length)
  return 21_000n + (standard > floor ? standard : floor)
}

/**
 * Data availability in the calldata of L1 transactions: kept by every full node for ever, billed by the byte.
 * The commitment is `0x01 ‖ keccak256(data)`.
 */
export function calldata(options: CalldataOptions): DataAvailability {
  const { rpcUrl, quorum, account, timeoutMs = 60_000, callGas = 0n } = options
  const l1 = daPosting({ id: 'calldata', rpcUrl, quorum, account, timeoutMs })
  return {
    capabilities,
    async start() {},
    async stop() {},

    async prepare(data) {
      if (data.length > maxCalldataBytes) return { status: 'tooLarge', maxBytes: BigInt(maxCalldataBytes) }
      return { commitment: calldataCommitment(data), attachment: { type: 'calldata', evidence: data } }
    },

    put: putOnce(
      maxCalldataBytes,
      (data, signal) =>
        l1.send(
          async () => ({
            call: { what: 'post calldata', data: bytesToHex(data) },
            commitment: calldataCommitment(data),
          }),
          signal,
        ),
      (data) => bytesToHex(calldataCommitment(data)),
    ),

    async get(commitment, { location = {}, range, signal } = {}) {
      if (!isCalldataCommitment(commitment))
        return { status: 'invalid', reason: 'no commitment of this backend' }
      if (signal?.aborted) return { status: 'unavailable', error: new Error('aborted') }
      const found = await orAborted('Reading', readCalldata(l1.client, commitment, location), signal).catch(
        (error: Error) => ({ status: 'unavailable', error }) as const,
      )
      if (found.status !== 'data' || !range) return found
      return { status: 'data', data: found.data.slice(range.offset, range.offset + range.length) }
    },

    verify: async (commitment, data) => verdict(commitment, data),
    status: async (_commitment, location = {}) => (await l1.status(location)) ?? { status: 'unknown' },

    async quote(length) {
      const fee = await l1.client.getBlock().then(
        (block) => block.baseFeePerGas,
        () => undefined,
      )
      return { billedBytes: BigInt(length), ...(fee ? { feeWei: fee * gasOf(length, callGas) } : {}) }
    },

    health: l1.health,
  }
}
