import {
  predeploys,
  bytesToHex,
  depositTransactionType,
  emptyBloom,
  emptyRequestsHash,
  emptyRootHash,
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
import type { DepositTransaction, SignedTransaction, Transaction } from '@animechain/tx'
import { ExecutionError } from './errors.js'
import { encodeReceipt, encodeWithdrawal, listRoot, logsBloom, sealHeader } from './header.js'
import { keccak } from './keccak.js'
import type { BlockEnvironment, Machine } from './machine.js'
import { l1Fee, runDeposit, runTransaction, systemCall, type Outcome } from './process.js'
import { requestsHash } from './requests.js'
import { blobBaseFee, nextBaseFee, nextExcessBlobGas, rulesAt, type Rules } from './rules.js'
import type { TraceStart } from '@animechain/execution-tracing'
import { decode, prepare, type Skip } from './validate.js'
import type { WorldState } from './worldState.js'

const BEACON_ROOTS_CONTRACT: Address = '0x000f3df6d732807ef1319fb7b8bb8522d0beac02'
const GWEI = 1_000_000_000n

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

/** What has become of a block so far. */
interface Progress {
  transactions: ExecutedTransaction[]
  skipped: SkippedTransaction[]
  /** gas */
  gasUsed: bigint
  /** blob gas */
  blobGasUsed: bigint
  /** Something else than a deposit stood in the block: none may follow. */
  depositsOver: boolean
}

type Added = { added: AddOutcome; outcome?: Outcome }

export function blockRun(options: BlockRunOptions) {
  const { environment, rules, machine } = options
  const progress: Progress = {
    transactions: [],
    skipped: [],
    gasUsed: 0n,
    blobGasUsed: 0n,
    depositsOver: false,
  }
  machine.setBlock(environment)
  return {
    environment,
    rules,
    gasUsed: () => progress.gasUsed,
    begin: () => begin(options),
    add: (raw: Uint8Array, sender?: Address) => add(options, progress, raw, sender),
    finish: () => finish(options, progress),
  }
}

/** System calls of the block's start. */
async function begin({ chain, parent, attributes, rules, machine }: BlockRunOptions): Promise<void> {
  if (attributes.systemCalls === false) return
  if (!chain.rollup)
    await systemCall(machine, BEACON_ROOTS_CONTRACT, hexToBytes(attributes.parentBeaconBlockRoot))
  if (rules.isPrague) await systemCall(machine, predeploys.historyStorage, hexToBytes(parent.hash))
}

async function add(
  run: BlockRunOptions,
  progress: Progress,
  raw: Uint8Array,
  sender: Address | undefined,
): Promise<Added> {
  const decoded = decode(raw)
  if ('skip' in decoded) {
    progress.depositsOver ||= raw[0] !== depositTransactionType
    return skip(progress, raw, decoded.skip)
  }
  const { transaction } = decoded
  if (transaction.type === depositTransactionType) return addDeposit(run, progress, raw, transaction)
  progress.depositsOver = true
  return addSigned(run, progress, raw, transaction, sender)
}

function skip(progress: Progress, raw: Uint8Array, { reason, detail }: Skip): Added {
  progress.skipped.push({ raw, reason })
  return { added: { status: 'skipped', reason, detail } }
}

function include(
  progress: Progress,
  raw: Uint8Array,
  from: Address,
  receipt: Receipt,
  outcome: Outcome,
): Added {
  const transaction = { hash: bytesToHex(keccak(raw)), from, raw, receipt }
  progress.transactions.push(transaction)
  return { added: { status: 'included', transaction }, outcome }
}

async function addDeposit(
  { chain, environment, machine, observe }: BlockRunOptions,
  progress: Progress,
  raw: Uint8Array,
  transaction: DepositTransaction,
): Promise<Added> {
  const { state } = machine
  if (!chain.rollup)
    return skip(progress, raw, { reason: 'depositNotAllowed', detail: 'only a rollup has deposits' })
  if (progress.depositsOver)
    return skip(progress, raw, {
      reason: 'depositNotAllowed',
      detail: 'deposits stand before all other transactions',
    })
  const depositNonce = state.account(transaction.from.slice(2))?.nonce ?? 0n
  const end = observe?.(
    startOf(transaction, transaction.from, environment, [], placeOf(progress, raw)),
    state,
  )
  const outcome = await runDeposit(machine, environment, transaction)
  end?.(outcome)
  progress.gasUsed += outcome.gasUsed
  const receipt = toReceipt(depositTransactionType, outcome, progress.gasUsed, 0n)
  receipt.depositNonce = depositNonce
  return include(progress, raw, transaction.from, receipt, outcome)
}

async function addSigned(
  { chain, environment, rules, machine, observe }: BlockRunOptions,
  progress: Progress,
  raw: Uint8Array,
  transaction: SignedTransaction,
  sender: Address | undefined,
): Promise<Added> {
  const { state } = machine
  const fee = l1Fee(chain, state, raw)
  const prepared = prepare(raw, transaction, {
    chain,
    rules,
    state,
    sender,
    l1Fee: fee?.l1Fee ?? 0n,
    room: {
      gasLimit: environment.gasLimit,
      gasUsed: progress.gasUsed,
      baseFeePerGas: environment.baseFeePerGas,
      blobBaseFee: environment.blobBaseFee,
      blobGasUsed: progress.blobGasUsed,
    },
  })
  if ('skip' in prepared) return skip(progress, raw, prepared.skip)
  const others = chain.rollup ? [chain.rollup.baseFeeVault, chain.rollup.l1FeeVault] : []
  const end = observe?.(
    startOf(transaction, prepared.sender, environment, others, placeOf(progress, raw)),
    state,
  )
  const outcome = await runTransaction(machine, chain, environment, prepared, fee)
  end?.(outcome)
  progress.gasUsed += outcome.gasUsed
  progress.blobGasUsed += prepared.blobGas
  const receipt = toReceipt(transaction.type, outcome, progress.gasUsed, prepared.gasPrice)
  if (fee !== undefined) receipt.l1Fee = fee
  return include(progress, raw, prepared.sender, receipt, outcome)
}

/** Ends the block; the state it leads to is in the result and not yet written. */
async function finish(run: BlockRunOptions, { transactions, skipped, gasUsed, blobGasUsed }: Progress) {
  const { chain, parent, attributes, environment, rules, excessBlobGas, machine } = run
  const { withdrawals } = attributes
  for (const { address, amount } of withdrawals ?? [])
    if (amount > 0n) machine.state.addBalance(address.slice(2).toLowerCase(), amount * GWEI)
  const logs = transactions.flatMap(({ receipt }) => receipt.logs)
  let requests: Hash | undefined
  if (rules.isPrague)
    requests =
      chain.rollup || attributes.systemCalls === false ? emptyRequestsHash : await requestsHash(machine, logs)
  const sealed = await machine.state.seal()
  const header: Header = {
    parentHash: parent.hash,
    beneficiary: environment.beneficiary,
    stateRoot: bytesToHex(sealed.root),
    transactionsRoot: listRoot(transactions.map(({ raw }) => raw)),
    receiptsRoot: listRoot(transactions.map(({ receipt }) => encodeReceipt(receipt))),
    logsBloom: logs.length === 0 ? emptyBloom : logsBloom(logs),
    number: environment.number,
    gasLimit: environment.gasLimit,
    gasUsed,
    timestamp: environment.timestamp,
    extraData: attributes.extraData,
    prevRandao: environment.prevRandao,
    baseFeePerGas: environment.baseFeePerGas,
    withdrawalsRoot: withdrawals ? listRoot(withdrawals.map(encodeWithdrawal)) : emptyRootHash,
    blobGasUsed,
    excessBlobGas,
    parentBeaconBlockRoot: attributes.parentBeaconBlockRoot,
    ...(requests && { requestsHash: requests }),
  }
  const block: ExecutedBlock = { header: sealHeader(header), transactions, skipped }
  if (withdrawals) block.withdrawals = withdrawals
  return { block, ...sealed }
}

/** Where a transaction that is about to run will stand. */
function placeOf({ transactions }: Progress, raw: Uint8Array): Pick<TraceStart, 'logIndex' | 'transaction'> {
  return {
    logIndex: transactions.reduce((sum, { receipt }) => sum + receipt.logs.length, 0),
    transaction: { raw, index: transactions.length },
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
    logsBloom: outcome.logs.length === 0 ? emptyBloom : logsBloom(outcome.logs),
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
