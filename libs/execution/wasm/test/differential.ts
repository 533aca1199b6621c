import {
  bytesToHex,
  hexToBytes,
  rollupChain,
  type Address,
  type BlockInput,
  type ChainConfig,
  type ExecutedBlock,
  type ExecutionEngine,
  type Genesis,
  type Hardfork,
  type Hash,
  type SealedHeader,
} from '@animechain/core'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { memory } from '@animechain/storage-memory'
import { encodeDeposit } from '@animechain/tx'
import { privateKeyToAccount } from 'viem/accounts'
import { wasm, type WasmOptions } from '../src/index.js'
import { program, randomFrom, storage, type Random } from './programs.js'

const zero: Hash = `0x${'00'.repeat(32)}`
const word = (value: bigint): Hash => `0x${value.toString(16).padStart(64, '0')}`
const beneficiary: Address = '0x4200000000000000000000000000000000000011'
const users = [11, 12, 13].map((n) => privateKeyToAccount(word(BigInt(n))))
const userAddresses = users.map((user) => user.address.toLowerCase() as Address)
const contracts = ['a1', 'a2', 'a3', 'a4'].map((end): Address => `0x${end.padStart(40, '0')}`)
const targets: readonly Address[] = [
  ...contracts,
  ...userAddresses,
  beneficiary,
  `0x${'ee'.padStart(40, '0')}`,
]

function world(random: Random): { chain: ChainConfig; genesis: Genesis } {
  const fork = random.pick<Hardfork>(['cancun', 'prague', 'osaka', 'osaka'])
  const chain: ChainConfig = random.below(2)
    ? { ...rollupChain({ chainId: 5n }), hardforks: [{ name: fork, timestamp: 0n }] }
    : {
        chainId: 5n,
        hardforks: [{ name: fork, timestamp: 0n }],
        eip1559: { elasticityMultiplier: 2n, baseFeeMaxChangeDenominator: 8n },
      }
  const genesis: Genesis = {
    timestamp: 1000n,
    gasLimit: 30_000_000n,
    baseFeePerGas: 7n,
    prevRandao: zero,
    extraData: '0x',
    beneficiary,
    alloc: {
      ...Object.fromEntries(userAddresses.map((address) => [address, { balance: 10n ** 20n }])),
      ...Object.fromEntries(
        contracts.map((address) => [
          address,
          {
            code: `0x${program(random, targets, 5 + random.below(25))}` as const,
            nonce: 1n,
            balance: BigInt(random.below(5)),
            storage: storage(random),
          },
        ]),
      ),
      '0x4200000000000000000000000000000000000015': {
        code: '0x00',
        storage: {
          [word(0n)]: word(5_000_000_000n),
          [word(1n)]: word(3n),
          [word(2n)]: word(100n + (200n << 32n)),
        },
      },
    },
  }
  return { chain, genesis }
}

async function transaction(random: Random, nonces: number[], fork: Hardfork): Promise<Uint8Array> {
  const { below, pick } = random
  const from = below(users.length)
  const user = users[from]!
  // Mostly the right nonce, so that a chain of effects grows.
  const nonce = below(12) ? nonces[from]! : Math.max(0, nonces[from]! + below(3) - 1)
  const creates = below(10) === 0
  const data = creates
    ? (`0x${program(random, targets, 15)}` as const)
    : bytesToHex(random.bytes(below(4) ? below(70) : 0))
  const common = {
    chainId: below(40) ? 5 : 6,
    nonce,
    gas: BigInt(below(5) ? 300_000 + below(200_000) : 20_900 + below(60_000)),
    value: BigInt(below(3) ? 0 : below(5)),
    data,
  }
  const fees = { maxFeePerGas: BigInt(below(20) ? 10 ** 6 : 6), maxPriorityFeePerGas: BigInt(below(5)) }
  const to = creates ? undefined : pick(contracts)
  const accessList = Array.from({ length: below(3) }, () => ({
    address: pick(targets),
    storageKeys: Array.from({ length: below(3) }, () => word(BigInt(below(4)))),
  }))
  let raw
  const kind = below(fork === 'cancun' ? 3 : 4)
  if (kind === 0)
    raw = await user.signTransaction({ ...common, to, type: 'legacy', gasPrice: fees.maxFeePerGas })
  else if (kind === 1)
    raw = await user.signTransaction({
      ...common,
      to,
      type: 'eip2930',
      gasPrice: fees.maxFeePerGas,
      accessList,
    })
  else if (kind === 2 || to === undefined)
    raw = await user.signTransaction({ ...common, to, type: 'eip1559', ...fees, accessList })
  else {
    const authority = below(users.length)
    const authorization = await users[authority]!.signAuthorization({
      chainId: pick([0, 5, 5, 6]),
      address: below(6) ? pick(contracts) : `0x${'00'.repeat(20)}`,
      nonce: nonces[authority]! + (authority === from ? 1 : 0) + (below(6) ? 0 : 1),
    })
    raw = await user.signTransaction({
      ...common,
      to: below(3) ? to : pick(userAddresses),
      type: 'eip7702',
      ...fees,
      accessList,
      authorizationList: [authorization],
    })
  }
  const bytes = hexToBytes(raw)
  if (below(60) === 0) bytes[below(bytes.length)]! ^= 1 << below(8)
  return bytes
}

function deposit(random: Random): Uint8Array {
  const { below, pick } = random
  const creates = below(6) === 0
  return encodeDeposit({
    sourceHash: bytesToHex(random.bytes(32)),
    from: pick(targets),
    to: creates ? undefined : pick(targets),
    mint: BigInt(below(3) ? 0 : below(1000)),
    value: BigInt(below(3) ? 0 : below(1000)),
    gasLimit: BigInt(below(5) ? 200_000 : 20_000 + below(5000)),
    isSystemTx: false,
    data: creates ? hexToBytes(`0x${program(random, targets, 10)}`) : random.bytes(below(70)),
  })
}

export interface Difference {
  seed: number
  /** block in which the engines part */
  block: bigint
  expected: unknown
  got: unknown
}

export interface RunOutcome {
  /** transactions that both engines executed alike */
  transactions: number
  difference?: Difference
}

const plain = (value: unknown) =>
  JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'bigint' ? `${item}` : item instanceof Uint8Array ? bytesToHex(item) : item,
  )

/** Builds the world of a seed in both engines and runs its blocks until they part. */
export async function runSeed(seed: number, options: WasmOptions = {}): Promise<RunOutcome> {
  const random = randomFrom(seed)
  const { chain, genesis } = world(random)
  const fork = chain.hardforks[0]!.name
  const engines: ExecutionEngine[] = [ethereumjs(), wasm(options)]
  let transactions = 0
  try {
    const heads: SealedHeader[] = []
    for (const engine of engines) {
      const kv = memory()
      await kv.start()
      heads.push(
        await engine.open({ chain, genesis, storage: kv, blockHash: (n) => (n === 0n ? zero : undefined) }),
      )
    }
    const nonces = users.map(() => 0)
    for (let number = 1n; number <= 3n; number++) {
      const raws: Uint8Array[] = []
      if (chain.rollup) for (let i = random.below(4); i > 0; i--) raws.push(deposit(random))
      for (let i = 0; i < 10; i++) raws.push(await transaction(random, nonces, fork))
      const input: BlockInput = {
        number,
        timestamp: 1000n + number,
        beneficiary,
        gasLimit: 30_000_000n,
        prevRandao: bytesToHex(random.bytes(32)),
        extraData: '0x',
        parentBeaconBlockRoot: zero,
        systemCalls: false,
        transactions: raws,
      }
      const expected: ExecutedBlock = await engines[0]!.executeBlock(heads[0]!, input)
      const got: ExecutedBlock = await engines[1]!.executeBlock(heads[1]!, input)
      if (plain(expected) !== plain(got)) {
        // Point at the first transaction that differs, if it is one.
        const at = expected.transactions.findIndex((tx, i) => plain(tx) !== plain(got.transactions[i]))
        const part = (block: ExecutedBlock) =>
          at < 0
            ? { header: block.header, skipped: block.skipped.map((tx) => tx.reason) }
            : block.transactions[at]?.receipt
        return { transactions, difference: { seed, block: number, expected: part(expected), got: part(got) } }
      }
      transactions += raws.length
      heads[0] = expected.header
      heads[1] = got.header
      for (const [i, address] of userAddresses.entries())
        nonces[i] = Number((await engines[0]!.stateAt(expected.header).getAccount(address))?.nonce ?? 0n)
    }
  } finally {
    for (const engine of engines) await engine.close()
  }
  return { transactions }
}
