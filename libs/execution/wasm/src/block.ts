import {
  hexToBytes,
  skipReasons,
  type Address,
  type AddOutcome,
  type BlockAttributes,
  type ChainConfig,
  type ExecutedBlock,
  type ExecutedTransaction,
  type Hash,
  type Header,
  type KeyValueOperation,
  type Log,
  type Receipt,
  type SealedHeader,
  type SkipReason,
  type SkippedTransaction,
} from '@animechain/core'
import { ExecutionError } from './errors.js'
import * as layout from './layout.js'
import type { Environment, Machine } from './machine.js'
import type { WrittenNodes } from './lastNodes.js'
import { codeOperation, nodeOperations } from './nodeStore.js'
import { nextBaseFee, nextExcessBlobGas, rulesAt } from './rules.js'

const MAX_EXTRA_DATA_BYTES = 32
const MAX_UINT64 = 0xffff_ffff_ffff_ffffn
/** yellow paper, 4.4.4 */
const MAX_GAS_LIMIT = (1n << 63n) - 1n
const MAX_UINT256 = (1n << 256n) - 1n
const EMPTY_BLOOM = `0x${'00'.repeat(256)}` as const
const WORD = /^0x[0-9a-f]{64}$/i
/** First status of the guest that is no success (assembly/evm/frame.ts). */
export const REVERTED = 2
const reasons = new Map<number, SkipReason>(
  Object.entries(skipReasons).map(([name, number]) => [number, name as SkipReason]),
)

/** @throws EXECUTION_INVALID_ATTRIBUTES */
export function checkAttributes(chain: ChainConfig, parent: SealedHeader, attributes: BlockAttributes): void {
  const check = (holds: boolean, what: string, expected: string, got: unknown) => {
    if (!holds)
      throw new ExecutionError(
        `Invalid ${what} of a block: expected ${expected}, got ${got}.`,
        'EXECUTION_INVALID_ATTRIBUTES',
      )
  }
  const { number, timestamp, gasLimit, extraData, beneficiary, prevRandao, parentBeaconBlockRoot } =
    attributes
  check(number === parent.number + 1n, 'number', `${parent.number + 1n}`, number)
  check(
    timestamp > parent.timestamp && timestamp <= MAX_UINT64,
    'timestamp',
    `more than the parent's ${parent.timestamp}`,
    timestamp,
  )
  check(gasLimit >= 1n && gasLimit <= MAX_GAS_LIMIT, 'gas limit', '1 to 2^63 - 1', gasLimit)
  check(
    /^0x([0-9a-f]{2})*$/i.test(extraData) && extraData.length <= 2 + 2 * MAX_EXTRA_DATA_BYTES,
    'extra data',
    `at most ${MAX_EXTRA_DATA_BYTES} bytes`,
    extraData,
  )
  check(/^0x[0-9a-f]{40}$/i.test(beneficiary), 'beneficiary', 'an address', beneficiary)
  check(WORD.test(prevRandao), 'prevRandao', '32 bytes', prevRandao)
  check(WORD.test(parentBeaconBlockRoot), 'parentBeaconBlockRoot', '32 bytes', parentBeaconBlockRoot)
  const fee = attributes.baseFeePerGas ?? 0n
  check(fee >= 0n && fee <= MAX_UINT256, 'base fee', '0 to 2^256 - 1', fee)
  check(
    !chain.rollup || (attributes.withdrawals?.length ?? 0) === 0,
    'withdrawals',
    'none on a rollup',
    attributes.withdrawals?.length,
  )
}

/** What a block's transactions see. */
export function environmentOf(
  chain: ChainConfig,
  parent: SealedHeader,
  attributes: BlockAttributes,
): Environment {
  const rules = rulesAt(chain, attributes.timestamp)
  return {
    rules,
    parentHash: parent.hash,
    number: attributes.number,
    timestamp: attributes.timestamp,
    beneficiary: attributes.beneficiary.toLowerCase() as Address,
    gasLimit: attributes.gasLimit,
    prevRandao: attributes.prevRandao,
    baseFeePerGas: attributes.baseFeePerGas ?? nextBaseFee(chain, parent),
    excessBlobGas: chain.rollup ? 0n : (attributes.excessBlobGas ?? nextExcessBlobGas(rules, parent)),
    parentBeaconBlockRoot: attributes.parentBeaconBlockRoot,
    systemCalls: attributes.systemCalls !== false,
  }
}

/** The logs of the last transaction or call. */
export function readLogs(m: Machine): Log[] {
  const view = m.view()
  const at = m.exports.transactionResult() >>> 0
  const logs: Log[] = []
  for (let log = view.getUint32(at + layout.result.firstLog, true); log !== 0;) {
    const count = view.getUint32(log + layout.log.topicCount, true)
    const topics = log + layout.log.topics
    logs.push({
      address: m.hex(log + layout.log.address, 20),
      topics: Array.from({ length: count }, (_, i) => m.hex(topics + 32 * i, 32)),
      data: m.hex(topics + 32 * count, view.getUint32(log + layout.log.dataLength, true)),
    })
    log = view.getUint32(log + layout.log.next, true)
  }
  return logs
}

/** What a sealed block leaves for the storage and for the flat cache. */
export interface SealedChanges {
  operations: KeyValueOperation[]
  /** Brings the flat state to the new root. */
  advance(): void
}

/** A block under construction in the guest. Any error that it throws leaves the machine unusable. */
export function blockRun(
  m: Machine,
  chain: ChainConfig,
  parent: SealedHeader,
  attributes: BlockAttributes,
  environment: Environment,
) {
  const transactions: ExecutedTransaction[] = []
  const skipped: SkippedTransaction[] = []
  const e = m.exports
  const blockAt = e.blockContext() >>> 0
  const headerAt = e.blockHeader() >>> 0
  const resultAt = e.transactionResult() >>> 0
  let cumulative = 0n

  m.setBlock(chain, environment)
  m.bytes().set(hexToBytes(parent.stateRoot), headerAt + layout.header.stateRoot)
  e.openBlock(headerAt + layout.header.stateRoot)

  const executed = (raw: Uint8Array, sender?: Address): ExecutedTransaction => {
    const tx = e.lastTransaction() >>> 0
    const view = m.view()
    const type = view.getUint32(tx + layout.transaction.type, true)
    const gasUsed = view.getBigUint64(resultAt + layout.result.gasUsed, true)
    cumulative = view.getBigUint64(blockAt + layout.block.gasUsed, true)
    const logs = readLogs(m)
    const receipt: Receipt = {
      type,
      status: view.getInt32(resultAt + layout.result.status, true) < REVERTED ? 1 : 0,
      gasUsed,
      cumulativeGasUsed: cumulative,
      logs,
      logsBloom: logs.length === 0 ? EMPTY_BLOOM : m.hex(e.lastBloom() >>> 0, 256),
      effectiveGasPrice: m.readWord(resultAt + layout.result.gasPrice),
    }
    if (view.getUint32(resultAt + layout.result.hasContract, true) !== 0)
      receipt.contractAddress = m.hex(resultAt + layout.result.contract, 20)
    if (type === 0x7e) receipt.depositNonce = view.getBigUint64(resultAt + layout.result.depositNonce, true)
    else if (chain.rollup)
      receipt.l1Fee = {
        l1Fee: m.readWord(resultAt + layout.result.l1Fee),
        l1GasUsed: view.getBigUint64(resultAt + layout.result.l1GasUsed, true),
        l1GasPrice: m.readWord(resultAt + layout.result.l1BaseFee),
        l1BlobBaseFee: m.readWord(resultAt + layout.result.l1BlobBaseFee),
        baseFeeScalar: view.getUint32(resultAt + layout.result.l1BaseFeeScalar, true),
        blobBaseFeeScalar: view.getUint32(resultAt + layout.result.l1BlobBaseFeeScalar, true),
      }
    const from = (sender?.toLowerCase() as Address | undefined) ?? m.hex(tx + layout.transaction.sender, 20)
    return { hash: m.hex(tx + layout.transaction.hash, 32), from, raw, receipt }
  }

  return {
    gasUsed: () => cumulative,

    add(raw: Uint8Array, sender?: Address): AddOutcome {
      const senderAt = sender === undefined ? 0 : m.put(hexToBytes(sender))
      const code = e.addTransaction(m.put(raw), raw.length, senderAt)
      if (code !== 0) {
        const reason = reasons.get(code)
        if (reason === undefined)
          throw new ExecutionError(`The guest gave an unknown reason: ${code}.`, 'EXECUTION_GUEST')
        skipped.push({ raw, reason })
        return { status: 'skipped', reason }
      }
      const transaction = executed(raw, sender)
      transactions.push(transaction)
      return { status: 'included', transaction }
    },

    seal(): { block: ExecutedBlock; changes: SealedChanges } {
      for (const { index, validatorIndex, address, amount } of attributes.withdrawals ?? [])
        e.withdraw(index, validatorIndex, m.put(hexToBytes(address)), amount)
      const extra = hexToBytes(attributes.extraData)
      m.bytes().set(extra, headerAt + layout.header.extra)
      m.view().setUint32(headerAt + layout.header.extraLength, extra.length, true)
      if (e.sealBlock() === 0)
        throw new ExecutionError('A system contract of the block failed.', 'EXECUTION_INVALID_BLOCK')
      const word = (offset: number): Hash => m.hex(headerAt + offset, 32)
      const view = m.view()
      const header: Header = {
        parentHash: parent.hash,
        beneficiary: environment.beneficiary,
        stateRoot: word(layout.header.stateRoot),
        transactionsRoot: word(layout.header.transactionsRoot),
        receiptsRoot: word(layout.header.receiptsRoot),
        logsBloom: m.hex(headerAt + layout.header.bloom, 256),
        number: environment.number,
        gasLimit: environment.gasLimit,
        gasUsed: view.getBigUint64(headerAt + layout.header.gasUsed, true),
        timestamp: environment.timestamp,
        extraData: attributes.extraData,
        prevRandao: environment.prevRandao,
        baseFeePerGas: environment.baseFeePerGas,
        withdrawalsRoot: word(layout.header.withdrawalsRoot),
        blobGasUsed: view.getBigUint64(headerAt + layout.header.blobGasUsed, true),
        excessBlobGas: environment.excessBlobGas,
        parentBeaconBlockRoot: attributes.parentBeaconBlockRoot,
      }
      if (environment.rules.isPrague) header.requestsHash = word(layout.header.requestsHash)
      const block: ExecutedBlock = {
        header: { ...header, hash: word(layout.header.hash) },
        transactions,
        skipped,
      }
      if (attributes.withdrawals) block.withdrawals = attributes.withdrawals
      return { block, changes: readChanges(m, block.header.stateRoot) }
    },
  }
}

/** The nodes that the guest wrote, copied in one piece: they stand close together, at rising addresses. */
function writtenNodes(m: Machine): WrittenNodes {
  const view = m.view()
  const from = m.exports.writtenNodes() >>> 0
  const hashes: number[] = []
  const values: number[] = []
  const lengths: number[] = []
  let end = from
  for (let at = from; at !== 0; at = view.getUint32(at + layout.node.next, true)) {
    const length = view.getUint32(at + layout.node.length, true)
    hashes.push(at - from + layout.node.hash)
    values.push(at - from + layout.node.bytes)
    lengths.push(length)
    end = at + layout.node.bytes + length
  }
  return { bytes: m.copy(from, end - from), hashes, values, lengths }
}

/** Reads what the guest wrote, before anything else runs in it. */
export function readChanges(m: Machine, stateRoot: Hash): SealedChanges {
  const nodes = writtenNodes(m)
  const operations = nodeOperations(nodes)
  const view = m.view()
  const u32 = (at: number) => view.getUint32(at, true)
  for (let at = m.exports.codes() >>> 0; at !== 0; at = u32(at + layout.code.next)) {
    if (u32(at + layout.code.isNew) === 0) continue
    operations.push(
      codeOperation(
        m.copy(at + layout.code.hash, 32),
        m.copy(u32(at + layout.code.ptr), u32(at + layout.code.length)),
      ),
    )
  }
  const accounts: { address: Uint8Array; value: Uint8Array | undefined }[] = []
  const slots: { address: Uint8Array; key: Uint8Array; value: Uint8Array }[] = []
  const changed: number[] = []
  for (let at = m.exports.changedAccounts() >>> 0; at !== 0; at = u32(at + layout.account.next))
    changed.push(at)
  // Views of one buffer, which is gone when the flat cache has copied what it keeps.
  const records = new Uint8Array(changed.length * layout.account.state)
  for (const [i, at] of changed.entries()) {
    const recordAt = i * layout.account.state
    records.set(m.bytes().subarray(at, at + layout.account.state), recordAt)
    const address = records.subarray(recordAt, recordAt + 20)
    const exists = u32(at + layout.account.exists) !== 0
    // Nonce, balance, code hash and storage root stand side by side, as the cache has them.
    const value = exists
      ? records.subarray(recordAt + layout.account.nonce, recordAt + layout.account.state)
      : undefined
    accounts.push({ address, value })
    if (!exists) continue
    for (let slot = u32(at + layout.account.slots); slot !== 0; slot = u32(slot + layout.slot.next)) {
      if (u32(slot + layout.slot.loaded) === 0) continue
      const value = m.copy(slot + layout.slot.value, 32).reverse()
      slots.push({ address, key: m.copy(slot + layout.slot.key, 32).reverse(), value })
    }
  }
  const { state, store } = m.source
  return {
    operations,
    advance() {
      store.remember(nodes)
      for (const { address, value } of accounts) if (value === undefined) state.putAccount(address, undefined)
      for (const { address, value } of accounts) if (value !== undefined) state.putAccount(address, value)
      for (const { address, key, value } of slots) state.putSlot(address, key, value)
      state.move(hexToBytes(stateRoot), { keep: true })
    },
  }
}
