import {
  BaseError,
  outputRoot,
  predeploys,
  rollupChain,
  type Address,
  type BlockInput,
  type ChainBlock,
  type ChainEvent,
  type ChainReader,
  type ExecutedBlock,
  type ExecutionEngine,
  type GenesisAccount,
  type Hash,
  type KeyValueStore,
  type PooledTransaction,
  type SealedHeader,
  type TransactionPool,
} from '@animechain/core'
import { decodeTransaction, encodeDeposit, recoverSender, transactionHash } from '@animechain/tx'
import type { RpcBackend } from '../src/backend.js'
import { rawBlock } from '../src/raw.js'

const ZERO: Hash = `0x${'00'.repeat(32)}`
export const chainId = 31_337_001n
export const depositor: Address = '0x00000000000000000000000000000000000000dd'

export interface MiniChain {
  backend: RpcBackend
  chain: ChainReader
  pool: TransactionPool
  /** Builds one block of what waits, deposits first. */
  mine(options?: { deposits?: Uint8Array[]; timestamp?: bigint }): Promise<ChainBlock>
  /** Takes the newest blocks off and builds as many others. */
  reorg(depth: number): Promise<void>
  /** Mines soon after each transaction. */
  automine: boolean
  /** Those who hear of blocks: subscriptions, and all filters together as one. */
  readonly listeners: number
}

/** A deposit that mints to a recipient. */
export function deposit(to: Address, mint: bigint, seed: number): Uint8Array {
  return encodeDeposit({
    sourceHash: `0x${seed.toString(16).padStart(64, '0')}`,
    from: depositor,
    to,
    mint,
    value: mint,
    gasLimit: 100_000n,
    isSystemTx: false,
    data: new Uint8Array(0),
  })
}

/** The least chain that is real: an engine, a list of blocks, a pool in order of arrival. */
export async function miniChain(options: {
  engine: ExecutionEngine
  storage: KeyValueStore
  alloc: Record<Address, GenesisAccount>
}): Promise<MiniChain> {
  const { engine } = options
  const config = rollupChain({ chainId })
  let blocks: (ChainBlock & { input?: BlockInput })[] = []
  const listeners = new Set<(event: ChainEvent) => void>()
  const poolListeners = new Set<(transaction: PooledTransaction) => void>()
  let waiting: PooledTransaction[] = []
  let mining: Promise<unknown> = Promise.resolve()
  let branch = 0

  await options.storage.start()
  const genesis = await engine.open({
    chain: config,
    genesis: {
      timestamp: 1_700_000_000n,
      gasLimit: 30_000_000n,
      baseFeePerGas: 1_000_000_000n,
      prevRandao: ZERO,
      extraData: '0x',
      beneficiary: predeploys.sequencerFeeVault,
      alloc: options.alloc,
    },
    storage: options.storage,
    blockHash: (number) => blocks[Number(number)]?.header.hash,
  })
  const stored = (header: SealedHeader, executed?: ExecutedBlock, input?: BlockInput) => {
    const block = { header, transactions: executed?.transactions ?? [], size: 0, input }
    return { ...block, size: rawBlock(block).length }
  }
  blocks = [stored(genesis)]
  const head = () => blocks[blocks.length - 1]!.header

  const chain: ChainReader = {
    head: (tag) =>
      tag === 'latest' ? head() : tag === 'safe' ? blocks[Math.max(0, blocks.length - 2)]!.header : genesis,
    headerByNumber: (number) => blocks[Number(number)]?.header,
    headerByHash: (hash) => blocks.find((block) => block.header.hash === hash)?.header,
    blockByHash: (hash) => blocks.find((block) => block.header.hash === hash),
    blockByNumber: (number) => blocks[Number(number)],
    transaction: (hash) => {
      for (const block of blocks) {
        const index = block.transactions.findIndex((transaction) => transaction.hash === hash)
        if (index >= 0) return { block, index }
      }
      return undefined
    },
    blockInput: (hash) => blocks.find((block) => block.header.hash === hash)?.input,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const emit = (event: ChainEvent) => {
    for (const listener of listeners) listener(event)
  }

  async function build(
    parent: SealedHeader,
    deposits: readonly Uint8Array[],
    taken: readonly PooledTransaction[],
    timestamp?: bigint,
  ) {
    const attributes = {
      number: parent.number + 1n,
      timestamp: timestamp ?? parent.timestamp + 2n,
      beneficiary: predeploys.sequencerFeeVault,
      gasLimit: 30_000_000n,
      prevRandao: ZERO,
      extraData: '0x' as const,
      parentBeaconBlockRoot: ZERO,
    }
    const builder = await engine.openBlock(parent, attributes)
    for (const raw of deposits) await builder.add(raw)
    for (const { raw, from } of taken) await builder.add(raw, { sender: from })
    const executed = await builder.seal()
    const input = { ...attributes, transactions: executed.transactions.map(({ raw }) => raw) }
    return stored(executed.header, executed, input)
  }

  const stateNonce = async (address: Address) =>
    (await engine.stateAt(head()).getAccount(address))?.nonce ?? 0n
  const pool: TransactionPool = {
    async add(raw) {
      const tx = decodeTransaction(raw)
      if (tx.type === 0x7e) throw new BaseError('transaction type not supported', { code: 'POOL_TYPE' })
      const hash = transactionHash(raw)
      const from = recoverSender(raw)
      if (tx.nonce < (await stateNonce(from)))
        throw new BaseError('nonce too low', { code: 'POOL_NONCE_TOO_LOW' })
      // After the last await: of two at the same time the second is the known one.
      if (waiting.some((known) => known.hash === hash))
        throw new BaseError('already known', { code: 'POOL_KNOWN' })
      const pooled = { hash, from, nonce: tx.nonce, raw }
      waiting.push(pooled)
      for (const listener of poolListeners) listener(pooled)
      if (mini.automine) setTimeout(() => void mini.mine(), 5)
      return hash
    },
    get: (hash) => waiting.find((known) => known.hash === hash),
    async pendingNonce(address) {
      let nonce = await stateNonce(address)
      while (waiting.some((known) => known.from === address && known.nonce === nonce)) nonce++
      return nonce
    },
    content: () => ({ pending: [...waiting], queued: [] }),
    subscribe(listener) {
      poolListeners.add(listener)
      return () => poolListeners.delete(listener)
    },
  }

  const mini: MiniChain = {
    automine: false,
    get listeners() {
      return listeners.size
    },
    chain,
    pool,
    backend: {
      chainConfig: config,
      chain,
      pool,
      engine,
      syncStatus: () => ({
        l1: { head: 12n, safe: 11n, finalized: 10n },
        l2: { unsafe: head(), safe: chain.head('safe'), finalized: chain.head('finalized') },
        batchCount: 3n,
        safeBatch: 2n,
      }),
      async outputAt(number) {
        const header = chain.headerByNumber(number)!
        const passer = await engine.stateAt(header).getProof(predeploys.l2ToL1MessagePasser, [])
        const withdrawalStorageRoot = passer.storageRoot
        return {
          blockHash: header.hash,
          stateRoot: header.stateRoot,
          withdrawalStorageRoot,
          outputRoot: outputRoot({
            stateRoot: header.stateRoot,
            messagePasserStorageRoot: withdrawalStorageRoot,
            blockHash: header.hash,
          }),
        }
      },
    },
    mine({ deposits = [], timestamp } = {}) {
      const job = mining.then(async () => {
        const taken = waiting.toSorted((a, b) => Number(a.nonce - b.nonce))
        const block = await build(head(), deposits, taken, timestamp)
        const included = new Set(block.transactions.map(({ hash }) => hash))
        waiting = waiting.filter(({ hash }) => !included.has(hash))
        blocks.push(block)
        emit({ removed: [], added: [block] })
        return block
      })
      mining = job.catch(() => undefined)
      return job
    },
    async reorg(depth) {
      await mining
      const removed = blocks.splice(blocks.length - depth)
      const added: typeof blocks = []
      branch++
      for (let i = 0; i < depth; i++) {
        const parent = added[i - 1]?.header ?? head()
        added.push(await build(parent, [], [], parent.timestamp + 3n + BigInt(branch)))
      }
      blocks.push(...added)
      emit({ removed: removed.reverse(), added })
    },
  }
  return mini
}
