import { describe, expect, test } from '@jest/globals'
import type { Address, Hash } from '@animechain/core'
import { keccak256, toHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { recovery } from '@animechain/tx'
import {
  assemble,
  ballotBox,
  encodeCertificate,
  encodeCertify,
  isQuorum,
  quorumOf,
  saltOf,
  signMessage,
  signerOf,
  signersOf,
  toCompact,
  weightsOf,
  type Attestation,
} from '../src/index.js'

const hash = (text: string): Hash => keccak256(toHex(text))
const accounts = Array.from({ length: 9 }, (_, i) => privateKeyToAccount(hash(`key ${i}`)))
const keyOf = (i: number) => accounts[i]!.address.toLowerCase() as Address
const domain = { chainId: 31_337, registry: `0x${'a1'.repeat(20)}` } as const
const base: Attestation = {
  game: `0x${'b2'.repeat(20)}`,
  batchIndex: 7n,
  batchAcc: hash('acc'),
  l2BlockNumber: 12n,
  outputRoot: hash('root'),
  blocksRoot: hash('blocks'),
  epoch: 3n,
}
const attest = async (i: number, changes: Partial<Attestation> = {}) => ({
  key: keyOf(i),
  attestation: await signMessage(accounts[i]!, 'attestation', domain, {
    ...base,
    blocksRoot: hash(`blocks ${i}`),
    ...changes,
  }),
})
const { blocksRoot: _, ...body } = base
const ballots = (count: number) => Promise.all(Array.from({ length: count }, (_, i) => attest(i)))
const weights = (stakes: readonly bigint[], cap = 1_000_000n) =>
  weightsOf(
    3n,
    stakes.map((stake, i) => ({ key: keyOf(i), stake })),
    cap,
  )

describe('certificates', () => {
  test('two thirds are counted by the wei', async () => {
    // Five of six sign: 2/3 exactly, and a wei less.
    const five = await ballots(5)
    const of = (last: bigint) => ({ weights: weights([40n, 40n, 40n, 40n, 40n, last]), minSigners: 5 })
    expect(assemble(body, five, of(100n))).toMatchObject({ ok: true, weight: 200n, needed: 200n })
    expect(assemble(body, five, of(101n))).toMatchObject({
      ok: false,
      why: 'expected a weight of 201 wei, got 200',
      weight: 200n,
      needed: 201n,
    })
    for (const total of [1n, 2n, 3n, 4n, 100n, 10n ** 30n + 1n]) {
      expect(isQuorum(quorumOf(total), total)).toBe(true)
      expect(isQuorum(quorumOf(total) - 1n, total)).toBe(false)
    }
    expect(isQuorum(0n, 0n)).toBe(false)
  })

  test('four signers are too few, whatever they have', async () => {
    const made = assemble(body, await ballots(4), {
      weights: weights([9n, 9n, 9n, 9n, 1n]),
      minSigners: 5,
    })
    expect(made).toMatchObject({ ok: false, why: 'expected 5 signers, got 4', weight: 36n })
  })

  test('who has nothing at stake, votes for something else or twice, does not count', async () => {
    const given = [
      ...(await ballots(6)),
      await attest(0, { blocksRoot: hash('again') }),
      await attest(6, { outputRoot: hash('another') }),
      await attest(7, { epoch: 4n }),
      await attest(8),
    ]
    const of = weights([10n, 10n, 10n, 10n, 10n, 0n, 10n, 10n])
    const made = assemble(body, given, { weights: of, minSigners: 5 })
    expect(made).toMatchObject({ ok: true, weight: 50n })
    expect([...made.signers].sort()).toEqual([0, 1, 2, 3, 4].map(keyOf).sort())
    expect(made.signers).toEqual([...made.signers].sort())
    expect(assemble({ ...body, epoch: 4n }, given, { weights: of, minSigners: 5 })).toMatchObject({
      ok: false,
      why: 'expected weights of epoch 4, got those of 3',
    })
  })

  test('the fewest are the heaviest, and at least as many as L1 wants', async () => {
    const all = await ballots(9)
    const quorum = { minSigners: 3, choose: 'fewest' } as const
    const few = assemble(body, all, { weights: weights([1n, 1n, 1n, 1n, 1n, 1n, 1n, 50n, 60n]), ...quorum })
    expect(few).toMatchObject({ ok: true, weight: 111n })
    expect(few.signers).toHaveLength(3)
    expect(few.signers).toEqual(expect.arrayContaining([keyOf(7), keyOf(8)]))
    const even = assemble(body, all, { weights: weights(Array(9).fill(10n)), ...quorum })
    expect(even.signers).toHaveLength(6)
  })

  test('a cap bounds who is richer than all others', () => {
    const { of, total } = weights([32n, 32n, 32n, 1_000n], 125_000n)
    expect(of.get(keyOf(3))).toBe(137n)
    expect(total).toBe(233n)
    expect(() => weights([1n], 0n)).toThrow('1 to 1,000,000 parts')
    expect(() => weights([-1n])).toThrow('wei from 0 on')
    expect(() =>
      weightsOf(
        1n,
        [
          { key: keyOf(0), stake: 1n },
          { key: accounts[0]!.address, stake: 1n },
        ],
        1n,
      ),
    ).toThrow('each key once')
  })

  test('signers are found in it, in order, and a changed one has none', async () => {
    const all = await ballots(6)
    const made = assemble(body, all, { weights: weights(Array(6).fill(1n)), minSigners: 5 })
    if (!made.ok) throw new Error(made.why)
    const { certificate } = made
    const found = (votes: typeof certificate.votes, at = domain as { chainId: number; registry: Address }) =>
      signersOf(at, { body, votes }, recovery())
    expect(found(certificate.votes)).toEqual(made.signers)
    expect(found([...certificate.votes].reverse())).toBeUndefined()
    expect(found([certificate.votes[0]!, certificate.votes[0]!])).toBeUndefined()
    expect(found([{ ...certificate.votes[0]!, vs: `0x${'ff'.repeat(32)}` }])).toBeUndefined()
    // In another domain the same signatures are other keys'.
    expect(found(certificate.votes.slice(0, 1), { ...domain, chainId: 1 })).not.toEqual(
      made.signers.slice(0, 1),
    )
    expect(() =>
      encodeCertify({ body, votes: [{ ...certificate.votes[0]!, r: `0x${'00'.repeat(32)}` }] }),
    ).toThrow(expect.objectContaining({ code: 'NETWORK_BAD_CERTIFICATE' }))
    const votes = Array.from({ length: 65 }, () => certificate.votes[0]!)
    expect(() => encodeCertificate({ body, votes })).toThrow('at most 64 votes, got 65')
  })
})

describe('ballots', () => {
  test('one of each key counts, and a second root is evidence', async () => {
    const box = ballotBox()
    const first = await attest(0)
    expect(box.add(accounts[0]!.address, first.attestation)).toEqual({ is: 'new' })
    expect(box.add(first.key, first.attestation)).toEqual({ is: 'known' })
    const again = await attest(0, { blocksRoot: hash('other blocks') })
    expect(box.add(first.key, again.attestation)).toEqual({ is: 'repeated' })
    const lie = await attest(0, { outputRoot: hash('lie') })
    const evidence = { key: first.key, first: first.attestation, second: lie.attestation }
    expect(box.add(first.key, lie.attestation)).toEqual({ is: 'equivocation', isNew: true, evidence })
    expect(box.add(first.key, lie.attestation)).toEqual({ is: 'equivocation', isNew: false, evidence })
    // Another history of L1 is another batch.
    const reorged = await attest(0, { batchAcc: hash('other acc'), outputRoot: hash('lie') })
    expect(box.add(first.key, reorged.attestation)).toEqual({ is: 'new' })
    expect(box.ballots(7n, base.batchAcc)).toEqual([first])
    expect(box.bodies(7n, base.batchAcc)).toEqual([body])
    expect(box.equivocations()).toEqual([evidence])
    // Who left is still charged.
    box.retain(new Set([keyOf(1)]))
    expect(box.size).toBe(0)
    expect(box.equivocations()).toEqual([evidence])
  })

  test('a member that signs without end displaces only its own', async () => {
    const box = ballotBox({ maxKeys: 2, maxPerKey: 3 })
    const honest = await attest(0)
    box.add(honest.key, honest.attestation)
    const flood = await attest(1)
    for (let i = 0n; i < 50n; i++)
      box.add(keyOf(1), { ...flood.attestation, message: { ...flood.attestation.message, batchIndex: i } })
    expect(box.size).toBe(4)
    expect(box.ballots(7n, base.batchAcc)).toEqual([honest])
    expect(box.ballots(49n, base.batchAcc)).toHaveLength(1)
    expect(box.add(keyOf(2), flood.attestation)).toEqual({ is: 'refused' })
    box.retain(new Set([keyOf(0)]))
    expect(box.add(keyOf(2), flood.attestation)).toEqual({ is: 'new' })
    expect(() => ballotBox({ maxKeys: 0 })).toThrow('a whole number from 1 on')
  })
})

describe('what callers get wrong', () => {
  test('is said, and no secret with it', async () => {
    expect(() => toCompact('0x12')).toThrow('65 bytes with s in the lower half')
    const secret = new Uint8Array(31).fill(0xab)
    const of = { secret, domain, key: keyOf(0), batchIndex: 1n, batchAcc: base.batchAcc }
    expect(() => saltOf(of)).toThrow(/expected 32 bytes, got 31 bytes/)
    const { attestation } = await attest(0)
    expect(await signerOf('attestation', domain, attestation)).toBe(keyOf(0))
    expect(await signerOf('attestation', domain, { ...attestation, signature: '0x' })).toBeUndefined()
    await expect(
      signerOf('attestation', domain, { ...attestation, message: { ...base, epoch: 2n ** 64n } }),
    ).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(signerOf('attestation', { ...domain, registry: '0x12' }, attestation)).rejects.toMatchObject(
      { code: 'INVALID_INPUT' },
    )
  })
})
