import {
  bigIntToBytes,
  bytesToBigInt,
  bytesToHex,
  concatBytes,
  hexToBytes,
  keccak256,
  orderedBytesMap,
  predeploys,
  rollupChain,
  type Address,
  type BlockAttributes,
  type ChainConfig,
  type ExecutedBlock,
  type ExecutionEngine,
  type Genesis,
  type Hash,
  type Hex,
  type KeyValueStore,
  type SealedHeader,
} from '@animechain/core'
import {
  encodeDeposit,
  encodeTransaction,
  rlpEncode,
  signingHash,
  uintToBytes,
  type AccessList,
  type Authorization,
  type DepositTransaction,
} from '@animechain/tx'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { equal } from '../assert.js'

// What the suite of `ExecutionEngine` runs its promises on: a small rollup with accounts, contracts and a store of its own.

export const ZERO_HASH: Hash = `0x${'00'.repeat(32)}`
export const CHAIN_ID = 31_337n
export const GWEI = 1_000_000_000n
export const ETHER = 10n ** 18n

export const EMPTY_ROOT: Hash = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
export const EMPTY_CODE: Hash = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'
export const EMPTY_REQUESTS: Hash = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
/** returns the word 42 */
export const RUNTIME = '602a60005260206000f3'
export const INIT = `0x69${RUNTIME}600052600a6016f3` as const
export const STRANGER: Address = `0x${'5'.repeat(40)}`

export const slot = (index: bigint | number): Hash => `0x${BigInt(index).toString(16).padStart(64, '0')}`

/** A key-value store in memory, whose entries the tests may take away. */
export function plainStore(): KeyValueStore & { keys(): Uint8Array[] } {
  const map = orderedBytesMap()
  return {
    id: 'plain',
    async start() {},
    async stop() {},
    get: (key) => map.get(key),
    async batch(operations) {
      for (const operation of operations) {
        if (operation.type === 'put') map.set(operation.key, operation.value.slice())
        else map.delete(operation.key)
      }
    },
    iterate: (range) => map.entries(range),
    keys: () => [...map.entries()].map(([key]) => key),
  }
}

export interface Account {
  address: Address
  sign(tx: Unsigned): Uint8Array
  authorize(address: Address, nonce: bigint, chainId?: bigint): Authorization
}

/** A transaction with everything at a usual value. */
export interface Unsigned {
  type?: 0 | 1 | 2 | 3 | 4
  chainId?: bigint
  nonce: bigint
  gasLimit?: bigint
  gasPrice?: bigint
  maxFeePerGas?: bigint
  maxPriorityFeePerGas?: bigint
  to?: Address
  value?: bigint
  data?: Hex
  accessList?: AccessList
  authorizationList?: Authorization[]
  blobVersionedHashes?: Hash[]
}

/** An account with a key made of a number. Signatures are those of RFC 6979: the same every time. */
export function account(seed: number): Account {
  const key = bigIntToBytes(BigInt(seed) + 1n, 32)
  const point = secp256k1.getPublicKey(key, false)
  const signHash = (hash: Hash) => {
    const signature = secp256k1.sign(hexToBytes(hash), key, { prehash: false, format: 'recovered' })
    return {
      yParity: signature[0]! as 0 | 1,
      r: bytesToBigInt(signature.subarray(1, 33)),
      s: bytesToBigInt(signature.subarray(33)),
    }
  }
  return {
    address: bytesToHex(keccak256(point.subarray(1)).subarray(12)),
    sign(given) {
      const common = {
        chainId: given.chainId ?? CHAIN_ID,
        nonce: given.nonce,
        gasLimit: given.gasLimit ?? 100_000n,
        value: given.value ?? 0n,
        data: hexToBytes(given.data ?? '0x'),
        accessList: given.accessList ?? [],
        maxFeePerGas: given.maxFeePerGas ?? 10n * GWEI,
        maxPriorityFeePerGas: given.maxPriorityFeePerGas ?? GWEI,
        gasPrice: given.gasPrice ?? 10n * GWEI,
      }
      const type = given.type ?? 2
      const unsigned =
        type === 3
          ? {
              ...common,
              type,
              to: given.to!,
              maxFeePerBlobGas: 1n,
              blobVersionedHashes: given.blobVersionedHashes ?? [],
            }
          : type === 4
            ? { ...common, type, to: given.to!, authorizationList: given.authorizationList ?? [] }
            : { ...common, type, to: given.to }
      const { yParity, r, s } = signHash(signingHash(unsigned as never))
      const v = common.chainId * 2n + 35n + BigInt(yParity)
      return encodeTransaction({ ...unsigned, yParity, v, r, s } as never)
    },
    authorize(address, nonce, chainId = CHAIN_ID) {
      const payload = rlpEncode([uintToBytes(chainId), hexToBytes(address), uintToBytes(nonce)])
      const hash = bytesToHex(keccak256(concatBytes(Uint8Array.of(5), payload)))
      return { chainId, address, nonce, ...signHash(hash) }
    },
  }
}

export const alice = account(1)
export const bob = account(2)
/** Has code: EIP-3607. */
export const robot = account(3)
/** Has the highest nonce. */
export const exhausted = account(4)
export const pauper = account(5)

const at = (number: number): Address => `0x${number.toString(16).padStart(40, 'c')}`

/** Contracts, written by hand. */
export const contracts = {
  /** adds one to slot 0 */
  counter: { address: at(1), code: '0x60005460010160005500' },
  /** reverts with the word 42 */
  reverter: { address: at(2), code: '0x602a60005260206000fd' },
  /** logs the word 42 under the topic 0xaa */
  logger: { address: at(3), code: '0x602a60005260aa60206000a100' },
  invalid: { address: at(4), code: '0xfe' },
  loop: { address: at(5), code: '0x5b600056' },
  /** REVERT of 2^256 - 1 bytes: runs out of gas, and must not do more */
  hugeRevert: { address: at(6), code: `0x7f${'ff'.repeat(32)}6000fd` },
  /** gives CALLER, CALLVALUE, NUMBER, TIMESTAMP, BASEFEE, GASPRICE */
  teller: {
    address: at(7),
    code: '0x33600052346020524360405242606052486080523a60a05260c06000f3',
  },
  /** calls the counter, then stores BLOCKHASH(NUMBER - 1) in slot 1 */
  caller: { address: at(8), code: `0x6000600060006000600073${at(1).slice(2)}5af150600143034060015500` },
  /** clears slot 0, which is 1: a refund */
  clearer: { address: at(9), code: '0x600060005500' },
} as const satisfies Record<string, { address: Address; code: Hex }>

/** EIP-2935's contract. */
const HISTORY_CODE: Hex =
  '0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500'

/** L1Block's storage: what docs/spec/contracts.md says of its slots. */
export const l1 = {
  baseFee: 20n * GWEI,
  blobBaseFee: 3n * GWEI,
  baseFeeScalar: 1_368,
  blobBaseFeeScalar: 810_949,
}

export const genesis: Genesis = {
  timestamp: 1_000n,
  gasLimit: 30_000_000n,
  baseFeePerGas: GWEI,
  prevRandao: slot(7),
  extraData: '0x',
  beneficiary: predeploys.sequencerFeeVault,
  alloc: {
    [alice.address]: { balance: 100n * ETHER },
    [bob.address]: { balance: ETHER },
    [robot.address]: { balance: ETHER, code: '0x00' },
    [exhausted.address]: { balance: ETHER, nonce: 2n ** 64n - 1n },
    [pauper.address]: { balance: 1n },
    ...Object.fromEntries(Object.values(contracts).map(({ address, code }) => [address, { code }])),
    [contracts.clearer.address]: { code: contracts.clearer.code, storage: { [slot(0)]: slot(1) } },
    [predeploys.historyStorage]: { code: HISTORY_CODE, nonce: 1n },
    [predeploys.l1Block]: {
      storage: {
        [slot(0)]: slot(l1.baseFee),
        [slot(1)]: slot(l1.blobBaseFee),
        [slot(2)]: slot((BigInt(l1.blobBaseFeeScalar) << 32n) | BigInt(l1.baseFeeScalar)),
      },
      code: '0x00',
    },
  },
}

/** docs/spec/protocol.md, section 4, written down a second time. */
export function expectedL1Fee(raw: Uint8Array): { l1Fee: bigint; l1GasUsed: bigint } {
  const l1GasUsed = raw.reduce((sum, byte) => sum + (byte === 0 ? 4n : 16n), 0n)
  const price = 16n * BigInt(l1.baseFeeScalar) * l1.baseFee + BigInt(l1.blobBaseFeeScalar) * l1.blobBaseFee
  return { l1GasUsed, l1Fee: (l1GasUsed * price) / 16_000_000n }
}

export function deposit(given: Partial<Omit<DepositTransaction, 'type'>> & { from: Address }): Uint8Array {
  return encodeDeposit({
    sourceHash: slot(99),
    mint: 0n,
    value: 0n,
    gasLimit: 100_000n,
    isSystemTx: false,
    data: new Uint8Array(0),
    ...given,
  })
}

/** An open engine with its chain. */
export interface World {
  engine: ExecutionEngine
  /** Another engine of the same kind that is not open. */
  create(): ExecutionEngine
  /** Another engine of the same kind, open. Whoever asks for it closes it. */
  open(options?: WorldOptions): Promise<World>
  storage: ReturnType<typeof plainStore>
  genesis: SealedHeader
  attributes(parent: SealedHeader, changes?: Partial<BlockAttributes>): BlockAttributes
  /** Executes a block of these transactions. */
  block(
    parent: SealedHeader,
    transactions: readonly Uint8Array[],
    changes?: Partial<BlockAttributes>,
  ): Promise<ExecutedBlock>
  balance(header: SealedHeader, address: Address): Promise<bigint>
  storageAt(header: SealedHeader, address: Address, index: bigint | number): Promise<bigint>
}

export interface WorldOptions {
  storage?: ReturnType<typeof plainStore>
  genesis?: Genesis
  chain?: ChainConfig
}

export async function openWorld(create: () => ExecutionEngine, options: WorldOptions = {}): Promise<World> {
  const storage = options.storage ?? plainStore()
  const engine = create()
  const hashes = new Map<bigint, Hash>()
  const first = await engine.open({
    chain: options.chain ?? rollupChain({ chainId: CHAIN_ID }),
    genesis: options.genesis ?? genesis,
    storage,
    blockHash: (number) => hashes.get(number),
  })
  hashes.set(first.number, first.hash)
  const world: World = {
    engine,
    create,
    open: (others) => openWorld(create, others),
    storage,
    genesis: first,
    attributes: (parent, changes) => ({
      number: parent.number + 1n,
      timestamp: parent.timestamp + 2n,
      beneficiary: predeploys.sequencerFeeVault,
      gasLimit: parent.gasLimit,
      prevRandao: parent.prevRandao,
      extraData: '0x',
      parentBeaconBlockRoot: ZERO_HASH,
      ...changes,
    }),
    async block(parent, transactions, changes) {
      const block = await engine.executeBlock(parent, { ...world.attributes(parent, changes), transactions })
      hashes.set(block.header.number, block.header.hash)
      return block
    },
    balance: async (header, address) => (await engine.stateAt(header).getAccount(address))?.balance ?? 0n,
    storageAt: async (header, address, index) =>
      BigInt(await engine.stateAt(header).getStorage(address, slot(index))),
  }
  return world
}

/** The transaction of a block that has one. */
export function onlyTransaction(block: ExecutedBlock): ExecutedBlock['transactions'][number] {
  equal(block.transactions.length, 1)
  return block.transactions[0]!
}
