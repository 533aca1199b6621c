import {
  bytesToHex,
  emptyOmmersHash,
  keccak256Hex,
  type ChainConfig,
  type Hardfork,
  type SealedHeader,
  type Withdrawal,
} from '@animechain/core'
import { bytesToUint, rlpDecode, rlpEncode, RlpError, type RlpItem } from '@animechain/tx'

// Blocks as they are on the wire, and the rules that no execution tells: what a header may say at all (yellow paper 4.4.4 after the
// merge). Whatever follows from execution is compared as a whole by the block's hash.

/** A block is not one that the chain allows. */
export class InvalidBlock extends Error {}

export interface WireBlock {
  header: SealedHeader
  transactions: Uint8Array[]
  withdrawals: Withdrawal[]
}

const MAX_UINT64 = 2n ** 64n - 1n
/** EIP-7934: 10 MiB less a margin of 2 MiB for the beacon block. */
const MAX_BLOCK_BYTES = 8_388_608
const MIN_GAS_LIMIT = 5_000n
const MAX_GAS_LIMIT = 2n ** 63n - 1n
const GAS_LIMIT_DIVISOR = 1_024n

function forkAt(chain: ChainConfig, timestamp: bigint): Hardfork {
  return chain.hardforks.filter((fork) => fork.timestamp <= timestamp).at(-1)!.name
}

/** @throws InvalidBlock */
export function decodeBlock(encoded: Uint8Array, chain: ChainConfig): WireBlock {
  let item: RlpItem
  try {
    item = rlpDecode(encoded)
  } catch (error) {
    if (error instanceof RlpError) throw new InvalidBlock(error.shortMessage)
    throw error
  }
  const [headerItem, transactions, ommers, withdrawals, ...rest] = list(item, 'a block')
  if (rest.length > 0) throw new InvalidBlock('a block has four parts')
  const header = decodeHeader(list(headerItem, 'a header'))
  if (list(ommers, 'ommers').length > 0) throw new InvalidBlock('there are no ommers after the merge')
  const fork = forkAt(chain, header.timestamp)
  if ((header.requestsHash !== undefined) !== (fork !== 'cancun'))
    throw new InvalidBlock('requestsHash belongs to Prague and later')
  if (fork === 'osaka' && encoded.length > MAX_BLOCK_BYTES)
    throw new InvalidBlock(`expected at most ${MAX_BLOCK_BYTES} bytes, got ${encoded.length}`)
  return {
    header,
    transactions: list(transactions, 'transactions').map((tx) => {
      if (!(tx instanceof Uint8Array)) return rlpEncode(tx)
      // A string holds a typed transaction: a legacy one stands as a list.
      if (tx.length === 0 || tx[0]! > 0x7f) throw new InvalidBlock('a typed transaction starts with its type')
      return tx
    }),
    withdrawals: list(withdrawals, 'withdrawals').map((entry) => {
      const fields = list(entry, 'a withdrawal')
      if (fields.length !== 4) throw new InvalidBlock('a withdrawal has four fields')
      return {
        index: uint(fields[0], MAX_UINT64),
        validatorIndex: uint(fields[1], MAX_UINT64),
        address: fixed(fields[2], 20),
        amount: uint(fields[3], MAX_UINT64),
      }
    }),
  }
}

function decodeHeader(fields: readonly RlpItem[]): SealedHeader {
  if (fields.length !== 20 && fields.length !== 21)
    throw new InvalidBlock(`a header has 20 or 21 fields, got ${fields.length}`)
  if (fixed(fields[1], 32) !== emptyOmmersHash) throw new InvalidBlock('there are no ommers after the merge')
  if (uint(fields[7], 2n ** 256n - 1n) !== 0n) throw new InvalidBlock('difficulty is zero after the merge')
  if (fixed(fields[14], 8) !== '0x0000000000000000')
    throw new InvalidBlock('the nonce is zero after the merge')
  const extraData = string(fields[12])
  if (extraData.length > 32) throw new InvalidBlock('extra data has at most 32 bytes')
  const header: SealedHeader = {
    parentHash: fixed(fields[0], 32),
    beneficiary: fixed(fields[2], 20),
    stateRoot: fixed(fields[3], 32),
    transactionsRoot: fixed(fields[4], 32),
    receiptsRoot: fixed(fields[5], 32),
    logsBloom: fixed(fields[6], 256),
    number: uint(fields[8], MAX_UINT64),
    gasLimit: uint(fields[9], MAX_UINT64),
    gasUsed: uint(fields[10], MAX_UINT64),
    timestamp: uint(fields[11], MAX_UINT64),
    extraData: bytesToHex(extraData),
    prevRandao: fixed(fields[13], 32),
    baseFeePerGas: uint(fields[15], 2n ** 256n - 1n),
    withdrawalsRoot: fixed(fields[16], 32),
    blobGasUsed: uint(fields[17], MAX_UINT64),
    excessBlobGas: uint(fields[18], MAX_UINT64),
    parentBeaconBlockRoot: fixed(fields[19], 32),
    hash: keccak256Hex(rlpEncode(fields)),
  }
  if (fields.length === 21) header.requestsHash = fixed(fields[20], 32)
  return header
}

/**
 * What a header owes to its parent's and is not told by execution.
 * @throws InvalidBlock
 */
export function validateHeader(parent: SealedHeader, header: SealedHeader): void {
  if (header.number !== parent.number + 1n)
    throw new InvalidBlock(`expected number ${parent.number + 1n}, got ${header.number}`)
  if (header.timestamp <= parent.timestamp)
    throw new InvalidBlock(`expected a timestamp above ${parent.timestamp}, got ${header.timestamp}`)
  const change =
    header.gasLimit > parent.gasLimit ? header.gasLimit - parent.gasLimit : parent.gasLimit - header.gasLimit
  if (
    header.gasLimit < MIN_GAS_LIMIT ||
    header.gasLimit > MAX_GAS_LIMIT ||
    change >= parent.gasLimit / GAS_LIMIT_DIVISOR
  )
    throw new InvalidBlock(`expected a gas limit near ${parent.gasLimit}, got ${header.gasLimit}`)
  if (header.gasUsed > header.gasLimit)
    throw new InvalidBlock(`expected at most ${header.gasLimit} gas used, got ${header.gasUsed}`)
}

function list(item: RlpItem | undefined, what: string): readonly RlpItem[] {
  if (item === undefined || item instanceof Uint8Array) throw new InvalidBlock(`${what}: expected a list`)
  return item
}

function string(item: RlpItem | undefined): Uint8Array {
  if (!(item instanceof Uint8Array)) throw new InvalidBlock('expected a string, got a list')
  return item
}

function fixed(item: RlpItem | undefined, length: number): `0x${string}` {
  const bytes = string(item)
  if (bytes.length !== length) throw new InvalidBlock(`expected ${length} bytes, got ${bytes.length}`)
  return bytesToHex(bytes)
}

function uint(item: RlpItem | undefined, max: bigint): bigint {
  const bytes = string(item)
  if (bytes[0] === 0) throw new InvalidBlock('an integer has no leading zeros')
  const value = bytesToUint(bytes)
  if (value > max) throw new InvalidBlock(`expected at most ${max}, got ${value}`)
  return value
}
