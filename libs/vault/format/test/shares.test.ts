import { randomBytes } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { bytesToHex, concatBytes, equalBytes, hexToBytes, type Hash } from '@animechain/core'
import {
  combineReshare,
  combineShares,
  dealKey,
  dealReshare,
  deriveKeyPair,
  isOpening,
  isZeroSharing,
  newDataKey,
  newKeyPair,
  openDeal,
  openRelease,
  reshareZeros,
  sealRelease,
  shareCommitment,
  shareOfOpening,
  splitKey,
  unwrapKey,
  wrapKey,
  type KeyId,
} from '../src/index.js'
import { webHpke } from '../src/hpke.js'
import { nodeHpke } from '../src/hpkeNode.js'
import { combineBySpec, commitmentBySpec, hpkeOpenBySpec } from './independent.js'

const object: Hash = `0x${'0b'.repeat(32)}`
const id: KeyId = { object, rendition: 2, epoch: 70_000 }

const subsets = (count: number, size: number): number[][] =>
  size === 0
    ? [[]]
    : Array.from({ length: count }, (_, i) => i).flatMap((last) =>
        subsets(last, size - 1).map((rest) => [...rest, last]),
      )

describe('shares', () => {
  it('gives the key from any three of five, and never from two', async () => {
    const dataKey = newDataKey()
    const shares = await splitKey(dataKey)
    for (const three of subsets(5, 3)) {
      const some = three.map((i) => shares[i]!)
      expect(equalBytes(await combineShares(some), dataKey)).toBe(true)
      expect(equalBytes(combineBySpec(some), dataKey)).toBe(true)
    }
    for (const two of subsets(5, 2))
      expect(equalBytes(await combineShares(two.map((i) => shares[i]!)), dataKey)).toBe(false)
  })

  it('refuses shares that are no shares', async () => {
    const [a, b] = await splitKey(newDataKey())
    const zero = concatBytes(a!.subarray(0, 32), Uint8Array.of(0))
    for (const shares of [[], [a!], [a!, a!], [a!, zero], [a!, b!.subarray(1)]])
      await expect(combineShares(shares)).rejects.toMatchObject({ code: 'VAULT_BAD_SHARE' })
    for (const numbers of [
      { shares: 5, threshold: 1 },
      { shares: 2, threshold: 3 },
      { shares: 256, threshold: 3 },
    ])
      await expect(splitKey(newDataKey(), numbers)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('is dealt, opened, released and compared with its commitment', async () => {
    const nodes = await Promise.all(Array.from({ length: 5 }, () => newKeyPair()))
    const dataKey = newDataKey()
    const deal = await dealKey({ id, dataKey, committee: 9n, to: nodes.map((node) => node.publicKey) })
    const client = await newKeyPair()
    const request: Hash = bytesToHex(randomBytes(32))
    const released: Uint8Array[] = []
    for (const [i, node] of nodes.entries()) {
      const share = { id, committee: 9n, index: i + 1 }
      const sealed = deal.sealedShares[i]!
      const opening = await openDeal({ ...share, sealed, privateKey: node.privateKey })
      expect(isOpening(id, i + 1, opening, deal.commitments[i]!)).toBe(true)
      expect(isOpening(id, ((i + 1) % 5) + 1, opening, deal.commitments[i]!)).toBe(false)
      expect(shareCommitment(id, i + 1, opening)).toBe(
        bytesToHex(commitmentBySpec(hexToBytes(object), 2, 70_000, i + 1, opening)),
      )
      const info = Buffer.concat([
        Buffer.from('animechain/vault/deal/1'),
        hexToBytes(object),
        Buffer.from('0200011170' + '0000000000000009' + `0${i + 1}`, 'hex'),
      ])
      expect(equalBytes(hpkeOpenBySpec(node, info, sealed), opening)).toBe(true)
      for (const other of [
        { ...share, index: share.index === 1 ? 2 : 1 },
        { ...share, committee: 8n },
        { ...share, id: { ...id, epoch: 1 } },
      ])
        await expect(openDeal({ ...other, sealed, privateKey: node.privateKey })).rejects.toMatchObject({
          code: 'VAULT_BAD_WRAP',
        })
      const answer = { request, node: `0x${'0c'.repeat(20)}` as const, index: i + 1 }
      const toClient = await sealRelease({ ...answer, opening, to: client.publicKey })
      await expect(
        openRelease({ ...answer, request: object, sealed: toClient, privateKey: client.privateKey }),
      ).rejects.toMatchObject({ code: 'VAULT_BAD_WRAP' })
      released.push(
        shareOfOpening(await openRelease({ ...answer, sealed: toClient, privateKey: client.privateKey })),
      )
    }
    expect(equalBytes(await combineShares(released.slice(2)), dataKey)).toBe(true)
  })

  it('wraps the key to its owner, by a key pair that follows from a secret', async () => {
    const owner = await deriveKeyPair(randomBytes(32))
    const dataKey = newDataKey()
    const sealed = await wrapKey({ id, dataKey, to: owner.publicKey })
    expect(sealed.length).toBe(80)
    expect(equalBytes(await unwrapKey({ id, sealed, privateKey: owner.privateKey }), dataKey)).toBe(true)
    const bad = { code: 'VAULT_BAD_WRAP' }
    await expect(
      unwrapKey({ id, sealed, privateKey: (await newKeyPair()).privateKey }),
    ).rejects.toMatchObject(bad)
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice()
      changed[at]! ^= 1
      await expect(unwrapKey({ id, sealed: changed, privateKey: owner.privateKey })).rejects.toMatchObject(
        bad,
      )
      await expect(
        unwrapKey({ id, sealed: sealed.subarray(0, at), privateKey: owner.privateKey }),
      ).rejects.toMatchObject(bad)
    }
    // A point of small order.
    await expect(wrapKey({ id, dataKey, to: new Uint8Array(32) })).rejects.toMatchObject(bad)
  })

  it('is sealed and opened alike by Node and by what browsers have', async () => {
    const node = nodeHpke()!
    const info = randomBytes(70)
    const message = randomBytes(65)
    const aad = randomBytes(3)
    for (const [a, b] of [
      [node, webHpke],
      [webHpke, node],
    ] as const) {
      const { publicKey, privateKey } = await a.newKeyPair()
      const sealed = await a.seal(publicKey, info, message, aad, undefined)
      expect(equalBytes(await b.open(privateKey, info, sealed, aad), message)).toBe(true)
      await expect(b.open(privateKey, info, sealed, randomBytes(3))).rejects.toThrow()
      const ephemeral = randomBytes(40)
      const same = [a, b].map((each) => each.seal(publicKey, info, message, aad, ephemeral))
      const [one, other] = await Promise.all(same)
      expect(equalBytes(one!, other!)).toBe(true)
      // The bytes of a key may be overwritten, and be another key's then.
      const bytes = Uint8Array.from(privateKey)
      expect(equalBytes(await a.open(bytes, info, sealed, aad), message)).toBe(true)
      bytes.fill(7)
      await expect(a.open(bytes, info, sealed, aad)).rejects.toThrow()
      // Points of small order: every message would have one key.
      for (const point of [new Uint8Array(32), Uint8Array.from([1, ...new Uint8Array(31)])]) {
        await expect(a.seal(point, info, message, aad, undefined)).rejects.toThrow()
        const forged = concatBytes(point, sealed.subarray(32))
        await expect(b.open(privateKey, info, forged, aad)).rejects.toThrow()
      }
    }
  })

  it('is dealt to another committee without its owner', async () => {
    const dataKey = newDataKey()
    const old = await splitKey(dataKey)
    const dealers = [old[0]!, old[2]!, old[4]!]
    const dealt = await Promise.all(dealers.map((share) => dealReshare(share, { shares: 7, threshold: 4 })))
    const made = await Promise.all(
      Array.from({ length: 7 }, (_, k) =>
        combineReshare(dealt.map((each, d) => ({ dealerX: dealers[d]![32]!, subshare: each[k]! }))),
      ),
    )
    expect(made.map((share) => share[32])).toEqual([1, 2, 3, 4, 5, 6, 7])
    for (const four of subsets(7, 4))
      expect(equalBytes(combineBySpec(four.map((i) => made[i]!)), dataKey)).toBe(true)
    for (const three of subsets(7, 3))
      expect(equalBytes(combineBySpec(three.map((i) => made[i]!)), dataKey)).toBe(false)
    // Old and new shares do not go together.
    expect(equalBytes(combineBySpec([old[1]!, old[3]!, made[5]!]), dataKey)).toBe(false)
    await expect(combineReshare([])).rejects.toMatchObject({ code: 'VAULT_BAD_SHARE' })
  })

  it('shows up to d - t dealers who lie, of d', async () => {
    const old = await splitKey(newDataKey())
    const numbers = { shares: 4, threshold: 3 }
    const areZero = async (shares: readonly Uint8Array[]): Promise<boolean> => {
      const dealt = await Promise.all(shares.map((share) => dealReshare(share, numbers)))
      const zeros = await Promise.all(
        [0, 1, 2, 3].map((k) =>
          reshareZeros(
            dealt.map((each, i) => ({ dealerX: shares[i]![32]!, subshare: each[k]! })),
            3,
          ),
        ),
      )
      expect(zeros[0]).toHaveLength(shares.length - 3)
      const are = await Promise.all(
        zeros[0]!.map((_, i) =>
          isZeroSharing(
            zeros.map((each, k) => concatBytes(each[i]!, Uint8Array.of(k + 1))),
            3,
          ),
        ),
      )
      return are.every(Boolean)
    }
    const another = (i: number) => concatBytes(randomBytes(32), Uint8Array.of(i + 1))
    expect(await areZero(old)).toBe(true)
    expect(await areZero(old.slice(1))).toBe(true)
    for (const liars of [...subsets(5, 1), ...subsets(5, 2)])
      expect(await areZero(old.map((share, i) => (liars.includes(i) ? another(i) : share)))).toBe(false)
    // A polynomial of a degree that is too high.
    const values = [1, 2, 3, 4].map((x) => concatBytes(randomBytes(32), Uint8Array.of(x)))
    expect(await isZeroSharing(values, 3)).toBe(false)
    await expect(isZeroSharing(values, 5)).rejects.toMatchObject({ code: 'VAULT_BAD_SHARE' })
  })
})
