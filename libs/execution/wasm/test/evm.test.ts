import { beforeEach, describe, expect, test } from '@jest/globals'
import { hexToBytes, skipReasons, type Hex } from '@animechain/core'
import { compilePart } from './parts.js'

// Records of layout.ts and evm/context.ts are written byte by byte here, so that a change of layout is noticed.

interface Account {
  balance?: bigint
  nonce?: bigint
  code?: string
  storage?: Record<string, bigint>
}

const sender = 'a94f5374fce5edbc8e2a8697c15331677e6ebf0b'
const contract = '00000000000000000000000000000000000000c1'
const other = '00000000000000000000000000000000000000c2'
const beneficiary = '00000000000000000000000000000000000000fe'
const l1Block = '4200000000000000000000000000000000000015'
const baseFeeVault = '4200000000000000000000000000000000000019'
const l1FeeVault = '420000000000000000000000000000000000001a'

let world: Record<string, Account> = {}

const bytes = (hex: string) => hexToBytes(`0x${hex}` as Hex)
const text = (data: Uint8Array) => Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('')
const key = (slot: bigint | number) => slot.toString(16).padStart(64, '0')
const little = (value: bigint) =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
const number = (limbs: Uint8Array) => limbs.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)

const view = () => new DataView(memory().buffer)
const write = (at: number, data: Uint8Array) => new Uint8Array(memory().buffer, at, data.length).set(data)
const hash = (data: Uint8Array) => {
  const at = guest.put(data)
  const out = guest.reserve(32)
  guest.exports.keccak256!(at, data.length, out)
  return text(guest.read(out, 32))
}
const emptyCode = 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'
const emptyRoot = '56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
const codes = new Map<string, Uint8Array>()

const guest = compilePart('evm', {
  readAccount(address, out) {
    const account = world[text(guest.read(address!, 20))]
    if (!account) return 0
    view().setBigUint64(out!, account.nonce ?? 0n, true)
    write(out! + 8, little(account.balance ?? 0n))
    write(out! + 40, bytes(account.code ? codeHash(account.code) : emptyCode))
    write(out! + 72, account.storage ? new Uint8Array(32).fill(1) : bytes(emptyRoot))
    return 1
  },
  readStorage(address, slot, out) {
    const value = world[text(guest.read(address!, 20))]?.storage?.[text(guest.read(slot!, 32))]
    if (!value) return 0
    write(out!, little(value).reverse())
    return 1
  },
  codeSize: (at) => codes.get(text(guest.read(at!, 32)))?.length ?? -1,
  readCode(at, out) {
    write(out!, codes.get(text(guest.read(at!, 32)))!)
    return 0
  },
})
const memory = () => guest.memory

function codeHash(code: string): string {
  for (const [known, data] of codes) if (text(data) === code) return known
  throw new Error(`code was not registered: ${code}`)
}

interface BlockFields {
  fork?: number
  rollup?: boolean
  baseFee?: bigint
  gasLimit?: bigint
}

function begin(
  accounts: Record<string, Account>,
  { fork = 2, rollup = false, baseFee = 7n, gasLimit = 30_000_000n }: BlockFields = {},
) {
  world = accounts
  guest.exports.reset!()
  for (const { code } of Object.values(accounts)) if (code) codes.set(hash(bytes(code)), bytes(code))
  const at = guest.exports.blockContext!() >>> 0
  write(at, new Uint8Array(320))
  view().setBigUint64(at, 1n, true)
  view().setBigUint64(at + 16, gasLimit, true)
  view().setUint32(at + 24, fork, true)
  view().setUint32(at + 28, rollup ? 1 : 0, true)
  write(at + 32, little(baseFee))
  write(at + 96, bytes(beneficiary))
  write(at + 160, little(1n))
  view().setBigUint64(at + 264, 5_007_716n, true)
  view().setUint32(at + 272, 9, true)
  guest.exports.beginBlock!()
}

interface Transaction {
  type?: number
  to?: string | null
  nonce?: bigint
  gas?: bigint
  maxFee?: bigint
  priorityFee?: bigint
  value?: bigint
  mint?: bigint
  data?: string
  raw?: string
  chainId?: bigint
}

/** Runs a transaction; `reason` is 0 when it was included. */
function execute(tx: Transaction, mode = guest.exports.transactionMode!()) {
  const data = bytes(tx.data ?? '')
  const dataAt = guest.put(data)
  const raw = bytes(tx.raw ?? '')
  const rawAt = guest.put(raw)
  const at = guest.put(new Uint8Array(512))
  const memoryView = view()
  memoryView.setUint32(at, tx.type ?? 2, true)
  memoryView.setUint32(at + 4, tx.to === null ? 0 : 1, true)
  memoryView.setBigUint64(at + 8, tx.nonce ?? 0n, true)
  memoryView.setBigUint64(at + 16, tx.gas ?? 1_000_000n, true)
  memoryView.setUint32(at + 24, dataAt, true)
  memoryView.setUint32(at + 28, data.length, true)
  write(at + 32, little(tx.maxFee ?? 10n))
  write(at + 64, little(tx.priorityFee ?? 1n))
  write(at + 96, little(tx.value ?? 0n))
  if (tx.to !== null) write(at + 160, bytes(tx.to ?? contract))
  write(at + 192, bytes(sender))
  write(at + 224, little(tx.mint ?? 0n))
  memoryView.setUint32(at + 312, rawAt, true)
  memoryView.setUint32(at + 316, raw.length, true)
  memoryView.setUint32(at + 452, 1, true)
  write(at + 480, little(tx.chainId ?? 1n))
  const reason = guest.exports.executeTransaction!(at, mode)
  const result = guest.exports.transactionResult!() >>> 0
  const after = view()
  return {
    reason,
    status: after.getInt32(result, true),
    gasUsed: after.getBigUint64(result + 8, true),
    logs: after.getUint32(result + 20, true),
    output: text(guest.read(after.getUint32(result + 24, true), after.getUint32(result + 28, true))),
    l1Fee: number(guest.read(result + 96, 32)),
    l1GasUsed: after.getBigUint64(result + 192, true),
    depositNonce: after.getBigUint64(result + 208, true),
  }
}

function account(address: string) {
  const at = guest.exports.account!(guest.put(bytes(address))) >>> 0
  const slots: Record<string, bigint> = {}
  for (let slot = guest.u32(at + 132); slot; slot = guest.u32(slot + 164)) {
    if (guest.u32(slot + 168)) slots[key(number(guest.read(slot, 32)))] = number(guest.read(slot + 32, 32))
  }
  return { nonce: view().getBigUint64(at + 24, true), balance: number(guest.read(at + 32, 32)), slots }
}

const rich = { balance: 10n ** 18n }
const call = (to: string, value = '5f') => `5f5f5f5f${value}73${to}5af1`

describe('calls', () => {
  test('nest 1,024 deep, and the one below fails', () => {
    // slot 0 += 1, then itself with all gas
    const code = `5f5460010180` + `5f55` + call(contract) + '00'
    begin({ [sender]: rich, [contract]: { nonce: 1n, code } })
    const { reason, status } = execute(
      { gas: 1n << 61n, maxFee: 0n, priorityFee: 0n },
      guest.exports.callMode!(),
    )
    expect({ reason, status }).toEqual({ reason: 0, status: 0 })
    expect(account(contract).slots[key(0)]).toBe(1025n)
  })

  test('that revert leave neither storage nor transfers nor logs behind', () => {
    const callee = '6001' + '5f55' + '5f5f' + 'a0' + '5f5ffd'
    begin({
      [sender]: rich,
      [contract]: { nonce: 1n, balance: 5n, code: call(other, '6003') + '00' },
      [other]: { nonce: 1n, code: callee },
    })
    const { status, logs } = execute({})
    expect({ status, logs }).toEqual({ status: 0, logs: 0 })
    expect(account(contract).balance).toBe(5n)
    expect(account(other)).toEqual({ nonce: 1n, balance: 0n, slots: { [key(0)]: 0n } })
  })

  test('hand the output of the callee to the caller', () => {
    // other returns 32 bytes: 0x2a; contract returns its return data
    begin({
      [sender]: rich,
      [contract]: { nonce: 1n, code: call(other) + '503d5f5f3e3d5ff3' },
      [other]: { nonce: 1n, code: '602a5f5260205ff3' },
    })
    expect(execute({}).output).toBe(key(42))
  })
})

describe('memory that no gas can pay for', () => {
  const huge = '7f' + 'f'.repeat(64)
  test.each([
    ['MSTORE', `5f${huge}52`],
    ['MLOAD', `${huge}51`],
    ['RETURN', `${huge}5ff3`],
    ['KECCAK256', `${huge}${huge}20`],
    ['CALLDATACOPY', `${huge}5f5f37`],
    ['MCOPY', `${huge}5f5f5e`],
    ['LOG0', `${huge}5fa0`],
    ['CREATE', `${huge}5f5ff0`],
    ['CALL with a huge output range', `${huge}5f5f5f5f30` + '5af1'],
    ['MSTORE just below 2^32', '5f63ffffffe052'],
  ])('is out of gas: %s', (_, code) => {
    begin({ [sender]: rich, [contract]: { nonce: 1n, code } })
    const { reason, status, gasUsed } = execute({ gas: 1_000_000n })
    expect({ reason, status, gasUsed }).toEqual({ reason: 0, status: 5, gasUsed: 1_000_000n })
  })
})

test('empty ranges of an empty memory are fine, however much gas there is', () => {
  const empty = ['5f5fa0', '5f5f2050', '5f5f5f37', '5f5f5f5e', '5f5f5ff050', call(other), '5f5ff3'].join('')
  for (const gas of [1_000_000n, 1n << 40n]) {
    begin({ [sender]: rich, [contract]: { nonce: 1n, code: empty } }, { gasLimit: 1n << 41n, fork: 1 })
    const { reason, status } = execute({ gas, maxFee: 0n, priorityFee: 0n }, guest.exports.callMode!())
    expect({ reason, status }).toEqual({ reason: 0, status: 1 })
  }
})

describe('SELFDESTRUCT (EIP-6780)', () => {
  test('only empties an account that an earlier transaction created', () => {
    begin({ [sender]: rich, [contract]: { nonce: 1n, balance: 9n, code: `73${other}ff` } })
    execute({})
    expect(account(contract)).toEqual({ nonce: 1n, balance: 0n, slots: {} })
    expect(account(other).balance).toBe(9n)
  })

  test('deletes an account of the same transaction with its storage', () => {
    begin({ [sender]: rich })
    // init code: slot 0 = 1, then selfdestruct to other
    const { status } = execute({ to: null, data: `60015f5573${other}ff`, value: 4n })
    expect(status).toBeLessThan(2)
    const created = '6295ee1b4f6dd65047762f924ecd367c17eabf8f'
    expect(account(created)).toEqual({ nonce: 0n, balance: 0n, slots: { [key(0)]: 0n } })
    expect(account(other).balance).toBe(4n)
  })
})

describe('a transaction that cannot be included', () => {
  const cases: [keyof typeof skipReasons, Transaction, BlockFields?][] = [
    ['wrongChainId', { chainId: 2n }],
    ['unsupportedType', { type: 5 }],
    ['unsupportedType', { type: 3 }, { rollup: true }],
    ['nonceTooLow', { nonce: 2n }],
    ['nonceTooHigh', { nonce: 4n }],
    ['insufficientFunds', { nonce: 3n, value: 10n ** 18n }],
    ['insufficientFunds', { nonce: 3n, maxFee: (1n << 256n) - 1n }],
    ['feeCapBelowBaseFee', { nonce: 3n, maxFee: 6n }],
    ['priorityAboveFeeCap', { nonce: 3n, priorityFee: 11n }],
    ['intrinsicGasTooLow', { nonce: 3n, gas: 20_999n }],
    ['intrinsicGasTooLow', { nonce: 3n, gas: 21_039n, data: '01' }],
    ['gasLimitAboveBlock', { nonce: 3n }, { gasLimit: 999_999n }],
    ['gasLimitAboveCap', { nonce: 3n, gas: (1n << 24n) + 1n }],
    ['initCodeTooLarge', { nonce: 3n, to: null, gas: 10_000_000n, data: '00'.repeat(49_153) }],
    ['emptyAuthorizationList', { nonce: 3n, type: 4 }],
    ['depositNotAllowed', { type: 0x7e }],
  ]
  test.each(cases.map(([reason, tx, fields]) => [reason, tx, fields ?? {}] as const))(
    'says %s and changes nothing',
    (reason, tx, fields) => {
      begin({ [sender]: { ...rich, nonce: 3n } }, fields)
      expect(execute(tx).reason).toBe(skipReasons[reason])
      expect(account(sender)).toEqual({ nonce: 3n, balance: rich.balance, slots: {} })
      expect(account(beneficiary).balance).toBe(0n)
    },
  )

  test('says senderNotEoa for a contract, and not for a delegated account', () => {
    begin({ [sender]: { ...rich, code: '00' } })
    expect(execute({}).reason).toBe(skipReasons.senderNotEoa)
    begin({ [sender]: { ...rich, code: `ef0100${other}` } })
    expect(execute({}).reason).toBe(0)
  })

  test('says depositNotAllowed for a deposit behind a user transaction', () => {
    begin({ [sender]: rich }, { rollup: true })
    expect(execute({ type: 0x7e }, guest.exports.afterDepositsMode!()).reason).toBe(
      skipReasons.depositNotAllowed,
    )
  })
})

describe('fees', () => {
  test('of plain Ethereum burn the base fee and pay the priority fee', () => {
    begin({ [sender]: rich })
    const { gasUsed } = execute({ value: 1n })
    expect(gasUsed).toBe(21_000n)
    expect(account(sender).balance).toBe(rich.balance - 21_000n * 8n - 1n)
    expect(account(beneficiary).balance).toBe(21_000n)
    expect(account(baseFeeVault).balance).toBe(0n)
  })

  test('of a rollup go to the vaults, with the L1 data fee of the signed bytes', () => {
    // fee basis 1,000 and 50; scalars 2,000,000 and 3,000,000 parts per million
    const storage = { [key(0)]: 1000n, [key(1)]: 50n, [key(2)]: (3_000_000n << 32n) | 2_000_000n }
    begin({ [sender]: rich, [l1Block]: { nonce: 1n, storage } }, { rollup: true })
    const { l1Fee, l1GasUsed, gasUsed } = execute({ raw: '0001ff' })
    const expected = (36n * (16n * 2_000_000n * 1000n + 3_000_000n * 50n)) / 16_000_000n
    expect({ l1Fee, l1GasUsed }).toEqual({ l1Fee: expected, l1GasUsed: 36n })
    expect(account(l1FeeVault).balance).toBe(expected)
    expect(account(baseFeeVault).balance).toBe(gasUsed * 7n)
    expect(account(sender).balance).toBe(rich.balance - gasUsed * 8n - expected)
  })

  test('are not charged to a call without a price', () => {
    begin({ [contract]: { nonce: 1n, code: '00' } })
    const { reason, status } = execute({ maxFee: 0n, priorityFee: 0n }, guest.exports.callMode!())
    expect({ reason, status }).toEqual({ reason: 0, status: 0 })
  })
})

describe('a deposit', () => {
  beforeEach(() => {
    begin({ [sender]: { nonce: 6n }, [contract]: { nonce: 1n, code: '5f5ffd' } }, { rollup: true })
  })

  test('mints, transfers, and raises the nonce', () => {
    const { reason, status, gasUsed, depositNonce } = execute({ type: 0x7e, to: other, mint: 10n, value: 4n })
    expect({ reason, status, gasUsed, depositNonce }).toEqual({
      reason: 0,
      status: 0,
      gasUsed: 21_000n,
      depositNonce: 6n,
    })
    expect(account(sender)).toEqual({ nonce: 7n, balance: 6n, slots: {} })
    expect(account(other).balance).toBe(4n)
  })

  test('keeps mint and nonce when its call reverts', () => {
    const { reason, status } = execute({ type: 0x7e, mint: 10n, value: 4n })
    expect({ reason, status }).toEqual({ reason: 0, status: 2 })
    expect(account(sender)).toEqual({ nonce: 7n, balance: 10n, slots: {} })
  })

  test.each([
    ['it cannot pay its value', { mint: 3n, value: 4n, gas: 90_000n }],
    ['its gas is below the intrinsic cost', { mint: 3n, gas: 20_999n }],
  ])('uses all its gas and keeps the mint when %s', (_, tx) => {
    const { reason, status, gasUsed } = execute({ type: 0x7e, to: other, ...tx })
    expect(reason).toBe(0)
    expect(status).toBeGreaterThan(2)
    expect(gasUsed).toBe(tx.gas)
    expect(account(sender)).toEqual({ nonce: 7n, balance: 3n, slots: {} })
  })
})
