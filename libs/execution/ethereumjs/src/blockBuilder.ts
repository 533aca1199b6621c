import {
  bytesToHex,
  hexToBytes,
  type AddOutcome,
  type Address,
  type BlockAttributes,
  type BlockBuilder,
  type ChainConfig,
  type ExecutedBlock,
  type ExecutedTransaction,
  type Hash,
  type Header,
  type Receipt,
  type SealedHeader,
  type SkippedTransaction,
} from '@animechain/core'
import type { Transaction } from '@animechain/tx'
import { ExecutionError } from './errors.js'
import { encodeReceipt, encodeWithdrawal, listRoot, logsBloom, sealHeader } from './header.js'
import { keccak } from './keccak.js'
import type { BlockEnvironment, Machine } from './machine.js'
import { l1Fee, runDeposit, runTransaction, systemCall, type Outcome } from './process.js'
import { EMPTY_REQUESTS_HASH, requestsHash } from './requests.js'
import { blobBaseFee, nextBaseFee, nextExcessBlobGas, rulesAt, type Rules } from './rules.js'
import { EMPTY_ROOT } from './trieRead.js'
import type { TraceStart } from '@animechain/execution-tracing'
import { decode, prepare } from './validate.js'
import type { WorldState } from './worldState.js'

const HISTORY_CONTRACT: Address = '0x0000f90827f1c53a10cb7a02335b175320002935'
const BEACON_ROOTS_CONTRACT: Address = '0x000f3df6d732807ef1319fb7b8bb8522d0beac02'
const MAX_EXTRA_DATA_BYTES = 32
const MAX_UINT64 = 0xffff_ffff_ffff_ffffn
/** yellow paper, 4.4.4 */
const MAX_GAS_LIMIT = (1n << 63n) - 1n
const GWEI = 1_000_000_000n
const EMPTY_BLOOM = `0x${'00'.repeat(256)}` as const
const WORD = /^0x[0-9a-f]{64}$/i

/** @throws EXECUTION_INVALID_ATTRIBUTES */
export function checkAttributes(chain: ChainConfig, parent: SealedHeader, attributes: BlockAttributes): void {
  const invalid = (what: string, expected: string, got: unknown): never => {
    throw new ExecutionError(
      `Invalid ${what} of a block: expected ${expected}, got ${got}.`,
      'EXECUTION_INVALID_ATTRIBUTES',
    )
  }
  if (attributes.number !== parent.number + 1n) invalid('number', `${parent.number + 1n}`, attributes.number)
  if (attributes.timestamp <= parent.timestamp || attributes.timestamp > MAX_UINT64)
    invalid('timestamp', `more than the parent's ${parent.timestamp}`, attributes.timestamp)
  if (attributes.gasLimit < 1n || attributes.gasLimit > MAX_GAS_LIMIT)
    invalid('gas limit', '1 to 2^63 - 1', attributes.gasLimit)
  if (
    !/^0x([0-9a-f]{2})*$/i.test(attributes.extraData) ||
    attributes.extraData.length > 2 + 2 * MAX_EXTRA_DATA_BYTES
  )
    invalid('extra data', `at most ${MAX_EXTRA_DATA_BYTES} bytes`, attributes.extraData)
  if (!/^0x[0-9a-f]{40}$/i.test(attributes.beneficiary))
    invalid('beneficiary', 'an address', attributes.beneficiary)
  if (!WORD.test(attributes.prevRandao)) invalid('prevRandao', '32 bytes', attributes.prevRandao)
  if (!WORD.test(attributes.parentBeaconBlockRoot))
    invalid('parentBeaconBlockRoot', '32 bytes', attributes.parentBeaconBlockRoot)
  if (attributes.baseFeePerGas !== undefined && attributes.baseFeePerGas < 0n)
    invalid('base fee', 'at least 0', attributes.baseFeePerGas)
  if (chain.rollup && attributes.withdrawals !== undefined && attributes.withdrawals.length > 0)
    invalid('withdrawals', 'none on a rollup', attributes.withdrawals.length)
}

/** What the instructions of a block see. */
export function environmentOf(
  chain: ChainConfig,
  parent: SealedHeader,
  attributes: BlockAttributes,
  blockHash: (number: bigint) => Hash | undefined,
): { rules: Rules; environment: BlockEnvironment; excessBlobGas: bigint } {
  const rules = rulesAt(chain, attributes.timestamp)
  const excessBlobGas = chain.rollup ? 0n : (attributes.excessBlobGas ?? nextExcessBlobGas(rules, parent))
  return {
    rules,
    excessBlobGas,
    environment: {
      number: attributes.number,
      timestamp: attributes.timestamp,
      beneficiary: attributes.beneficiary.toLowerCase() as Address,
      gasLimit: attributes.gasLimit,
      prevRandao: attributes.prevRandao,
      baseFeePerGas: attributes.baseFeePerGas ?? nextBaseFee(chain, parent),
      blobBaseFee: blobBaseFee(rules, excessBlobGas),
      blockHash: (number) =>
        number === parent.number
          ? parent.hash
          : number === parent.number - 1n
            ? parent.parentHash
            : blockHash(number),
    },
  }
}

export interface BlockRunOptions {
  chain: ChainConfig
  parent: SealedHeader
  attributes: BlockAttributes
  environment: BlockEnvironment
  rules: Rules
  excessBlobGas: bigint
  machine: Machine
  /** Called around every transaction that runs. */
  observe?(start: TraceStart, state: WorldState): ((outcome: Outcome) => void) | undefined
}

export function blockRun(options: BlockRunOptions) {
  const { chain, parent, attributes, environment, rules, excessBlobGas, machine, observe } = options
  const { state } = machine
  const transactions: ExecutedTransaction[] = []
  const skipped: SkippedTransaction[] = []
  let gasUsed = 0n
  const placeOf = (raw: Uint8Array) => ({
    logIndex: transactions.reduce((sum, { receipt }) => sum + receipt.logs.length, 0),
    transaction: { raw, index: transactions.length },
  })
  let blobGasUsed = 0n
  let depositsOver = false
  machine.setBlock(environment)

  const record = (raw: Uint8Array, from: Address, receipt: Receipt): ExecutedTransaction => {
    const executed = { hash: bytesToHex(keccak(raw)), from, raw, receipt }
    transactions.push(executed)
    return executed
  }

  return {
    environment,
    rules,
    gasUsed: () => gasUsed,

    /** System calls of the block's start. */
    async begin(): Promise<void> {
      if (attributes.systemCalls === false) return
      if (!chain.rollup)
        await systemCall(machine, BEACON_ROOTS_CONTRACT, hexToBytes(attributes.parentBeaconBlockRoot))
      if (rules.isPrague) await systemCall(machine, HISTORY_CONTRACT, hexToBytes(parent.hash))
    },

    async add(raw: Uint8Array, given?: Address): Promise<{ added: AddOutcome; outcome?: Outcome }> {
      const skip = (reason: SkippedTransaction['reason'], detail?: string): { added: AddOutcome } => {
        skipped.push({ raw, reason })
        return { added: { status: 'skipped', reason, detail } }
      }
      const decoded = decode(raw)
      if ('skip' in decoded) {
        depositsOver ||= raw[0] !== 0x7e
        return skip(decoded.skip.reason, decoded.skip.detail)
      }
      const { transaction } = decoded
      if (transaction.type === 0x7e) {
        if (!chain.rollup) return skip('depositNotAllowed', 'only a rollup has deposits')
        if (depositsOver) return skip('depositNotAllowed', 'deposits stand before all other transactions')
        const nonce = state.account(transaction.from.slice(2))?.nonce ?? 0n
        const end = observe?.(startOf(transaction, transaction.from, environment, [], placeOf(raw)), state)
        const outcome = await runDeposit(machine, rules, environment, transaction)
        end?.(outcome)
        gasUsed += outcome.gasUsed
        const receipt = toReceipt(0x7e, outcome, gasUsed, 0n)
        receipt.depositNonce = nonce
        return { added: { status: 'included', transaction: record(raw, transaction.from, receipt) }, outcome }
      }
      depositsOver = true
      const fee = l1Fee(chain, state, raw)
      const prepared = prepare(raw, transaction, {
        chain,
        rules,
        state,
        sender: given,
        l1Fee: fee?.l1Fee ?? 0n,
        room: {
          gasLimit: environment.gasLimit,
          gasUsed,
          baseFeePerGas: environment.baseFeePerGas,
          blobBaseFee: environment.blobBaseFee,
          blobGasUsed,
        },
      })
      if ('skip' in prepared) return skip(prepared.skip.reason, prepared.skip.detail)
      const others = chain.rollup ? [chain.rollup.baseFeeVault, chain.rollup.l1FeeVault] : []
      const end = observe?.(startOf(transaction, prepared.sender, environment, others, placeOf(raw)), state)
      const outcome = await runTransaction(machine, chain, environment, prepared, fee)
      end?.(outcome)
      gasUsed += outcome.gasUsed
      blobGasUsed += prepared.blobGas
      const receipt = toReceipt(transaction.type, outcome, gasUsed, prepared.gasPrice)
      if (fee !== undefined) receipt.l1Fee = fee
      return { added: { status: 'included', transaction: record(raw, prepared.sender, receipt) }, outcome }
    },

    /** Ends the block; the state it leads to is in the result and not yet written. */
    async finish() {
      const withdrawals = attributes.withdrawals
      for (const withdrawal of withdrawals ?? []) {
        if (withdrawal.amount > 0n)
          state.addBalance(withdrawal.address.slice(2).toLowerCase(), withdrawal.amount * GWEI)
      }
      const logs = transactions.flatMap((transaction) => transaction.receipt.logs)
      let requests: Hash | undefined
      if (rules.isPrague)
        requests =
          chain.rollup || attributes.systemCalls === false
            ? EMPTY_REQUESTS_HASH
            : await requestsHash(machine, logs)
      const sealed = await state.seal()
      const header: Header = {
        parentHash: parent.hash,
        beneficiary: environment.beneficiary,
        stateRoot: bytesToHex(sealed.root),
        transactionsRoot: listRoot(transactions.map((transaction) => transaction.raw)),
        receiptsRoot: listRoot(transactions.map((transaction) => encodeReceipt(transaction.receipt))),
        logsBloom: logs.length === 0 ? EMPTY_BLOOM : logsBloom(logs),
        number: environment.number,
        gasLimit: environment.gasLimit,
        gasUsed,
        timestamp: environment.timestamp,
        extraData: attributes.extraData,
        prevRandao: environment.prevRandao,
        baseFeePerGas: environment.baseFeePerGas,
        withdrawalsRoot: withdrawals ? listRoot(withdrawals.map(encodeWithdrawal)) : EMPTY_ROOT,
        blobGasUsed,
        excessBlobGas,
        parentBeaconBlockRoot: attributes.parentBeaconBlockRoot,
        requestsHash: requests,
      }
      if (requests === undefined) delete header.requestsHash
      const block: ExecutedBlock = { header: sealHeader(header), transactions, skipped }
      if (withdrawals) block.withdrawals = withdrawals
      return { block, ...sealed }
    },
  }
}

function startOf(
  transaction: Transaction,
  from: Address,
  environment: BlockEnvironment,
  others: readonly Address[],
  place: Pick<TraceStart, 'logIndex' | 'transaction'>,
): TraceStart {
  return {
    from,
    to: transaction.to,
    value: transaction.value,
    data: transaction.data,
    gas: transaction.gasLimit,
    beneficiary: environment.beneficiary,
    others,
    ...place,
  }
}

function toReceipt(
  type: number,
  outcome: Outcome,
  cumulativeGasUsed: bigint,
  effectiveGasPrice: bigint,
): Receipt {
  const receipt: Receipt = {
    type,
    status: outcome.success ? 1 : 0,
    gasUsed: outcome.gasUsed,
    cumulativeGasUsed,
    logs: outcome.logs,
    logsBloom: outcome.logs.length === 0 ? EMPTY_BLOOM : logsBloom(outcome.logs),
    effectiveGasPrice,
  }
  if (outcome.contractAddress !== undefined) receipt.contractAddress = outcome.contractAddress
  return receipt
}

/** The public builder over a {@link blockRun}. */
export function blockBuilder(
  run: ReturnType<typeof blockRun>,
  attributes: BlockAttributes,
  hooks: {
    persist(sealed: Awaited<ReturnType<typeof run.finish>>): Promise<void>
    end(broken?: boolean): void
  },
): BlockBuilder {
  let ended = false
  const assertOpen = () => {
    if (ended) throw new ExecutionError('The block has ended.', 'EXECUTION_CLOSED')
  }
  const end = (broken?: boolean) => {
    ended = true
    hooks.end(broken)
  }
  return {
    attributes,
    baseFeePerGas: run.environment.baseFeePerGas,
    get gasUsed() {
      return run.gasUsed()
    },
    async add(raw, options) {
      assertOpen()
      try {
        return (await run.add(raw, options?.sender)).added
      } catch (error) {
        // The machine may be in the middle of a message: nothing may be built on it.
        end(true)
        throw error
      }
    },
    async seal() {
      assertOpen()
      try {
        const sealed = await run.finish()
        await hooks.persist(sealed)
        end()
        return sealed.block
      } catch (error) {
        end(true)
        throw error
      }
    },
    async abort() {
      if (!ended) end()
    },
  }
}
