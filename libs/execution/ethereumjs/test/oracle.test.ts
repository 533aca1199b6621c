import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  bytesToHex,
  hexToBytes,
  type Address,
  type BlockAttributes,
  type ChainConfig,
  type Genesis,
  type Hash,
  type Hex,
  type SealedHeader,
} from '@animechain/core'
import { memoryStorage } from '@animechain/storage-memory'
import { createBlock, genWithdrawalsTrieRoot, type Block } from '@ethereumjs/block'
import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common'
import { MerkleStateManager } from '@ethereumjs/statemanager'
import {
  createAccessList2930Tx,
  createEOACode7702Tx,
  createFeeMarket1559Tx,
  createLegacyTx,
  type TypedTransaction,
} from '@ethereumjs/tx'
import {
  createAccount,
  createAddressFromPrivateKey,
  createAddressFromString,
  createWithdrawal,
  eoaCode7702SignAuthorization,
  unpadBytes,
} from '@ethereumjs/util'
import { createVM, runBlock, type VM } from '@ethereumjs/vm'
import { ethereumjs } from '../src/index.js'

const CHAIN_ID = 1n
const ETHER = 10n ** 18n
const GWEI = 10n ** 9n
/** on each fork */
const BLOCKS = 40
const MAX_TRANSACTIONS = 8
const EMPTY_REQUESTS = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** A small generator of numbers (xorshift32): a seed gives the same blocks everywhere. */
function random(seed: number) {
  let state = seed
  const below = (limit: number) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
  const pick = <T>(from: readonly T[]): T => from[below(from.length)]!
  const list = <T>(max: number, make: () => T): T[] => Array.from({ length: below(max + 1) }, make)
  const word = (): bigint =>
    pick([0n, 1n, 2n, BigInt(below(256)), 2n ** 255n, 2n ** 256n - 1n, BigInt(below(2 ** 31)) ** 8n])
  return { below, pick, list, word, chance: (percent: number) => below(100) < percent }
}
type Random = ReturnType<typeof random>

/** The shortest PUSH of a number. */
function push(value: bigint): string {
  if (value === 0n) return '5f'
  const digits = value.toString(16)
  const hex = digits.length % 2 ? `0${digits}` : digits
  return (0x5f + hex.length / 2).toString(16) + hex
}
const hash = (value: bigint): Hash => `0x${value.toString(16).padStart(64, '0')}`
const address = (value: bigint): Address => `0x${value.toString(16).padStart(40, '0')}`

const keys = (first: number, count: number) =>
  Array.from({ length: count }, (_, i) => {
    const key = hexToBytes(hash(BigInt(first + i)))
    return { key, address: createAddressFromPrivateKey(key).toString() as Address }
  })
const senders = keys(0x1001, 4)
/** They sign authorizations and send nothing. */
const authorities = keys(0x2001, 3)

const SYSTEM = 'fffffffffffffffffffffffffffffffffffffffe'
/** `yes` for the system's caller, else `no`; both end the call. */
const bySystem = (no: string, yes: string): Hex => {
  const target = 1 + 21 + 1 + 2 + 1 + no.length / 2
  return `0x3373${SYSTEM}1460${target.toString(16)}57${no}5b${yes}`
}
/** Keeps the last request (a word) until the block's end takes it. Stands in for the queues of EIP-7002 and -7251. */
const queue = bySystem(
  '60015f555f3560015500',
  '600154' + '5f52' + '5f600155' + '5f54' + '5f5f55' + '6020025ff3',
)
const WITHDRAWALS: Address = '0x00000961ef480eb55e80d19ad83579a64c007002'
const CONSOLIDATIONS: Address = '0x0000bbddc7ce488642fb579f8b00f3a590007251'
const HISTORY: Address = '0x0000f90827f1c53a10cb7a02335b175320002935'
const BEACON_ROOTS: Address = '0x000f3df6d732807ef1319fb7b8bb8522d0beac02'
const DEPOSITS: Address = '0x00000000219ab540356cbb839cbe05303d7705fa'
const DEPOSIT_EVENT = '649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5'
/** `sstore(word 0, word 1)`, then a log of both and the old value back. */
const SCRATCH = address(0xc0de01n)
/** A store, then a revert with a word. */
const REVERTER = address(0xc0de02n)
/** Fills its storage until the gas is out. */
const ENDLESS = address(0xc0de03n)
const beneficiary = address(0xfee5n)

const codes: Record<Address, Hex> = {
  [SCRATCH]: '0x5f35545f52602035805f35555f3560205fa260205ff3',
  [REVERTER]: '0x60015f55602a5f5260205ffd',
  [ENDLESS]: '0x5b60015a555f56',
  // What the system's call stores is what EIP-2935 and EIP-4788 say; reading is a plain load.
  [HISTORY]: bySystem('5f35545f5260205ff3', '5f35' + '611fff' + '60014303' + '06' + '5500'),
  [BEACON_ROOTS]: bySystem('5f35545f5260205ff3', '42611fff4206' + '55' + '5f35611fff611fff420601' + '5500'),
  [WITHDRAWALS]: queue,
  [CONSOLIDATIONS]: queue,
  [DEPOSITS]: `0x365f5f377f${DEPOSIT_EVENT}365fa100`,
}

const account = { balance: 10n ** 6n * ETHER }
const alloc: Genesis['alloc'] = Object.fromEntries([
  ...[...senders, ...authorities].map((key) => [key.address, account] as const),
  ...Object.entries(codes).map(([at, code]) => [at, { nonce: 1n, code }] as const),
])
alloc[SCRATCH] = {
  ...alloc[SCRATCH],
  balance: 5n,
  storage: { [hash(1n)]: hash(7n), [hash(2n)]: hash(2n ** 255n) },
}

const genesis: Genesis = {
  timestamp: 1_000n,
  gasLimit: 30_000_000n,
  baseFeePerGas: GWEI,
  prevRandao: hash(0n),
  extraData: '0x',
  beneficiary,
  alloc,
}

/** The layout of a deposit event (EIP-6110) with these fields. */
function depositData(fill: number): Uint8Array {
  const data = new Uint8Array(576)
  const word = (at: number, value: number) => new DataView(data.buffer).setUint32(at + 28, value)
  const fields = [
    { offset: 160, length: 48 },
    { offset: 256, length: 32 },
    { offset: 320, length: 8 },
    { offset: 384, length: 96 },
    { offset: 512, length: 8 },
  ]
  for (const [index, { offset, length }] of fields.entries()) {
    word(32 * index, offset)
    word(offset, length)
    data.fill(fill + index, offset + 32, offset + 32 + length)
  }
  return data
}

/**
 * Instructions with what they take, top of the stack first: w word, k storage key, m place in memory, s size, a address, g gas, n block
 * number, v value. The result of the first kind is stored.
 */
const giving = (
  '01ww 02ww 03ww 04ww 05ww 06ww 07ww 08www 09www 0aww 0bww 10ww 11ww 12ww 13ww 14ww 15w 16ww 17ww 18ww 19w 1aww 1bww 1cww 1dww 1ew ' +
  '20ms 30 31a 32 33 34 35m 36 38 3a 3ba 3d 3fa 40n 41 42 43 44 45 46 47 48 49w 4a 51m 54k 58 59 5a 5ck ' +
  'f0vms f5vmsw f1gavmsms f1gavmsms f2gavmsms f4gamsms fagamsms fagamsms'
).split(' ')
const silent =
  '52mw 53mw 55kw 55kw 5dkw 5emms 37mms 39mms 3camms 3ems a0ms a1msw a2msww a3mswww a4mswwww'.split(' ')
const endings = ['00', '00', '60205ff3', '60205ffd', 'fe', '5b600056', '33ff']
/** Init codes of at most 32 bytes: a word as code, a revert, a store, a running out of gas. */
const initCodes = ['60ff5f5260205ff3', '5f5ffd', '602a5f5500', '60ef5f5360015ff3', '3860055560015ff3', '33ff']

/** Code that runs through whatever it starts: the stack is balanced. */
function program(r: Random, pool: readonly Address[], height: bigint): string {
  const operand: Record<string, () => bigint> = {
    w: r.word,
    k: () => BigInt(r.below(5)),
    m: () => BigInt(r.below(64)),
    s: () => BigInt(r.below(70)),
    a: () => BigInt(r.pick(pool)),
    g: () => BigInt(r.pick([0, 700, 2_300, 30_000, 100_000])),
    n: () => height - BigInt(r.below(5)),
    v: () => BigInt(r.pick([0, 0, 0, 1, 5])),
  }
  const instruction = (spec: string) =>
    [...spec.slice(2)]
      .reverse()
      .map((kind) => push(operand[kind]!()))
      .join('') + spec.slice(0, 2)
  let code = ''
  for (let left = 1 + r.below(12); left > 0; left--) {
    const kind = r.below(10)
    if (kind < 6) code += instruction(r.pick(giving)) + push(BigInt(r.below(5))) + '55'
    else if (kind < 9) code += instruction(r.pick(silent))
    else {
      const init = r.pick(initCodes)
      code +=
        `7f${init.padEnd(64, '0')}5f52` +
        `60${(init.length / 2).toString(16).padStart(2, '0')}5f5ff0` +
        '600455'
    }
  }
  return code + r.pick(endings)
}

/** Init code that runs `first` and leaves `runtime`. */
function creation(first: string, runtime: string): Uint8Array {
  const size = (runtime.length / 2).toString(16).padStart(4, '0')
  const head = first.length / 2 + 13
  return hexToBytes(`0x${first}61${size}61${head.toString(16).padStart(4, '0')}5f3961${size}5ff3${runtime}`)
}

const forks = { prague: Hardfork.Prague, osaka: Hardfork.Osaka } as const
const commonOf = (fork: keyof typeof forks) =>
  createCustomCommon({ chainId: Number(CHAIN_ID) }, Mainnet, { hardfork: forks[fork] })
type Common = ReturnType<typeof commonOf>

interface Known {
  nonces: Map<Address, bigint>
  created: Address[]
}

function transaction(r: Random, common: Common, known: Known, height: bigint): TypedTransaction {
  const pool = [
    ...[...senders, ...authorities].map((key) => key.address),
    // A deposit event of another layout would make the block invalid.
    ...Object.keys(codes).filter((at) => at !== DEPOSITS),
    ...Array.from({ length: 9 }, (_, i) => address(BigInt(i + 1))),
    ...[address(0x100n), address(0xdead00n + BigInt(r.below(50))), beneficiary],
    ...known.created.slice(-12),
    ...known.created.slice(-12),
  ] as Address[]
  const sender = r.pick(senders)
  const nonce = known.nonces.get(sender.address) ?? 0n
  known.nonces.set(sender.address, nonce + 1n)

  let to: Address | undefined
  let data: Uint8Array = new Uint8Array(0)
  const kind = r.below(10)
  if (kind < 2) to = r.pick(pool)
  else if (kind < 5) {
    to = r.pick([SCRATCH, SCRATCH, ...authorities.map((key) => key.address)])
    data = hexToBytes(`0x${hash(BigInt(r.below(6))).slice(2)}${hash(r.word()).slice(2)}`)
  } else if (kind < 6) to = r.pick([REVERTER, ENDLESS])
  else if (kind < 7) {
    to = r.pick([WITHDRAWALS, CONSOLIDATIONS, DEPOSITS])
    data = to === DEPOSITS ? depositData(r.below(200)) : hexToBytes(hash(r.word()))
  } else if (kind < 8 && known.created.length > 0) {
    to = r.pick(known.created)
    data = hexToBytes(hash(r.word()))
  } else data = creation(r.chance(30) ? '' : program(r, pool, height).slice(0, -2), program(r, pool, height))

  const delegates = r.chance(20) && to !== undefined
  const accessList = r.list(4, () => ({
    address: r.pick(pool),
    storageKeys: r.list(3, () => hash(BigInt(r.below(5)))),
  }))
  const maxPriorityFeePerGas = BigInt(r.below(3)) * GWEI
  const fees = { maxPriorityFeePerGas, maxFeePerGas: 50n * GWEI + BigInt(r.below(1_000)) }
  const basis = {
    nonce,
    to: to === undefined ? undefined : createAddressFromString(to),
    value: r.pick([0n, 0n, 1n, ETHER]),
    data,
    chainId: CHAIN_ID,
  }
  const gasPrice = 40n * GWEI
  const make = (gasLimit: bigint): TypedTransaction => {
    if (authorizations.length > 0)
      return createEOACode7702Tx(
        { ...basis, ...fees, gasLimit, accessList, authorizationList: authorizations },
        { common },
      )
    if (type === 0) return createLegacyTx({ ...basis, gasPrice, gasLimit }, { common })
    if (type === 1) return createAccessList2930Tx({ ...basis, gasPrice, gasLimit, accessList }, { common })
    return createFeeMarket1559Tx({ ...basis, ...fees, gasLimit, accessList }, { common })
  }
  const type = r.below(3)
  const authorizations = delegates
    ? Array.from({ length: 1 + r.below(3) }, () => {
        const authority = r.pick([...authorities, sender])
        const valid = r.chance(75)
        const expected = known.nonces.get(authority.address) ?? 0n
        if (valid) known.nonces.set(authority.address, expected + 1n)
        return eoaCode7702SignAuthorization(
          {
            chainId: valid ? r.pick<Hex>(['0x', '0x01']) : '0x07',
            // Only to code that creates nothing: a creation would raise the authority's nonce.
            address: r.pick([SCRATCH, SCRATCH, REVERTER, address(0n)]),
            nonce: expected === 0n ? '0x' : bytesToHex(unpadBytes(hexToBytes(hash(expected)))),
          },
          authority.key,
        )
      })
    : []
  // The floor of EIP-7623 is at most 40 for a byte. Little on top runs out of gas anywhere.
  const intrinsic = make(1_000_000n).getIntrinsicGas()
  const floor = 21_000n + 40n * BigInt(data.length)
  const least = intrinsic > floor ? intrinsic : floor
  return make(least + BigInt(r.pick([r.below(3_000), r.below(60_000), 400_000, 900_000]))).sign(sender.key)
}

const seen = {
  blocks: 0,
  types: new Set<number>(),
  failures: 0,
  successes: 0,
  logs: 0,
  requests: 0,
  created: 0,
}

describe.each(['prague', 'osaka'] as const)('on plain Ethereum (%s)', (fork) => {
  const engine = ethereumjs()
  const storage = memoryStorage()
  const common = commonOf(fork)
  const chain: ChainConfig = {
    chainId: CHAIN_ID,
    hardforks: [{ name: fork, timestamp: 0n }],
    eip1559: { elasticityMultiplier: 2n, baseFeeMaxChangeDenominator: 8n },
  }
  const hashes: Hash[] = []
  let vm: VM
  let head: SealedHeader
  let parent: Block
  let generated: Block | undefined

  beforeAll(async () => {
    await storage.start()
    head = await engine.open({ chain, genesis, storage, blockHash: (number) => hashes[Number(number)] })
    hashes.push(head.hash)

    const blockchain = {
      getBlock: async (number: number) => ({ hash: () => hexToBytes(hashes[number]!) }),
      putBlock: async () => {},
      shallowCopy: () => blockchain,
    }
    const stateManager = new MerkleStateManager({ common })
    vm = await createVM({ common, stateManager, blockchain })
    vm.events.on('afterBlock', (event, resolve) => {
      generated = event.block
      resolve?.()
    })
    await stateManager.checkpoint()
    for (const [at, { balance = 0n, nonce = 0n, code, storage: slots }] of Object.entries(alloc)) {
      const target = createAddressFromString(at)
      await stateManager.putAccount(target, createAccount({ balance, nonce }))
      if (code) await stateManager.putCode(target, hexToBytes(code))
      for (const [slot, value] of Object.entries(slots ?? {}))
        await stateManager.putStorage(target, hexToBytes(slot as Hash), unpadBytes(hexToBytes(value)))
    }
    await stateManager.commit()
    const header = {
      number: 0n,
      gasLimit: genesis.gasLimit,
      baseFeePerGas: genesis.baseFeePerGas,
      timestamp: genesis.timestamp,
      coinbase: beneficiary,
      stateRoot: await stateManager.getStateRoot(),
      requestsHash: hexToBytes(EMPTY_REQUESTS),
    }
    parent = createBlock({ header, withdrawals: [] }, { common })
  })
  afterAll(async () => {
    await engine.close()
    await storage.stop()
  })

  test('the genesis is the one that @ethereumjs/block makes', () => {
    expect(head.stateRoot).toBe(bytesToHex(parent.header.stateRoot))
    expect(head.hash).toBe(bytesToHex(parent.hash()))
  })

  test(`${BLOCKS} generated blocks come out as @ethereumjs/vm makes them`, async () => {
    const r = random(fork === 'prague' ? 0x5eed01 : 0x5eed02)
    const known: Known = { nonces: new Map(), created: [] }
    for (let number = 1n; number <= BigInt(BLOCKS); number++) {
      const transactions = r.list(MAX_TRANSACTIONS, () => transaction(r, common, known, number))
      const withdrawals = r.list(3, () => ({
        index: number * 10n,
        validatorIndex: BigInt(r.below(1_000)),
        address: r.pick([senders[0]!.address, SCRATCH, address(0xaaaa00n + BigInt(r.below(9)))]),
        amount: BigInt(r.pick([0, 1, 32 * 10 ** 9])),
      }))
      const attributes: BlockAttributes = {
        number,
        timestamp: head.timestamp + 1n + BigInt(r.below(20)),
        beneficiary: r.pick([beneficiary, beneficiary, senders[1]!.address]),
        gasLimit: 30_000_000n,
        prevRandao: hash(r.word()),
        extraData: r.pick<Hex>(['0x', '0x1234']),
        parentBeaconBlockRoot: hash(r.word()),
        withdrawals,
      }

      const ours = await engine.executeBlock(head, {
        ...attributes,
        transactions: transactions.map((one) => one.serialize()),
      })
      expect({ number, skipped: ours.skipped.map((one) => one.reason) }).toEqual({ number, skipped: [] })

      const payouts = withdrawals.map((one) => createWithdrawal(one))
      const header = {
        parentHash: parent.hash(),
        number,
        timestamp: attributes.timestamp,
        coinbase: attributes.beneficiary,
        gasLimit: attributes.gasLimit,
        mixHash: attributes.prevRandao,
        extraData: attributes.extraData,
        parentBeaconBlockRoot: attributes.parentBeaconBlockRoot,
        baseFeePerGas: parent.header.calcNextBaseFee(),
        excessBlobGas: parent.header.calcNextExcessBlobGas(common),
        blobGasUsed: 0n,
        withdrawalsRoot: await genWithdrawalsTrieRoot(payouts),
      }
      const block = createBlock({ header, transactions, withdrawals: payouts }, { common })
      // The oracle makes the header from what it finds; ours is never shown to it.
      const theirs = await runBlock(vm, { block, generate: true, skipBlockValidation: true })
      await generated!.validateData()

      const digest = {
        gas: ours.transactions.map((one) => one.receipt.cumulativeGasUsed),
        status: ours.transactions.map((one) => one.receipt.status),
        stateRoot: ours.header.stateRoot,
        receiptsRoot: ours.header.receiptsRoot,
        gasUsed: ours.header.gasUsed,
        logsBloom: ours.header.logsBloom,
        requestsHash: ours.header.requestsHash,
        hash: ours.header.hash,
      }
      expect({ number, ...digest }).toEqual({
        number,
        gas: theirs.receipts.map((one) => one.cumulativeBlockGasUsed),
        status: theirs.receipts.map((one) => ('status' in one ? Number(one.status) : undefined)),
        stateRoot: bytesToHex(theirs.stateRoot),
        receiptsRoot: bytesToHex(theirs.receiptsRoot),
        gasUsed: theirs.gasUsed,
        logsBloom: bytesToHex(theirs.logsBloom),
        requestsHash: bytesToHex(theirs.requestsHash!),
        hash: bytesToHex(generated!.hash()),
      })

      for (const { receipt } of ours.transactions) {
        seen.types.add(receipt.type)
        seen.logs += receipt.logs.length
        if (receipt.status === 1) seen.successes++
        else seen.failures++
        if (receipt.contractAddress && receipt.status === 1) known.created.push(receipt.contractAddress)
      }
      seen.blocks++
      seen.created = Math.max(seen.created, known.created.length)
      if (ours.header.requestsHash !== EMPTY_REQUESTS) seen.requests++
      head = ours.header
      parent = generated!
      hashes.push(head.hash)
    }
  }, 60_000)
})

test('the blocks were of every kind that is promised', () => {
  expect([...seen.types].sort()).toEqual([0, 1, 2, 4])
  expect(seen.blocks).toBe(2 * BLOCKS)
  for (const count of [seen.successes, seen.failures, seen.logs]) expect(count).toBeGreaterThan(20)
  for (const count of [seen.requests, seen.created]) expect(count).toBeGreaterThan(5)
})
