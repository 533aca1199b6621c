import {
  depositTransactionType,
  emptyBloom,
  hexToBytes,
  nextBaseFee,
  nextExcessBlobGas,
  rulesAt,
  skipReasons,
  type Address,
  type AddOutcome,
  type BlockAttributes,
  type ChainConfig,
  type ExecutedBlock,
  type ExecutedTransaction,
  type Hash,
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

/** First status of the guest that is no success (assembly/evm/frame.ts). */
export const REVERTED = 2
const reasons = new Map<number, SkipReason>(
  Object.entries(skipReasons).map(([name, number]) => [number, name as SkipReason]),
)

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
  const headerAt = e.blockHeader() >>> 0
  let gasUsed = 0n

  m.setBlock(chain, environment)
  m.bytes().set(hexToBytes(parent.stateRoot), headerAt + layout.header.stateRoot)
  e.openBlock(headerAt + layout.header.stateRoot)

  return {
    gasUsed: () => gasUsed,

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
      const transaction = readTransaction(m, chain, raw, sender)
      gasUsed = transaction.receipt.cumulativeGasUsed
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
      const block: ExecutedBlock = {
        header: readHeader(m, parent, attributes, environment),
        transactions,
        skipped,
      }
      if (attributes.withdrawals) block.withdrawals = attributes.withdrawals
      return { block, changes: readChanges(m, block.header.stateRoot) }
    },
  }
}

/** What the guest says of the transaction that it has just included. */
function readTransaction(
  m: Machine,
  chain: ChainConfig,
  raw: Uint8Array,
  sender: Address | undefined,
): ExecutedTransaction {
  const e = m.exports
  const tx = e.lastTransaction() >>> 0
  const at = e.transactionResult() >>> 0
  const view = m.view()
  const type = view.getUint32(tx + layout.transaction.type, true)
  const logs = readLogs(m)
  const receipt: Receipt = {
    type,
    status: view.getInt32(at + layout.result.status, true) < REVERTED ? 1 : 0,
    gasUsed: view.getBigUint64(at + layout.result.gasUsed, true),
    cumulativeGasUsed: view.getBigUint64((e.blockContext() >>> 0) + layout.block.gasUsed, true),
    logs,
    logsBloom: logs.length === 0 ? emptyBloom : m.hex(e.lastBloom() >>> 0, 256),
    effectiveGasPrice: m.readWord(at + layout.result.gasPrice),
  }
  if (view.getUint32(at + layout.result.hasContract, true) !== 0)
    receipt.contractAddress = m.hex(at + layout.result.contract, 20)
  if (type === depositTransactionType)
    receipt.depositNonce = view.getBigUint64(at + layout.result.depositNonce, true)
  else if (chain.rollup)
    receipt.l1Fee = {
      l1Fee: m.readWord(at + layout.result.l1Fee),
      l1GasUsed: view.getBigUint64(at + layout.result.l1GasUsed, true),
      l1GasPrice: m.readWord(at + layout.result.l1BaseFee),
      l1BlobBaseFee: m.readWord(at + layout.result.l1BlobBaseFee),
      baseFeeScalar: view.getUint32(at + layout.result.l1BaseFeeScalar, true),
      blobBaseFeeScalar: view.getUint32(at + layout.result.l1BlobBaseFeeScalar, true),
    }
  const from = (sender?.toLowerCase() as Address | undefined) ?? m.hex(tx + layout.transaction.sender, 20)
  return { hash: m.hex(tx + layout.transaction.hash, 32), from, raw, receipt }
}

/** The header of the block that the guest has just sealed. */
function readHeader(
  m: Machine,
  parent: SealedHeader,
  attributes: BlockAttributes,
  environment: Environment,
): SealedHeader {
  const at = m.exports.blockHeader() >>> 0
  const view = m.view()
  const word = (offset: number): Hash => m.hex(at + offset, 32)
  return {
    parentHash: parent.hash,
    beneficiary: environment.beneficiary,
    stateRoot: word(layout.header.stateRoot),
    transactionsRoot: word(layout.header.transactionsRoot),
    receiptsRoot: word(layout.header.receiptsRoot),
    logsBloom: m.hex(at + layout.header.bloom, 256),
    number: environment.number,
    gasLimit: environment.gasLimit,
    gasUsed: view.getBigUint64(at + layout.header.gasUsed, true),
    timestamp: environment.timestamp,
    extraData: attributes.extraData,
    prevRandao: environment.prevRandao,
    baseFeePerGas: environment.baseFeePerGas,
    withdrawalsRoot: word(layout.header.withdrawalsRoot),
    blobGasUsed: view.getBigUint64(at + layout.header.blobGasUsed, true),
    excessBlobGas: environment.excessBlobGas,
    parentBeaconBlockRoot: attributes.parentBeaconBlockRoot,
    ...(environment.rules.isPrague && { requestsHash: word(layout.header.requestsHash) }),
    hash: word(layout.header.hash),
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
