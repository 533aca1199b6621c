import {
  BaseError,
  batchAccumulator,
  bigIntToBytes,
  bytesToHex,
  commitmentPrefixes,
  concatBytes,
  depositAccumulator,
  emptyAccumulator,
  equalBytes,
  hexToBytes,
  keccak256,
  keccak256Hex,
  systemClock,
  zeroAddress,
  type Address,
  type Assertion,
  type AssertionReadOptions,
  type AssertionStatus,
  type BatchBase,
  type BatchHeader,
  type BatchRecord,
  type Clock,
  type Commitment,
  type DaLocation,
  type DepositEntry,
  type Hash,
  type Hex,
  type InboxRules,
  type L1BlockRef,
  type L1Context,
  type Settlement,
  type SubmitOptions,
  type SubmitResult,
} from '@animechain/core'

/** As the calldata adapter on L1. bytes */
const MAX_FORCED_BYTES = 120_000
/** A longer pause of the clock becomes one L1 block. */
const MAX_BLOCKS_AT_ONCE = 256
/** L1 blocks kept for reorgs; older ones cannot be taken back. */
const MAX_REORG_DEPTH = 4096

export interface MemorySettlementOptions {
  /** timestamp of the L2 genesis, seconds; default 0 */
  genesisTimestamp?: bigint
  clock?: Clock
  /** seconds between L1 blocks that come by themselves; 0: only {@link MemoryL1.mine} and submissions make blocks. Default 0. */
  blockTime?: number
  /** Blocks that `safe` and `finalized` are behind the head; default 1 and 2. */
  safeDistance?: bigint
  finalizedDistance?: bigint
  maxBlocksPerBatch?: number
  maxDriftSeconds?: number
  /** default 43,200 */
  maxLagSeconds?: number
  forceDelaySeconds?: number
  /** seconds after which a batch brings a context entry with it; default 60 */
  contextIntervalSeconds?: number
  /** default 60 */
  challengePeriodSeconds?: number
  /** L2 gas limit, gas; default 30,000,000 */
  gasLimit?: bigint
  baseFeeScalar?: number
  blobBaseFeeScalar?: number
  /** wei per gas; default 1 Gwei */
  baseFee?: bigint
  /** wei per blob gas; default 1 */
  blobBaseFee?: bigint
  /** Who asserts, as assertions show it. */
  asserter?: Address
}

/** A deposit as the portal would append it. */
export interface MemoryDeposit {
  from: Address
  to?: Address
  /** wei */
  mint?: bigint
  /** wei; default: `mint` */
  value?: bigint
  /** gas; default 100,000 */
  gasLimit?: bigint
  data?: Uint8Array
}

/** The controls of the L1 that is played here. */
export interface MemoryL1 {
  head(): L1BlockRef
  mine(blocks?: number): void
  /** Moves L1's time on top of the clock. seconds */
  increaseTime(seconds: number): void
  setFees(fees: { baseFee?: bigint; blobBaseFee?: bigint }): void
  /** Sets the L2 gas limit that contexts record from now on, as the operator would. gas */
  setGasLimit(gasLimit: bigint): void
  /** Appends a user deposit in a block of its own. */
  deposit(deposit: MemoryDeposit): DepositEntry
  /**
   * Replaces the newest `depth` blocks by `depth + 1` others. What they carried is gone; with `keepDeposits` the user deposits are mined again, in order,
   * in the new blocks. Returns what was dropped.
   */
  reorg(
    depth: number,
    options?: { keepDeposits?: boolean },
  ): { batches: BatchRecord[]; deposits: DepositEntry[] }
  /** Ends a dispute, as the proof system's contract would. */
  settleDispute(id: Hex, outcome: 'accepted' | 'rejected'): void
}

export interface MemorySettlement extends Settlement {
  readonly l1: MemoryL1
}

interface Checkpoint {
  cumulativeGas: bigint
  /** user deposits up to here */
  userDeposits: bigint
}
interface StoredAssertion {
  assertion: Assertion
  /** changes of status with the L1 block of each, for reorgs */
  history: { l1Block: bigint; status: AssertionStatus }[]
}

class Rejected extends Error {}

/**
 * Settlement in memory, with the inbox rules of docs/spec/protocol.md 1. Several nodes may share one object; `start` and `stop` do nothing.
 */
export function memory(options: MemorySettlementOptions = {}): MemorySettlement {
  const {
    genesisTimestamp = 0n,
    clock = systemClock,
    blockTime = 0,
    safeDistance = 1n,
    finalizedDistance = 2n,
    maxBlocksPerBatch = 8192,
    maxDriftSeconds = 600,
    maxLagSeconds = 43_200,
    forceDelaySeconds = 3600,
    contextIntervalSeconds = 60,
    challengePeriodSeconds = 60,
    baseFeeScalar = 1_000_000,
    blobBaseFeeScalar = 0,
    asserter = zeroAddress,
  } = options
  const genesisGasLimit = options.gasLimit ?? 30_000_000n
  let gasLimit = genesisGasLimit
  let baseFee = options.baseFee ?? 1_000_000_000n
  let blobBaseFee = options.blobBaseFee ?? 1n
  let offset = 0
  let fork = 0n

  const blockHash = (parent: Hash, number: bigint, timestamp: bigint): Hash =>
    keccak256Hex(
      concatBytes(
        hexToBytes(parent),
        bigIntToBytes(number, 8),
        bigIntToBytes(timestamp, 8),
        bigIntToBytes(fork, 8),
      ),
    )
  const now = (): bigint => BigInt(Math.floor(clock.now() / 1000) + offset)

  const start = now()
  /** The newest blocks, ascending; the first number is `blocks[0].number`. */
  const blocks: L1BlockRef[] = [
    { number: 1n, hash: blockHash(emptyAccumulator, 1n, start), timestamp: start },
  ]
  const batches: BatchRecord[] = []
  const deposits: DepositEntry[] = []
  const checkpoints: Checkpoint[] = []
  const assertions: StoredAssertion[] = []
  const bodies = new Map<string, Uint8Array>()
  let lastContextBlock = 0n

  const head = (): L1BlockRef => blocks[blocks.length - 1]!
  const back = (distance: bigint): L1BlockRef => blocks[Math.max(0, blocks.length - 1 - Number(distance))]!

  function mineOne(timestamp: bigint): L1BlockRef {
    const parent = head()
    const number = parent.number + 1n
    const at = timestamp > parent.timestamp ? timestamp : parent.timestamp + 1n
    blocks.push({ number, hash: blockHash(parent.hash, number, at), timestamp: at })
    if (blocks.length > MAX_REORG_DEPTH) blocks.shift()
    return head()
  }

  /** Blocks that time brought by itself. */
  function catchUp(): void {
    if (blockTime <= 0) return
    const step = BigInt(blockTime)
    let missing = (now() - head().timestamp) / step
    if (missing > MAX_BLOCKS_AT_ONCE) {
      mineOne(now() - step * BigInt(MAX_BLOCKS_AT_ONCE))
      missing = BigInt(MAX_BLOCKS_AT_ONCE)
    }
    for (; missing > 0n; missing--) mineOne(head().timestamp + step)
  }

  const checkpointAt = (count: bigint): Checkpoint =>
    count === 0n ? { cumulativeGas: 0n, userDeposits: 0n } : checkpoints[Number(count) - 1]!
  const depositAccAt = (count: bigint): Hash =>
    count === 0n ? emptyAccumulator : deposits[Number(count) - 1]!.acc
  const lastBatch = () => {
    const last = batches[batches.length - 1]
    return last
      ? {
          acc: last.acc,
          lastBlock: last.header.firstBlock + BigInt(last.header.blockCount) - 1n,
          lastTimestamp: last.header.lastTimestamp,
          depositsRead: last.header.depositsReadAfter,
        }
      : { acc: emptyAccumulator, lastBlock: 0n, lastTimestamp: genesisTimestamp, depositsRead: 0n }
  }
  const contextOf = (block: L1BlockRef): L1Context => ({
    number: block.number,
    timestamp: block.timestamp,
    baseFee,
    blobBaseFee,
    parentHash: blocks[blocks.length - 2]?.hash ?? emptyAccumulator,
    gasLimit,
    baseFeeScalar,
    blobBaseFeeScalar,
  })

  function append(
    entry: Pick<DepositEntry, 'kind' | 'from' | 'to' | 'opaqueData' | 'context'>,
    gas: bigint,
    block: L1BlockRef,
  ): DepositEntry {
    const index = BigInt(deposits.length)
    const before = checkpointAt(index)
    const stored: DepositEntry = { ...entry, index, acc: depositAccumulator(depositAccAt(index), entry) }
    if (entry.kind === 0) stored.label = { l1BlockHash: block.hash, logIndex: 0 }
    checkpoints.push({
      cumulativeGas: before.cumulativeGas + gas,
      userDeposits: before.userDeposits + (entry.kind === 0 ? 1n : 0n),
    })
    deposits.push(stored)
    return stored
  }

  function appendContextEntry(block: L1BlockRef): void {
    lastContextBlock = block.number
    append(
      {
        kind: 1,
        from: zeroAddress,
        to: zeroAddress,
        opaqueData: new Uint8Array(),
        context: contextOf(block),
      },
      0n,
      block,
    )
  }

  /** First user deposit at or after `read`. */
  const nextUserDeposit = (read: bigint): DepositEntry | undefined => {
    for (let i = Number(read); i < deposits.length; i++) if (deposits[i]!.kind === 0) return deposits[i]
    return undefined
  }
  const isForceable = (entry: DepositEntry, timestamp: bigint): boolean =>
    timestamp > entry.context.timestamp + BigInt(forceDelaySeconds)

  /** L2 gas limit of the block that reads entry `count - 1`. */
  const gasLimitAt = (count: bigint): bigint =>
    count === 0n ? genesisGasLimit : deposits[Number(count) - 1]!.context.gasLimit
  const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)
  const isBehind = (lastTimestamp: bigint, timestamp: bigint): boolean =>
    lastTimestamp + BigInt(maxLagSeconds) < timestamp

  function checkBase({ parentAcc, depositAcc }: BatchBase, count: bigint): void {
    const parent = lastBatch().acc
    if (parentAcc !== parent) throw new Rejected(`WrongParent: expected ${parent}, got ${parentAcc}`)
    if (count > BigInt(deposits.length))
      throw new Rejected(`OutOfRange: expected at most ${deposits.length} deposits, got ${count}`)
    const expected = depositAccAt(count)
    if (depositAcc !== expected)
      throw new Rejected(`WrongDeposits: expected ${expected} after ${count} entries, got ${depositAcc}`)
  }

  function checkHeader(header: BatchHeader, timestamp: bigint): void {
    const last = lastBatch()
    if (header.firstBlock !== last.lastBlock + 1n)
      throw new Rejected(
        `NotContiguous: expected first block ${last.lastBlock + 1n}, got ${header.firstBlock}`,
      )
    if (header.blockCount < 1 || header.blockCount > maxBlocksPerBatch)
      throw new Rejected(`BadBlockCount: expected 1 to ${maxBlocksPerBatch}, got ${header.blockCount}`)
    const earliest = last.lastTimestamp + BigInt(header.blockCount)
    if (header.lastTimestamp < earliest)
      throw new Rejected(`TimestampTooEarly: expected at least ${earliest}, got ${header.lastTimestamp}`)
    const latest = timestamp + BigInt(maxDriftSeconds)
    if (header.lastTimestamp > latest)
      throw new Rejected(`TimestampTooLate: expected at most ${latest}, got ${header.lastTimestamp}`)
    if (isBehind(header.lastTimestamp, timestamp))
      throw new Rejected(
        `TimestampTooOld: expected at least ${timestamp - BigInt(maxLagSeconds)}, got ${header.lastTimestamp}`,
      )
    const read = header.depositsReadAfter
    if (read < last.depositsRead || read > BigInt(deposits.length))
      throw new Rejected(`BadDepositsRead: expected ${last.depositsRead} to ${deposits.length}, got ${read}`)
    const before = checkpointAt(last.depositsRead).cumulativeGas
    const gas = checkpointAt(read).cumulativeGas - before
    const most = larger(gasLimitAt(last.depositsRead), gasLimitAt(read))
    if (gas > most) throw new Rejected(`TooMuchDepositGas: expected at most ${most}, got ${gas}`)
    const oldest = nextUserDeposit(read)
    if (
      oldest &&
      isForceable(oldest, timestamp) &&
      checkpointAt(oldest.index + 1n).cumulativeGas - before <=
        larger(gasLimitAt(last.depositsRead), oldest.context.gasLimit)
    )
      throw new Rejected(`MustReadDeposit: deposit ${oldest.index} waited too long`)
  }

  function pushBatch(
    header: BatchHeader,
    commitment: Commitment,
    block: L1BlockRef,
    location?: DaLocation,
  ): BatchRecord {
    const index = BigInt(batches.length)
    const context = contextOf(block)
    const record: BatchRecord = {
      index,
      header,
      commitment,
      context,
      acc: batchAccumulator(lastBatch().acc, {
        index,
        header,
        depositAcc: depositAccAt(header.depositsReadAfter),
        commitment,
        context,
      }),
      // Where the DA put the bytes, on an L1 of its own; else the transaction that is played here.
      location: location ?? {
        l1TransactionHash: keccak256Hex(concatBytes(hexToBytes(block.hash), commitment)),
        l1BlockNumber: block.number,
      },
      l1Block: block,
    }
    batches.push(record)
    const newest = deposits[deposits.length - 1]
    if (!newest || newest.context.timestamp + BigInt(contextIntervalSeconds) < block.timestamp)
      appendContextEntry(block)
    return record
  }

  /** Runs a transaction in a block of its own. A refused one leaves no block: it would not have been sent. */
  function submit<T extends object>(
    what: (timestamp: bigint) => () => T,
    submitOptions: SubmitOptions = {},
  ): SubmitResult & Partial<T> {
    catchUp()
    const { maxFeePerGas, maxFeePerBlobGas, signal } = submitOptions
    if (signal?.aborted)
      return {
        status: 'error',
        error: new BaseError('The submission was aborted.', { code: 'ABORTED' }),
        retryable: false,
      } as SubmitResult & Partial<T>
    if (
      (maxFeePerGas !== undefined && baseFee > maxFeePerGas) ||
      (maxFeePerBlobGas !== undefined && blobBaseFee > maxFeePerBlobGas)
    )
      return { status: 'feeTooHigh', baseFee, blobBaseFee } as SubmitResult & Partial<T>
    const timestamp = now() > head().timestamp ? now() : head().timestamp + 1n
    try {
      const run = what(timestamp)
      const block = mineOne(timestamp)
      const extra = run()
      return {
        status: 'ok',
        location: { l1BlockNumber: block.number },
        ...extra,
      } as unknown as SubmitResult & Partial<T>
    } catch (error) {
      if (error instanceof Rejected)
        return { status: 'rejected', reason: error.message } as SubmitResult & Partial<T>
      throw error
    }
  }

  const slice = <T>(list: readonly T[], from: bigint, to: bigint): T[] => {
    if (to > BigInt(list.length))
      throw new BaseError('L1 no longer has these records.', {
        code: 'SETTLEMENT_REORGED',
        metaMessages: [`Expected records up to ${to}, got ${list.length}.`],
      })
    return from >= to ? [] : list.slice(Number(from), Number(to))
  }
  const found = (id: Hex): StoredAssertion => {
    const stored = assertions.find((candidate) => candidate.assertion.id === id)
    if (!stored) throw new Rejected(`UnknownAssertion: ${id}`)
    return stored
  }
  const setStatus = (stored: StoredAssertion, status: AssertionStatus): void => {
    stored.assertion = { ...stored.assertion, status }
    stored.history.push({ l1Block: head().number, status })
  }

  const lastBlockAt = (at: AssertionReadOptions['at']): bigint =>
    at === 'finalized' ? back(finalizedDistance).number : head().number
  const assertionsAt = (at: AssertionReadOptions['at']): StoredAssertion[] =>
    assertions.filter(({ history }) => history[0]!.l1Block <= lastBlockAt(at))
  const statusAt = ({ history }: StoredAssertion, at: AssertionReadOptions['at']): AssertionStatus =>
    history.findLast(({ l1Block }) => l1Block <= lastBlockAt(at))!.status

  const l1: MemoryL1 = {
    head: () => {
      catchUp()
      return head()
    },
    mine(count = 1) {
      for (let i = 0; i < count; i++) mineOne(now())
    },
    increaseTime(seconds) {
      offset += seconds
    },
    setFees(fees) {
      baseFee = fees.baseFee ?? baseFee
      blobBaseFee = fees.blobBaseFee ?? blobBaseFee
    },
    setGasLimit(next) {
      gasLimit = next
    },
    deposit({ from, to, mint = 0n, value = mint, gasLimit: gas = 100_000n, data = new Uint8Array() }) {
      catchUp()
      const block = mineOne(now())
      const opaqueData = concatBytes(
        bigIntToBytes(mint, 32),
        bigIntToBytes(value, 32),
        bigIntToBytes(gas, 8),
        Uint8Array.of(to === undefined ? 1 : 0),
        data,
      )
      return append(
        { kind: 0, from, to: to ?? zeroAddress, opaqueData, context: contextOf(block) },
        gas,
        block,
      )
    },
    reorg(depth, { keepDeposits = false } = {}) {
      if (depth < 1 || depth >= blocks.length)
        throw new RangeError(`expected a depth of 1 to ${blocks.length - 1}, got ${depth}`)
      blocks.splice(blocks.length - depth)
      const cut = head().number
      fork++
      const keep = <T>(list: T[], number: (item: T) => bigint): T[] => {
        let length = list.length
        while (length > 0 && number(list[length - 1]!) > cut) length--
        return list.splice(length)
      }
      const droppedBatches = keep(batches, (batch) => batch.l1Block.number)
      const droppedDeposits = keep(deposits, (entry) => entry.context.number)
      checkpoints.length = deposits.length
      keep(assertions, (stored) => stored.history[0]!.l1Block)
      for (const stored of assertions) {
        while (stored.history[stored.history.length - 1]!.l1Block > cut) stored.history.pop()
        stored.assertion = {
          ...stored.assertion,
          status: stored.history[stored.history.length - 1]!.status,
        }
      }
      lastContextBlock = 0n
      const again = keepDeposits ? droppedDeposits.filter((entry) => entry.kind === 0) : []
      for (let i = 0; i <= depth; i++) {
        const block = mineOne(now())
        // Spread over the new blocks; what is left over goes into the last.
        const take = i === depth ? again.splice(0) : again.splice(0, 1)
        for (const entry of take) {
          const gas = BigInt(bytesToHex(entry.opaqueData.subarray(64, 72)))
          append({ ...entry, context: contextOf(block) }, gas, block)
        }
      }
      return { batches: droppedBatches, deposits: droppedDeposits }
    },
    settleDispute(id, outcome) {
      const stored = found(id)
      if (stored.assertion.status !== 'challenged')
        throw new RangeError(`expected a challenged assertion, got a ${stored.assertion.status} one`)
      mineOne(now())
      setStatus(stored, outcome)
    },
  }

  return {
    l1,
    capabilities: { id: 'memory', attachments: ['calldata'] },
    start: async () => {},
    stop: async () => {},

    rules: async (): Promise<InboxRules> => ({
      maxBlocksPerBatch,
      maxDriftSeconds,
      maxLagSeconds,
      forceDelaySeconds,
    }),

    async view() {
      catchUp()
      const { lastBlock, lastTimestamp, depositsRead } = lastBatch()
      const finalized = back(finalizedDistance)
      let finalizedBatchCount = batches.length
      while (finalizedBatchCount > 0 && batches[finalizedBatchCount - 1]!.l1Block.number > finalized.number)
        finalizedBatchCount--
      return {
        head: head(),
        safe: back(safeDistance),
        finalized,
        batchCount: BigInt(batches.length),
        depositCount: BigInt(deposits.length),
        proven: true,
        finalizedBatchCount: BigInt(finalizedBatchCount),
        lastBlock,
        lastTimestamp,
        depositsRead,
      }
    },

    getBatches: async (from, to) => slice(batches, from, to),
    getDeposits: async (from, to) => slice(deposits, from, to),

    async getBody(record) {
      if (record.commitment[0] !== commitmentPrefixes.calldata)
        return { status: 'missing', authoritative: false }
      const data = bodies.get(bytesToHex(record.commitment))
      return data ? { status: 'data', data } : { status: 'missing', authoritative: false }
    },

    appendBatch: async (header, base, commitment, attachment, location, submitOptions) =>
      submit((timestamp) => {
        checkHeader(header, timestamp)
        checkBase(base, header.depositsReadAfter)
        if (commitment.length === 0) throw new Rejected('BadCommitment: empty')
        if (attachment?.type === 'calldata') {
          const expected = concatBytes(
            Uint8Array.of(commitmentPrefixes.calldata),
            keccak256(attachment.evidence),
          )
          if (!equalBytes(expected, commitment)) throw new Rejected('BadCommitment: not that of the data')
          if (attachment.evidence.length > MAX_FORCED_BYTES)
            throw new Rejected(`TooLarge: ${attachment.evidence.length} bytes`)
        }
        return () => {
          const record = pushBatch(header, commitment, head(), location)
          if (attachment?.type === 'calldata') bodies.set(bytesToHex(commitment), attachment.evidence)
          return { location: record.location }
        }
      }, submitOptions),

    forceBatch: async (body, base, submitOptions) =>
      submit((timestamp) => {
        const last = lastBatch()
        const oldest = nextUserDeposit(last.depositsRead)
        const isOverdue = oldest !== undefined && isForceable(oldest, timestamp)
        if (!isOverdue && !isBehind(last.lastTimestamp, timestamp))
          throw new Rejected('NothingToForce: no user deposit has waited long enough, and L2 is not behind')
        checkBase(base, base.depositsKnown)
        if (body.length > MAX_FORCED_BYTES) throw new Rejected(`TooLarge: ${body.length} bytes`)
        const most = checkpointAt(last.depositsRead).cumulativeGas + gasLimitAt(last.depositsRead)
        let read = last.depositsRead
        while (read < BigInt(deposits.length) && checkpointAt(read + 1n).cumulativeGas <= most) read++
        const commitment = concatBytes(Uint8Array.of(commitmentPrefixes.calldata), keccak256(body))
        const next = last.lastTimestamp + 1n
        return () => {
          const record = pushBatch(
            {
              firstBlock: last.lastBlock + 1n,
              blockCount: 1,
              depositsReadAfter: read,
              lastTimestamp: timestamp > next ? timestamp : next,
            },
            commitment,
            head(),
          )
          bodies.set(bytesToHex(commitment), body)
          return { location: record.location }
        }
      }, submitOptions),

    appendContext: async (submitOptions) =>
      submit(() => {
        if (lastContextBlock === head().number + 1n) throw new Rejected('ContextAlreadyAppended')
        return () => {
          appendContextEntry(head())
          return {}
        }
      }, submitOptions),

    assert: async (claim, submitOptions) =>
      submit((timestamp) => {
        const batch = batches[Number(claim.batchIndex)]
        if (!batch) throw new Rejected(`UnknownBatch: ${claim.batchIndex}`)
        const last = batch.header.firstBlock + BigInt(batch.header.blockCount) - 1n
        if (batch.acc !== claim.batchAcc || last !== claim.blockNumber)
          throw new Rejected(`BatchMismatch: batch ${claim.batchIndex} ends at block ${last}`)
        const id = keccak256Hex(
          concatBytes(
            hexToBytes(claim.outputRoot),
            hexToBytes(claim.batchAcc),
            bigIntToBytes(claim.batchIndex, 32),
          ),
        )
        if (assertions.some(({ assertion }) => assertion.id === id))
          throw new Rejected(`AlreadyAsserted: ${id}`)
        return () => {
          assertions.push({
            assertion: {
              ...claim,
              id,
              index: BigInt(assertions.length),
              asserter,
              bond: 0n,
              status: 'pending',
              createdAt: timestamp,
              challengeDeadline: timestamp + BigInt(challengePeriodSeconds),
            },
            history: [{ l1Block: head().number, status: 'pending' }],
          })
          return { id }
        }
      }, submitOptions),

    getAssertions: async (from, limit, { at } = {}) =>
      assertionsAt(at)
        .slice(Number(from), Number(from) + limit)
        .map((stored) => ({ ...stored.assertion, status: statusAt(stored, at) })),
    assertionCount: async ({ at } = {}) => BigInt(assertionsAt(at).length),

    challenge: async (id, submitOptions) =>
      submit((timestamp) => {
        const stored = found(id)
        if (stored.assertion.status !== 'pending')
          throw new Rejected(`NotPending: ${stored.assertion.status}`)
        if (timestamp >= stored.assertion.challengeDeadline) throw new Rejected('ChallengePeriodOver')
        return () => {
          setStatus(stored, 'challenged')
          return {}
        }
      }, submitOptions),

    async decision(id) {
      const stored = assertions.find(({ assertion }) => assertion.id === id)
      if (stored?.assertion.status !== 'pending') return undefined
      return head().timestamp >= stored.assertion.challengeDeadline ? 'accepted' : undefined
    },

    // There are no bonds here.
    owed: async () => 0n,
    claim: async () => ({ status: 'rejected', reason: 'NoCredit' }),

    resolve: async (id, submitOptions) =>
      submit((timestamp) => {
        const stored = found(id)
        if (stored.assertion.status !== 'pending')
          throw new Rejected(`NotPending: ${stored.assertion.status}`)
        if (timestamp < stored.assertion.challengeDeadline) throw new Rejected('ChallengePeriodRunning')
        return () => {
          setStatus(stored, 'accepted')
          return {}
        }
      }, submitOptions),
  }
}
