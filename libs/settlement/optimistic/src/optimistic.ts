import {
  BaseError,
  bytesToHex,
  commitmentPrefixes,
  equalBytes,
  hexToBytes,
  keccak256,
  silentLogger,
  systemClock,
  type Address,
  type Assertion,
  type BatchRecord,
  type Clock,
  type Hash,
  type Hex,
  type InboxRules,
  type Logger,
  type Settlement,
  type SubmitOptions,
  type SubmitResult,
} from '@animechain/core'
import type { L1Addresses } from '@animechain/contracts'
import { assertionGameType } from '@animechain/contracts/config'
import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { disputeGameFactoryAbi } from '@animechain/contracts/DisputeGameFactory'
import { inboxAbi } from '@animechain/contracts/Inbox'
import { l1Sender, l1Transport, type L1Call, type L1Outcome, type L1Sender } from '@animechain/l1'
import {
  BaseError as ViemError,
  concatHex,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  createPublicClient,
  decodeEventLog,
  decodeFunctionData,
  encodeAbiParameters,
  encodeFunctionData,
  zeroHash,
  type Abi,
  type Account,
  type Kzg,
} from 'viem'
import { reading } from './failures.js'
import { recordReader } from './records.js'
import { viewReader } from './view.js'

/** Keys of the roles; each submission needs the one it is made by. */
export interface OptimisticAccounts {
  batcher?: Account
  proposer?: Account
  challenger?: Account
}

export interface OptimisticOptions {
  /** JSON-RPC of L1: one URL, or several of which `quorum` must agree (default: more than half). `chainId`: refused at the start where it is another. */
  l1: { rpcUrl: string | readonly string[]; quorum?: number; chainId?: number }
  contracts: Pick<L1Addresses, 'inbox' | 'optimismPortal' | 'disputeGameFactory' | 'memoryDa'>
  /** L1 block from which on the contracts exist; default 0 */
  startBlock?: bigint
  accounts?: OptimisticAccounts
  /** For blob transactions; `blobKzg` of `@animechain/da-blob` makes it in a thread. */
  kzg?: (blobs: readonly Uint8Array[]) => Promise<Kzg>
  /** L1 blocks asked for logs at once, unless L1 refuses so many; default 2,000 */
  logRange?: bigint
  /** milliseconds to wait for a transaction before it is sent again with higher fees; default 30,000 */
  resendAfterMs?: number
  logger?: Logger
  clock?: Clock
}

/** A look at L1 that hangs must end early enough for the next one. milliseconds */
const READ_TIMEOUT_MS = 8_000

const statuses = ['pending', 'rejected', 'accepted'] as const
const allAbis = [...inboxAbi, ...disputeGameFactoryAbi, ...assertionGameAbi] as Abi

/**
 * Optimistic settlement on an Ethereum L1: the inbox, assertions with bonds and a challenge period.
 * Reading needs no key. docs/spec/protocol.md 1 and 5.
 */
export function optimistic(options: OptimisticOptions): Settlement {
  const logger = (options.logger ?? silentLogger).child({ layer: 'settlement' })
  const clock = options.clock ?? systemClock
  const { inbox, optimismPortal: portal, disputeGameFactory: factory } = options.contracts
  const { rpcUrl, quorum } = options.l1
  const many = quorum === undefined ? {} : { quorum }
  // What is sent is worth waiting for; what is read is asked again.
  const transport = l1Transport(rpcUrl, { ...many, timeoutMs: 20_000 })
  const client = createPublicClient({
    transport: l1Transport(rpcUrl, { ...many, timeoutMs: READ_TIMEOUT_MS }),
    cacheTime: 0,
    pollingInterval: 250,
  })
  const startBlock = options.startBlock ?? 0n
  const inboxView = viewReader({ client, inbox, startBlock, clock, logger })
  const reader = recordReader({
    client,
    inbox,
    portal,
    startBlock,
    logRange: options.logRange ?? 2_000n,
    hashAt: (number) => inboxView.headerAt(number)?.hash,
  })
  const senders = new Map<Address, L1Sender>()

  function senderOf(account: Account): L1Sender {
    const key = account.address.toLowerCase() as Address
    let sender = senders.get(key)
    if (!sender) {
      sender = l1Sender({
        client: createPublicClient({ transport, cacheTime: 0, pollingInterval: 250 }),
        transport,
        account,
        logger,
        clock,
        resendAfterMs: options.resendAfterMs ?? 30_000,
        attempts: 6,
        ...(options.kzg ? { kzg: options.kzg } : {}),
      })
      senders.set(key, sender)
    }
    return sender
  }

  async function submit(
    role: keyof OptimisticAccounts | 'any' | 'bonds',
    call: Omit<L1Call, 'abi'>,
    submitOptions?: SubmitOptions,
  ): Promise<L1Outcome> {
    const { accounts = {} } = options
    const { batcher, proposer, challenger } = accounts
    const account =
      role === 'any'
        ? (batcher ?? proposer ?? challenger)
        : // What has to do with bonds does not make batches wait.
          role === 'bonds'
          ? (proposer ?? challenger ?? batcher)
          : accounts[role]
    if (!account)
      return {
        status: 'error',
        retryable: false,
        error: new BaseError(`There is no key to ${call.what}.`, {
          code: 'SETTLEMENT_NO_KEY',
          metaMessages: [
            `Expected accounts.${role === 'any' || role === 'bonds' ? 'batcher, proposer or challenger' : role}.`,
          ],
        }),
      }
    return senderOf(account).send({ ...call, abi: allAbis }, submitOptions)
  }

  const result = (outcome: L1Outcome): SubmitResult =>
    outcome.status === 'ok'
      ? { status: 'ok', location: { l1TransactionHash: outcome.hash, l1BlockNumber: outcome.blockNumber } }
      : outcome

  let cachedRules: InboxRules | undefined

  async function readAssertion(
    index: bigint,
    proxy: Address,
    blockTag: 'latest' | 'finalized',
  ): Promise<Assertion> {
    const game = { address: proxy, abi: assertionGameAbi, blockTag } as const
    const [
      batchIndex,
      batchAcc,
      blockNumber,
      outputRoot,
      asserter,
      bond,
      status,
      createdAt,
      challenger,
      challengePeriod,
    ] = await Promise.all([
      client.readContract({ ...game, functionName: 'batchIndex' }),
      client.readContract({ ...game, functionName: 'batchAcc' }),
      client.readContract({ ...game, functionName: 'l2BlockNumber' }),
      client.readContract({ ...game, functionName: 'rootClaim' }),
      client.readContract({ ...game, functionName: 'gameCreator' }),
      client.readContract({ ...game, functionName: 'bond' }),
      client.readContract({ ...game, functionName: 'status' }),
      client.readContract({ ...game, functionName: 'createdAt' }),
      client.readContract({ ...game, functionName: 'challenger' }),
      client.readContract({ ...game, functionName: 'challengePeriod' }),
    ])
    const word = statuses[status] ?? 'pending'
    return {
      id: proxy.toLowerCase() as Address,
      index,
      batchIndex,
      batchAcc,
      blockNumber,
      outputRoot,
      asserter: asserter.toLowerCase() as Address,
      bond,
      status: word === 'pending' && !/^0x0{40}$/.test(challenger) ? 'challenged' : word,
      createdAt,
      challengeDeadline: createdAt + challengePeriod,
    }
  }

  return {
    capabilities: {
      id: 'optimistic',
      attachments: ['calldata', 'blobs', 'evidence'],
      daPrefixes: [
        ...(options.contracts.memoryDa ? [commitmentPrefixes.memory] : []),
        commitmentPrefixes.calldata,
        commitmentPrefixes.blob,
      ],
    },
    async start() {
      const { chainId } = options.l1
      const actual = await reading('the chain id of L1', () => client.getChainId())
      if (chainId !== undefined && actual !== chainId)
        throw new BaseError(`The L1 of ${[rpcUrl].flat().join(', ')} is another chain.`, {
          code: 'SETTLEMENT_WRONG_CHAIN',
          metaMessages: [`Expected chain id ${chainId}, got ${actual}.`],
        })
      const code = await reading('the code of the inbox', () => client.getCode({ address: inbox }))
      if (!code || code === '0x')
        throw new BaseError(`There is no inbox at ${inbox} on the L1 of ${[rpcUrl].flat().join(', ')}.`, {
          code: 'SETTLEMENT_NO_CONTRACT',
          metaMessages: ['Is this the L1 of the deployment file? Was L1 reset after the deployment?'],
        })
    },
    async stop() {},

    async rules() {
      if (cachedRules) return cachedRules
      const at = { address: inbox, abi: inboxAbi } as const
      const [forceDelay, maxBlocks, maxDrift, maxLag] = await Promise.all([
        client.readContract({ ...at, functionName: 'forceDelay' }),
        client.readContract({ ...at, functionName: 'MAX_BLOCKS_PER_BATCH' }),
        client.readContract({ ...at, functionName: 'MAX_DRIFT' }),
        client.readContract({ ...at, functionName: 'MAX_LAG' }),
      ])
      return (cachedRules = {
        forceDelaySeconds: Number(forceDelay),
        maxBlocksPerBatch: Number(maxBlocks),
        maxDriftSeconds: Number(maxDrift),
        maxLagSeconds: Number(maxLag),
      })
    },

    view: () => reading('a view of the inbox', inboxView.view),
    accumulatorAt: (view, queue, count) =>
      reading('an accumulator of the inbox', () => inboxView.accumulatorAt(view, queue, count)),
    getBatches: (from, to) => reading('records of batches', () => reader.getBatches(from, to)),
    getDeposits: (from, to) => reading('records of deposits', () => reader.getDeposits(from, to)),

    async getBody(record: BatchRecord) {
      // Whether other kinds of data are valid is for their own readers to say.
      if (record.commitment[0] !== commitmentPrefixes.calldata || record.commitment.length !== 33)
        return { status: 'missing', authoritative: false }
      const hash = record.location.l1TransactionHash
      if (!hash) return { status: 'missing', authoritative: false }
      try {
        const { input } = await client.getTransaction({ hash })
        // The contract's decoder takes an offset to any word of zeros for an empty body; viem's wants a byte behind the arguments. A
        // body that no node can read would stop the chain, and anybody may force one.
        const { args } = decodeFunctionData({ abi: inboxAbi, data: concatHex([input, zeroHash]) })
        const evidence = args?.at(-1)
        if (typeof evidence !== 'string') return { status: 'missing', authoritative: false }
        const data = hexToBytes(evidence)
        return equalBytes(keccak256(data), record.commitment.subarray(1))
          ? { status: 'data', data }
          : { status: 'missing', authoritative: false }
      } catch (error) {
        if ((error as Error).name === 'TransactionNotFoundError')
          return { status: 'missing', authoritative: false }
        return { status: 'unavailable', error: error as Error }
      }
    },

    async appendBatch(header, { parentAcc, depositAcc }, commitment, attachment, _location, submitOptions) {
      if (!attachment)
        return {
          status: 'rejected',
          reason: 'the inbox takes evidence: expected an attachment of the DA backend, got none',
        }
      return result(
        await submit(
          'batcher',
          {
            what: `append the batch from block ${header.firstBlock}`,
            to: inbox,
            data: encodeFunctionData({
              abi: inboxAbi,
              functionName: 'appendBatch',
              args: [header, parentAcc, depositAcc, commitment[0]!, bytesToHex(attachment.evidence)],
            }),
            ...(attachment.type === 'blobs'
              ? { blobs: { blobs: attachment.blobs, versionedHashes: versionedHashes(commitment) } }
              : {}),
          },
          submitOptions,
        ),
      )
    },

    async forceBatch(body, { parentAcc, depositsKnown, depositAcc }, submitOptions) {
      return result(
        await submit(
          'any',
          {
            what: 'force a batch',
            to: inbox,
            data: encodeFunctionData({
              abi: inboxAbi,
              functionName: 'forceBatch',
              args: [parentAcc, depositsKnown, depositAcc, bytesToHex(body)],
            }),
          },
          submitOptions,
        ),
      )
    },

    async appendContext(submitOptions) {
      return result(
        await submit(
          'any',
          {
            what: 'append a context',
            to: inbox,
            data: encodeFunctionData({ abi: inboxAbi, functionName: 'appendContext' }),
          },
          submitOptions,
        ),
      )
    },

    async assert(claim, submitOptions) {
      const bond = await client.readContract({
        address: factory,
        abi: disputeGameFactoryAbi,
        functionName: 'initBonds',
        args: [assertionGameType],
      })
      const extraData = encodeAbiParameters(
        [{ type: 'uint256' }, { type: 'uint256' }, { type: 'bytes32' }],
        [claim.blockNumber, claim.batchIndex, claim.batchAcc],
      )
      const outcome = await submit(
        'proposer',
        {
          what: `assert batch ${claim.batchIndex}`,
          to: factory,
          value: bond,
          data: encodeFunctionData({
            abi: disputeGameFactoryAbi,
            functionName: 'create',
            args: [assertionGameType, claim.outputRoot, extraData],
          }),
        },
        submitOptions,
      )
      const id = outcome.status === 'ok' ? createdGame(outcome.logs) : undefined
      return { ...result(outcome), ...(id ? { id } : {}) }
    },

    assertionCount: ({ at = 'latest' } = {}) => gameCount(at),

    async getAssertions(from, limit, { at = 'latest' } = {}) {
      const count = await gameCount(at)
      const assertions: Assertion[] = []
      for (let index = from; index < count && index < from + BigInt(limit); index++) {
        const [gameType, , proxy] = await client.readContract({
          address: factory,
          abi: disputeGameFactoryAbi,
          functionName: 'gameAtIndex',
          args: [index],
          blockTag: at,
        })
        if (gameType === assertionGameType) assertions.push(await readAssertion(index, proxy, at))
      }
      return assertions
    },

    async challenge(id: Hex, submitOptions) {
      const game = id as Address
      const bond = await client.readContract({
        address: game,
        abi: assertionGameAbi,
        functionName: 'challengeBond',
      })
      return result(
        await submit(
          'challenger',
          {
            what: `challenge ${id}`,
            to: game,
            value: bond,
            data: encodeFunctionData({ abi: assertionGameAbi, functionName: 'challenge' }),
          },
          submitOptions,
        ),
      )
    },

    async decision(id: Hex) {
      try {
        const { result: status } = await client.simulateContract({
          address: id as Address,
          abi: assertionGameAbi,
          functionName: 'resolve',
        })
        const word = statuses[status]
        return word === 'pending' ? undefined : word
      } catch (error) {
        if (isRevert(error) || isAbsent(error)) return undefined
        throw error
      }
    },

    async resolve(id: Hex, submitOptions) {
      return result(
        await submit(
          'bonds',
          {
            what: `resolve ${id}`,
            to: id as Address,
            data: encodeFunctionData({ abi: assertionGameAbi, functionName: 'resolve' }),
          },
          submitOptions,
        ),
      )
    },

    async owed(id: Hex, { at = 'latest' } = {}) {
      const credits = await Promise.all(ownAddresses().map((account) => credit(id as Address, account, at)))
      return credits.reduce((sum, amount) => sum + amount, 0n)
    },

    async claim(id: Hex, submitOptions) {
      let last: SubmitResult = { status: 'rejected', reason: 'nothing is owed to the keys of this node' }
      for (const account of ownAddresses()) {
        if ((await credit(id as Address, account, 'latest')) === 0n) continue
        const data = encodeFunctionData({
          abi: assertionGameAbi,
          functionName: 'claimCredit',
          args: [account],
        })
        const call = { what: `claim the bond of ${id}`, to: id as Address, data }
        last = result(await submit('bonds', call, submitOptions))
        if (last.status !== 'ok') return last
      }
      return last
    },
  }

  function ownAddresses(): Address[] {
    const accounts: Account[] = Object.values(options.accounts ?? {})
    return [...new Set(accounts.map(({ address }) => address as Address))]
  }

  function credit(game: Address, account: Address, blockTag: 'latest' | 'finalized'): Promise<bigint> {
    const abi = assertionGameAbi
    return client
      .readContract({ address: game, abi, functionName: 'credit', args: [account], blockTag })
      .catch(noneIfAbsent)
  }

  /** A young L1 has no final block, or one from before the contracts: then there are no games there. */
  function gameCount(blockTag: 'latest' | 'finalized'): Promise<bigint> {
    return client
      .readContract({ address: factory, abi: disputeGameFactoryAbi, functionName: 'gameCount', blockTag })
      .catch((error: Error) => {
        if (blockTag === 'finalized' && (isAbsent(error) || /block not found/i.test(error.message))) return 0n
        throw error
      })
  }
}

/** Whether there is no contract, at that block. */
const isAbsent = (error: unknown): boolean =>
  error instanceof ViemError && error.walk((cause) => cause instanceof ContractFunctionZeroDataError) !== null

function noneIfAbsent(error: unknown): bigint {
  if (isAbsent(error)) return 0n
  throw error
}

const isRevert = (error: unknown): boolean =>
  error instanceof ViemError && error.walk((cause) => cause instanceof ContractFunctionRevertedError) !== null

function versionedHashes(commitment: Uint8Array): Hash[] {
  const hashes: Hash[] = []
  for (let at = 1; at + 32 <= commitment.length; at += 32)
    hashes.push(bytesToHex(commitment.subarray(at, at + 32)))
  return hashes
}

function createdGame(logs: readonly { topics: readonly Hex[]; data: Hex }[]): Hex | undefined {
  for (const log of logs) {
    try {
      const event = decodeEventLog({
        abi: disputeGameFactoryAbi,
        topics: log.topics as [Hex, ...Hex[]],
        data: log.data,
      })
      if (event.eventName === 'DisputeGameCreated') return event.args.disputeProxy.toLowerCase() as Hex
    } catch {
      // an event of another contract
    }
  }
  return undefined
}
