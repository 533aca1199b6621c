import { describe, expect, test } from '@jest/globals'
import { bytesToBigInt, bytesToHex, hexToBytes, skipReasons, type Hex } from '@animechain/core'
import {
  decodeTransaction,
  encodeDeposit,
  encodeTransaction,
  recoverSender,
  signingHash,
  transactionHash,
  type Transaction,
} from '@animechain/tx'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { compilePart, randomBytes } from './parts.js'

let memory: () => Uint8Array = () => new Uint8Array()
const guest = compilePart('state', {
  // ecrecover: hash, v, r, s
  precompile: (address, input, length, out) => {
    if (address !== 1 || length !== 128) return -1
    const text = memory().slice(input, input + 128)
    try {
      const signature = secp256k1.Signature.fromBytes(text.slice(64)).addRecoveryBit(text[63]! - 27)
      const point = signature.recoverPublicKey(text.slice(0, 32)).toBytes(false)
      memory().fill(0, out, out + 12)
      memory().set(keccak_256(point.slice(1)).slice(12), out + 12)
      return 32
    } catch {
      return 0
    }
  },
})
const g = guest.exports
memory = () => new Uint8Array((g.memory as unknown as WebAssembly.Memory).buffer)

const reason = (code: number) => Object.entries(skipReasons).find(([, n]) => n === code)?.[0]

/** What the guest makes of raw bytes: a transaction in the words of @animechain/tx, or why not. */
const decode = (raw: Uint8Array) => {
  g.reset!()
  const at = guest.put(raw)
  const tx = guest.reserve(512)
  const code = g.decode!(at, raw.length, tx)
  if (code !== 0) return { failed: reason(code) }
  const bytes = (offset: number, length: number) => guest.read(tx + offset, length)
  const hex = (offset: number, length: number) => bytesToHex(bytes(offset, length))
  const limbs = (offset: number) => bytesToBigInt(bytes(offset, 32).reverse())
  const u64 = (offset: number) => bytesToBigInt(bytes(offset, 8).reverse())
  const u32 = (offset: number) => guest.u32(tx + offset)
  const recovered = g.recover!(tx)
  const list = <T>(ptr: number, count: number, size: number, read: (at: number) => T): T[] =>
    Array.from({ length: u32(count) }, (_, i) => read(u32(ptr) + i * size))
  return {
    type: u32(0),
    to: u32(4) ? hex(160, 20) : undefined,
    nonce: u64(8),
    gas: u64(16),
    data: bytesToHex(guest.read(u32(24), u32(28))),
    maxFee: limbs(32),
    priority: limbs(64),
    value: limbs(96),
    maxBlobFee: limbs(128),
    sender: recovered === 0 ? hex(192, 20) : reason(recovered),
    mint: limbs(224),
    sourceHash: hex(256, 32),
    access: list(288, 292, 32, (p) => ({
      address: bytesToHex(guest.read(p, 20)),
      storageKeys: Array.from({ length: guest.u32(p + 20) }, (_, i) =>
        bytesToHex(guest.read(guest.u32(p + 24) + 32 * i, 32)),
      ),
    })),
    blobs: list(296, 300, 32, (p) => bytesToHex(guest.read(p, 32))),
    auths: list(304, 308, 160, (p) => ({
      chainId: bytesToBigInt(guest.read(p, 32).reverse()),
      address: bytesToHex(guest.read(p + 32, 20)),
      nonce: bytesToBigInt(guest.read(p + 56, 8).reverse()),
      yParity: guest.u32(p + 52),
      r: bytesToBigInt(guest.read(p + 64, 32)),
      s: bytesToBigInt(guest.read(p + 96, 32)),
    })),
    hash: hex(320, 32),
    signingHash: hex(352, 32),
    chainId: u32(452) ? limbs(480) : undefined,
    isSystem: u32(456) === 1,
  }
}

/** The same from @animechain/tx. */
const reference = (raw: Uint8Array) => {
  let tx: Transaction
  try {
    tx = decodeTransaction(raw)
  } catch (error) {
    return {
      failed: (error as { code: string }).code === 'TX_UNDECODABLE' ? 'undecodable' : 'unsupportedType',
    }
  }
  const t = tx as never as Record<string, never>
  let sender: string
  try {
    sender = recoverSender(tx)
  } catch {
    sender = 'invalidSignature'
  }
  const deposit = tx.type === 0x7e
  return {
    type: tx.type,
    to: tx.to,
    nonce: t.nonce ?? 0n,
    gas: tx.gasLimit,
    data: bytesToHex(tx.data),
    maxFee: t.maxFeePerGas ?? t.gasPrice ?? 0n,
    priority: t.maxPriorityFeePerGas ?? t.gasPrice ?? 0n,
    value: tx.value,
    maxBlobFee: t.maxFeePerBlobGas ?? 0n,
    sender,
    mint: t.mint ?? 0n,
    sourceHash: t.sourceHash ?? `0x${'00'.repeat(32)}`,
    access: t.accessList ?? [],
    blobs: t.blobVersionedHashes ?? [],
    auths: t.authorizationList ?? [],
    hash: transactionHash(raw),
    signingHash: deposit ? `0x${'00'.repeat(32)}` : signingHash(tx as never),
    chainId: t.chainId,
    isSystem: t.isSystemTx ?? false,
  }
}

const random = randomBytes(11)
const word = () => bytesToBigInt(random(32))
const short = () => bytesToBigInt(random(random(1)[0]! % 9))
const address = () => bytesToHex(random(20))
const accessList = () =>
  Array.from({ length: random(1)[0]! % 4 }, () => ({
    address: address(),
    storageKeys: Array.from({ length: random(1)[0]! % 3 }, () => bytesToHex(random(32))),
  }))
const common = () => ({
  nonce: short(),
  gasLimit: short(),
  value: word(),
  data: random(random(1)[0]!),
  r: word(),
  s: word() >> 1n,
})
const fees = () => ({ maxFeePerGas: word(), maxPriorityFeePerGas: short() })
const sample = (i: number): Uint8Array => {
  const to = i % 3 ? address() : undefined
  const chainId = i % 2 ? 901n : word()
  const yParity = (i & 1) as 0 | 1
  switch (i % 7) {
    case 0: {
      const v = [27n, 28n, 35n, 36n, 1837n, 34n, 0n, word()][random(1)[0]! % 8]!
      return encodeTransaction({ type: 0, ...common(), to, gasPrice: short(), v, chainId: undefined })
    }
    case 1:
      return encodeTransaction({
        type: 1,
        ...common(),
        to,
        gasPrice: short(),
        chainId,
        yParity,
        accessList: accessList(),
      })
    case 2:
      return encodeTransaction({
        type: 2,
        ...common(),
        ...fees(),
        to,
        chainId,
        yParity,
        accessList: accessList(),
      })
    case 3:
      return encodeTransaction({
        type: 3,
        ...common(),
        ...fees(),
        to: address(),
        chainId,
        yParity,
        accessList: accessList(),
        maxFeePerBlobGas: word(),
        blobVersionedHashes: Array.from({ length: i % 3 }, () => bytesToHex(random(32))),
      })
    case 4:
      return encodeTransaction({
        type: 4,
        ...common(),
        ...fees(),
        to: address(),
        chainId,
        yParity,
        accessList: accessList(),
        authorizationList: Array.from({ length: i % 3 }, () => ({
          chainId: short(),
          address: address(),
          nonce: short() % 2n ** 64n,
          yParity: i % 3 ? 1 : random(1)[0]!,
          r: word(),
          s: word(),
        })),
      })
    case 5:
      return encodeDeposit({
        sourceHash: bytesToHex(random(32)),
        from: address(),
        to,
        mint: short(),
        value: short(),
        gasLimit: short() % 2n ** 64n,
        isSystemTx: i % 2 === 0,
        data: random(random(1)[0]!),
      })
    default:
      return random(random(1)[0]! % 60)
  }
}

describe('transactions', () => {
  test('of every type decode to what @animechain/tx reads, with hashes and sender', () => {
    for (let i = 0; i < 400; i++) {
      const raw = sample(i)
      expect(decode(raw)).toEqual(reference(raw))
    }
  })

  test('mutated decode alike or are refused alike', () => {
    let refused = 0
    for (let i = 0; i < 4000; i++) {
      const raw = sample(i)
      if (raw.length === 0) continue
      const changed = i % 4 ? raw.slice() : raw.slice(0, random(2)[0]! % raw.length)
      if (changed.length) changed[random(1)[0]! % Math.min(changed.length, i % 8 ? 40 : 256)] = random(1)[0]!
      const ours = decode(changed)
      if ('failed' in ours) refused++
      expect(ours).toEqual(reference(changed))
    }
    expect(refused).toBeGreaterThan(1000)
  })

  test('the hash of an authorization is the one that its authority signed', () => {
    // EIP-7702: keccak256(0x05 ‖ rlp([chainId 7, address, nonce 3])).
    const text: Hex = `0x05d7079470997970c51812dc3a010c7d01b50e0d17dc79c803`
    const raw = encodeTransaction({
      type: 4,
      chainId: 7n,
      nonce: 0n,
      ...fees(),
      gasLimit: 1n,
      to: address(),
      value: 0n,
      data: new Uint8Array(0),
      accessList: [],
      authorizationList: [
        {
          chainId: 7n,
          address: '0x70997970c51812dc3a010c7d01b50e0d17dc79c8',
          nonce: 3n,
          yParity: 0,
          r: 1n,
          s: 1n,
        },
      ],
      yParity: 0,
      r: 1n,
      s: 1n,
    })
    g.reset!()
    const tx = guest.reserve(512)
    expect(g.decode!(guest.put(raw), raw.length, tx)).toBe(0)
    expect(bytesToHex(guest.read(guest.u32(tx + 304) + 128, 32))).toBe(
      bytesToHex(keccak_256(hexToBytes(text))),
    )
  })
})
