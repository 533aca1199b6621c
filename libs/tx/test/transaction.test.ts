import { describe, expect, test } from '@jest/globals'
import { bytesToHex, hexToBytes, isBaseError, keccak256Hex, type Address, type Hash } from '@animechain/core'
import * as fc from 'fast-check'
import { parseTransaction, serializeTransaction, type TransactionSerializable } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import {
  attributesSourceHash,
  decodeDeposit,
  decodeTransaction,
  depositSourceHash,
  encodeDeposit,
  encodeTransaction,
  recoverSender,
  rlpDecode,
  rlpEncode,
  senderRecovery,
  signingHash,
  transactionHash,
  type DepositTransaction,
  type RlpItem,
} from '../src/index.js'
import { jsRecovery, nativeRecovery, wasmRecovery } from '../src/secp256k1.js'

const account = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const to = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const accessList = [{ address: to as Address, storageKeys: [keccak256Hex(new Uint8Array(1))] }]
const fees = { maxFeePerGas: 1_000_000_007n, maxPriorityFeePerGas: 7n }

const sign = async (tx: TransactionSerializable) => hexToBytes(await account.signTransaction(tx as never))

const samples = async (): Promise<Record<string, Uint8Array>> => {
  const authorization = await account.signAuthorization({ contractAddress: to, chainId: 7, nonce: 3 })
  return {
    'legacy before EIP-155': await sign({
      type: 'legacy',
      gasPrice: 5n,
      gas: 21_000n,
      to,
      value: 1n,
      nonce: 0,
    }),
    legacy: await sign({
      type: 'legacy',
      chainId: 901,
      gasPrice: 5n,
      gas: 21_000n,
      to,
      value: 10n ** 18n,
      nonce: 130,
    }),
    'contract creation': await sign({ type: 'legacy', chainId: 1, gasPrice: 0n, gas: 99_000n, data: '0x60' }),
    'access list': await sign({
      type: 'eip2930',
      chainId: 901,
      gasPrice: 5n,
      gas: 1n,
      to,
      accessList,
      data: '0x00',
    }),
    'fee market': await sign({
      type: 'eip1559',
      chainId: 901,
      ...fees,
      gas: 2n ** 63n,
      to,
      accessList,
      data: `0x${'ab'.repeat(300)}`,
    }),
    blob: await sign({
      type: 'eip4844',
      chainId: 901,
      ...fees,
      to,
      maxFeePerBlobGas: 3n,
      blobVersionedHashes: [`0x01${'00'.repeat(31)}`],
    } as never),
    'set code': await sign({
      type: 'eip7702',
      chainId: 901,
      ...fees,
      to,
      accessList,
      authorizationList: [authorization],
    } as never),
  }
}

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run()
  } catch (error) {
    return isBaseError(error) ? error.code : `unexpected: ${String(error)}`
  }
  return undefined
}

describe('transactions', () => {
  test('every type decodes to what viem reads and encodes back byte for byte', async () => {
    for (const [name, raw] of Object.entries(await samples())) {
      const tx = decodeTransaction(raw)
      expect([name, bytesToHex(encodeTransaction(tx))]).toEqual([name, bytesToHex(raw)])
      const other = parseTransaction(bytesToHex(raw)) as Record<string, unknown>
      if (tx.type === 0x7e) throw new Error('unexpected deposit')
      expect(tx.nonce).toBe(BigInt((other.nonce as number | undefined) ?? 0))
      expect(tx.gasLimit).toBe((other.gas as bigint | undefined) ?? 0n)
      expect(tx.value).toBe((other.value as bigint | undefined) ?? 0n)
      expect(tx.to).toBe((other.to as string | undefined)?.toLowerCase())
      expect(tx.r).toBe(BigInt(other.r as string))
      expect(tx.s).toBe(BigInt(other.s as string))
    }
  })

  test('hash, signing hash and sender are those of the signer', async () => {
    for (const raw of Object.values(await samples())) {
      expect(recoverSender(raw)).toBe(account.address.toLowerCase())
      const tx = decodeTransaction(raw)
      if (tx.type === 0x7e) throw new Error('unexpected deposit')
      expect(recoverSender(tx)).toBe(account.address.toLowerCase())
      expect(transactionHash(raw)).toBe(keccak256Hex(raw))
      expect(signingHash(tx)).toBe(signingHash(raw))
    }
    const legacy = {
      type: 'legacy',
      chainId: 901,
      gasPrice: 5n,
      gas: 21_000n,
      to,
      value: 1n,
      nonce: 1,
    } as const
    expect(signingHash(await sign(legacy))).toBe(keccak256Hex(hexToBytes(serializeTransaction(legacy))))
  })

  test('all recovery backends agree, on valid and on impossible signatures', async () => {
    const backends = [jsRecovery, nativeRecovery(), wasmRecovery()].filter((b) => b !== undefined)
    expect(backends.map((b) => b.id)).toContain('wasm')
    const raw = (await samples())['fee market']!
    const base = decodeTransaction(raw)
    if (base.type !== 2) throw new Error('unexpected type')
    for (let i = 0; i < 40; i++) {
      const r = BigInt(keccak256Hex(Uint8Array.of(i)))
      const changed = encodeTransaction({ ...base, r, yParity: (i & 1) as 0 | 1 })
      const answers = backends.map((backend) => {
        try {
          return recoverSender(changed, backend)
        } catch (error) {
          return (error as { code: string }).code
        }
      })
      expect(new Set(answers).size).toBe(1)
    }
  })

  test('a signature out of bounds has no sender', async () => {
    const tx = decodeTransaction((await samples())['fee market']!)
    if (tx.type !== 2) throw new Error('unexpected type')
    const mutations = [{ r: 0n }, { s: 0n }, { r: N }, { s: N - tx.s }, { s: N }]
    for (const change of mutations)
      expect(codeOf(() => recoverSender({ ...tx, ...change }))).toBe('TX_INVALID_SIGNATURE')
    const legacy = decodeTransaction((await samples()).legacy!)
    if (legacy.type !== 0) throw new Error('unexpected type')
    for (const v of [0n, 1n, 26n, 29n, 34n])
      expect(codeOf(() => recoverSender({ ...legacy, v }))).toBe('TX_INVALID_SIGNATURE')
    const wide = encodeTransaction({ ...legacy, v: 2n ** 200n + 35n })
    expect(decodeTransaction(wide)).toMatchObject({ chainId: 2n ** 199n })
    expect(recoverSender(wide)).not.toBe(account.address.toLowerCase())
  })

  test('bytes that are not the one encoding are refused', async () => {
    const raw = (await samples())['fee market']!
    expect(codeOf(() => decodeTransaction(new Uint8Array(0)))).toBe('TX_UNDECODABLE')
    expect(codeOf(() => decodeTransaction(raw.subarray(0, raw.length - 1)))).toBe('TX_UNDECODABLE')
    expect(codeOf(() => decodeTransaction(Uint8Array.of(...raw, 0)))).toBe('TX_UNDECODABLE')
    expect(codeOf(() => decodeTransaction(Uint8Array.of(0, ...raw.subarray(1))))).toBe('TX_UNSUPPORTED_TYPE')
    expect(codeOf(() => decodeTransaction(Uint8Array.of(5, ...raw.subarray(1))))).toBe('TX_UNSUPPORTED_TYPE')
    expect(codeOf(() => recoverSender(Uint8Array.of(5, ...raw.subarray(1))))).toBe('TX_UNSUPPORTED_TYPE')
    const fields = rlpDecode(raw.subarray(1)) as RlpItem[]
    const withField = (index: number, item: RlpItem) => {
      const changed = [...fields]
      changed[index] = item
      return Uint8Array.of(2, ...rlpEncode(changed))
    }
    const bad: [number, RlpItem][] = [
      [0, Uint8Array.of(0)],
      [1, new Uint8Array(9).fill(1)],
      [2, new Uint8Array(33).fill(1)],
      [4, Uint8Array.of(0, 1)],
      [5, new Uint8Array(19)],
      [5, new Uint8Array(21)],
      [7, [Uint8Array.of(1)]],
      [8, [[new Uint8Array(20)]]],
      [8, [[new Uint8Array(20), [new Uint8Array(31)]]]],
      [8, new Uint8Array(0)],
      [9, Uint8Array.of(2)],
      [10, []],
    ]
    for (const [index, item] of bad)
      expect(codeOf(() => decodeTransaction(withField(index, item)))).toBe('TX_UNDECODABLE')
    expect(codeOf(() => decodeTransaction(Uint8Array.of(2, ...rlpEncode(fields.slice(0, 11)))))).toBe(
      'TX_UNDECODABLE',
    )
  })

  test('any bytes decode to one transaction with that encoding, or fail with a code', () => {
    const codes = new Set(['TX_UNDECODABLE', 'TX_UNSUPPORTED_TYPE', 'TX_INVALID_SIGNATURE'])
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(undefined, 1, 2, 3, 4, 0x7e),
        (bytes, type) => {
          const raw = type === undefined ? bytes : Uint8Array.of(type, ...bytes)
          try {
            expect(bytesToHex(encodeTransaction(decodeTransaction(raw)))).toBe(bytesToHex(raw))
            recoverSender(raw)
          } catch (error) {
            expect(codes).toContain((error as { code?: string }).code)
          }
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('a mutated transaction decodes to exactly itself or fails with a code', async () => {
    const all = Object.values(await samples())
    fc.assert(
      fc.property(
        fc.constantFrom(...all),
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        (raw, place, value) => {
          const changed = raw.slice()
          changed[place % raw.length] = value
          const code = codeOf(() => {
            expect(bytesToHex(encodeTransaction(decodeTransaction(changed)))).toBe(bytesToHex(changed))
          })
          expect([undefined, 'TX_UNDECODABLE', 'TX_UNSUPPORTED_TYPE']).toContain(code)
        },
      ),
      { numRuns: 3_000 },
    )
  })
})

describe('deposits', () => {
  const deposit: DepositTransaction = {
    type: 0x7e,
    sourceHash: keccak256Hex(Uint8Array.of(7)),
    from: account.address.toLowerCase() as Address,
    to,
    mint: 10n ** 18n,
    value: 5n,
    gasLimit: 100_000n,
    isSystemTx: false,
    data: hexToBytes('0x1234'),
  }

  test('encode and decode are inverse', () => {
    for (const tx of [deposit, { ...deposit, to: undefined, isSystemTx: true, mint: 0n }])
      expect(decodeDeposit(encodeDeposit(tx))).toEqual(tx)
    expect(recoverSender(encodeDeposit(deposit))).toBe(deposit.from)
    expect(codeOf(() => signingHash(encodeDeposit(deposit)))).toBe('TX_UNSUPPORTED_TYPE')
  })

  test('bytes and source hash are those of viem', async () => {
    const { serializeTransaction: serializeOp, getSourceHash } = await import('viem/op-stack')
    const l1BlockHash = keccak256Hex(Uint8Array.of(1))
    expect(depositSourceHash({ l1BlockHash, logIndex: 7 })).toBe(
      getSourceHash({ domain: 'userDeposit', l1BlockHash, l1LogIndex: 7 }),
    )
    expect(attributesSourceHash({ parentHash: l1BlockHash, index: 260n })).toBe(
      getSourceHash({ domain: 'l1InfoDeposit', l1BlockHash, sequenceNumber: 260 }),
    )
    expect(bytesToHex(encodeDeposit(deposit))).toBe(
      serializeOp({
        type: 'deposit',
        sourceHash: deposit.sourceHash as Hash,
        from: deposit.from,
        to,
        mint: deposit.mint,
        value: 5n,
        gas: 100_000n,
        isSystemTx: false,
        data: '0x1234',
      }),
    )
  })
})

describe('RLP', () => {
  const { item } = fc.letrec<{ item: RlpItem }>((tie) => ({
    item: fc.oneof(
      { depthSize: 'small' },
      fc.uint8Array({ maxLength: 70 }),
      fc.array(tie('item'), { maxLength: 5 }),
    ),
  }))

  test('decode inverts encode', () => {
    fc.assert(fc.property(item, (value) => expect(rlpDecode(rlpEncode(value))).toEqual(value)))
  })

  test('forms that are not the shortest, and lengths beyond the end, are refused', () => {
    for (const hex of [
      '0x',
      '0x8100',
      '0xb800',
      '0xb80100',
      '0xb90001',
      '0x82ff',
      '0xc1',
      '0xc20181',
      '0xf800',
      '0x0101',
      '0xbfffffffffffffffff',
    ])
      expect(codeOf(() => rlpDecode(hexToBytes(hex)))).toBe('RLP_INVALID')
    expect(codeOf(() => rlpDecode(new Uint8Array(200).fill(0xc1)))).toBe('RLP_INVALID')
  })

  test('nesting is bounded', () => {
    let deep: RlpItem = []
    for (let i = 0; i < 70; i++) deep = [deep]
    expect(codeOf(() => rlpDecode(rlpEncode(deep)))).toBe('RLP_INVALID')
  })
})

describe('recovery in threads', () => {
  test('gives the senders in order, undefined where there is none', async () => {
    const accounts = Array.from({ length: 3 }, () => privateKeyToAccount(generatePrivateKey()))
    const raws: Uint8Array[] = []
    const expected: (string | undefined)[] = []
    for (let i = 0; i < 200; i++) {
      if (i % 17 === 5) {
        raws.push(Uint8Array.of(2, 0xc0))
        expected.push(undefined)
        continue
      }
      const signer = accounts[i % 3]!
      raws.push(
        hexToBytes(
          await signer.signTransaction({ type: 'eip1559', chainId: 1, ...fees, gas: 21_000n, to, nonce: i }),
        ),
      )
      expected.push(signer.address.toLowerCase())
    }
    for (const threads of [0, 2]) {
      const pool = senderRecovery({ threads })
      expect(pool.threads).toBe(threads)
      const [first, second] = await Promise.all([pool.recover(raws), pool.recover(raws.slice(0, 10))])
      expect(first).toEqual(expected)
      expect(second).toEqual(expected.slice(0, 10))
      await pool.stop()
      await expect(pool.recover(raws)).rejects.toThrow('aborted')
    }
  })

  test('refuses more than its queue holds', async () => {
    const pool = senderRecovery({ threads: 0, maxQueued: 2 })
    const raw = Uint8Array.of(1)
    await expect(pool.recover([raw, raw, raw])).rejects.toMatchObject({ code: 'TX_RECOVERY_BUSY' })
    expect(await pool.recover([raw, raw])).toEqual([undefined, undefined])
    await pool.stop()
  })

  test('what waits when it stops is rejected', async () => {
    const pool = senderRecovery({ threads: 1 })
    const raw = (await samples()).legacy!
    const pending = pool.recover(new Array<Uint8Array>(500).fill(raw))
    await Promise.all([expect(pending).rejects.toMatchObject({ code: 'ABORTED' }), pool.stop()])
  })
})
