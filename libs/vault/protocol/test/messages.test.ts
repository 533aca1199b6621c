import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { hashTypedData, keccak256, toHex, type Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import {
  accountSubject,
  bigintOf,
  decodeEvidence,
  denialOf,
  denials,
  denialSentences,
  encodeEvidence,
  messageHash,
  signMessage,
  signerOf,
  subjectKinds,
  toJson,
  typedDataOf,
  vaultTypes,
  type Grant,
  type MessageName,
  type Signed,
} from '../src/index.ts'

const hash = (text: string) => keccak256(toHex(text))
const signer = privateKeyToAccount(hash('a key of the tests'))
const domain = { chainId: 26_463, registry: '0x4200000000000000000000000000000000000042' } as const
const grant: Grant = {
  project: hash('project'),
  scope: hash('scope'),
  subjectKind: subjectKinds.account,
  subject: accountSubject({ chainId: 26_463, address: signer.address }),
  renditions: 3n,
  purposes: 1,
  notBefore: 1n,
  expiry: 2n ** 64n - 1n,
  delegation: 2,
  parent: hash('parent'),
  nonce: hash('nonce'),
}

const bytesArb = (length: number, most = length) =>
  fc.uint8Array({ minLength: length, maxLength: most }).map((bytes) => toHex(bytes))

/** Values of an EIP-712 type, as messages have them. */
function valueOf(type: string): fc.Arbitrary<unknown> {
  if (type.endsWith('[]')) return fc.array(valueOf(type.slice(0, -2)), { maxLength: 6 })
  if (type === 'bytes') return bytesArb(0, 300)
  if (type === 'bool') return fc.boolean()
  if (type === 'address') return bytesArb(20)
  if (type.startsWith('bytes')) return bytesArb(Number(type.slice(5)))
  const bits = Number(type.slice(4))
  return bits <= 32 ? fc.nat(2 ** Math.min(bits, 31) - 1) : fc.bigInt(0n, 2n ** BigInt(bits) - 1n)
}

describe('hashes of messages', () => {
  const names = Object.keys(vaultTypes) as MessageName[]

  test.each(names)('of a %s are those of EIP-712, as viem has them', (name) => {
    const fields = vaultTypes[name] as readonly { name: string; type: string }[]
    const arb = fc.record(Object.fromEntries(fields.map((each) => [each.name, valueOf(each.type)])))
    const domains = fc.constantFrom(
      domain,
      { ...domain, chainId: 1 },
      { ...domain, registry: signer.address },
    )
    fc.assert(
      fc.property(arb, domains, (message, at) => {
        expect(messageHash(at, name, message as never)).toBe(
          hashTypedData(typedDataOf(at, name, message as never)),
        )
      }),
      { numRuns: 30 },
    )
  })

  test('are of no message whose values are not of their types', () => {
    const bad: [string, unknown][] = [
      ['subjectKind', 256],
      ['subjectKind', -1],
      ['subjectKind', 1.5],
      ['subjectKind', '1'],
      ['expiry', 2n ** 64n],
      ['expiry', -1n],
      ['project', '0x11'],
      ['project', `${hash('x')}11`],
      ['project', `0x${'zz'.repeat(32)}`],
      ['subject', '0x1'],
      ['subject', undefined],
    ]
    for (const [field, value] of bad)
      expect(() => messageHash(domain, 'Grant', { ...grant, [field]: value })).toThrow(
        expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringContaining(field) }),
      )
    const dealing = { manifest: hash('m'), set: hash('s'), from: 1n, to: 2n, threshold: 3, index: 1 }
    for (const commitments of [undefined, hash('c'), ['0x11']])
      expect(() => messageHash(domain, 'Dealing', { ...dealing, commitments } as never)).toThrow(
        'commitments',
      )
  })
})

describe('messages', () => {
  let signed: Signed<Grant>
  beforeAll(async () => {
    signed = await signMessage(signer, domain, 'Grant', grant)
  })

  test('the signer is found, and only for this message, domain and name', async () => {
    expect(await signerOf(domain, 'Grant', signed)).toBe(signer.address)
    const others = [
      await signerOf({ ...domain, chainId: 1 }, 'Grant', signed),
      await signerOf({ ...domain, registry: signer.address }, 'Grant', signed),
      await signerOf(domain, 'Grant', { ...signed, message: { ...grant, delegation: 1 } }),
    ]
    for (const other of others) expect(other).not.toBe(signer.address)
  })

  test('every field of a grant is in its hash', () => {
    const one = messageHash(domain, 'Grant', grant)
    const changed: Partial<Grant>[] = [
      { project: hash('x') },
      { scope: hash('x') },
      { subjectKind: 1 },
      { subject: '0x' },
      { renditions: 1n },
      { purposes: 2 },
      { notBefore: 0n },
      { expiry: 0n },
      { delegation: 0 },
      { parent: hash('x') },
      { nonce: hash('x') },
    ]
    expect(Object.keys(grant).sort()).toEqual(changed.flatMap(Object.keys).sort())
    for (const change of changed) expect(messageHash(domain, 'Grant', { ...grant, ...change })).not.toBe(one)
  })

  test('a signature has one form: 65 bytes, low s, v 27 or 28', async () => {
    const { signature } = signed
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const s = BigInt(`0x${signature.slice(66, 130)}`)
    const highS = `${signature.slice(0, 66)}${(order - s).toString(16).padStart(64, '0')}${
      signature.endsWith('1b') ? '1c' : '1b'
    }` as Hex
    const v0 = `${signature.slice(0, 130)}0${signature.endsWith('1b') ? 0 : 1}` as Hex
    const none: Hex[] = [
      highS,
      v0,
      `${signature}00`,
      signature.slice(0, -2) as Hex,
      '0x',
      `0x${'00'.repeat(64)}1b`,
    ]
    for (const other of none)
      expect(await signerOf(domain, 'Grant', { message: grant, signature: other })).toBeUndefined()
  })

  test('no bytes make it throw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 60, maxLength: 70 }), async (bytes) => {
        expect(await signerOf(domain, 'Grant', { message: grant, signature: toHex(bytes) })).not.toBe(
          signer.address,
        )
      }),
    )
  })
})

describe('evidence', () => {
  const evidence = encodeEvidence({
    chain: [{ grant, signature: '0x1234', proof: [hash('p')] }],
    path: [hash('s')],
  })

  test('comes back as it was', () => {
    expect(decodeEvidence(evidence)).toEqual({
      chain: [{ grant, signature: '0x1234', proof: [hash('p')] }],
      path: [hash('s')],
    })
  })

  test('has one form, and everything else is named', () => {
    const bytes = Buffer.from(evidence.slice(2), 'hex')
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const other = Uint8Array.from(bytes)
        other[at]! ^= bits
        try {
          expect(encodeEvidence(decodeEvidence(toHex(other)))).toBe(toHex(other))
        } catch (error) {
          expect(error).toMatchObject({ code: 'VAULT_BAD_EVIDENCE' })
        }
      }),
    )
    for (const other of ['0x', `${evidence}00`, evidence.slice(0, -64)] as Hex[])
      expect(() => decodeEvidence(other)).toThrow(expect.objectContaining({ code: 'VAULT_BAD_EVIDENCE' }))
  })
})

describe('words', () => {
  test('every denial has a code of its own and a sentence', () => {
    const codes = Object.values(denials)
    expect(new Set(codes).size).toBe(codes.length)
    for (const [name, code] of Object.entries(denials)) expect(denialOf(code)).toBe(name)
    expect(Object.keys(denialSentences)).toEqual(Object.keys(denials))
    expect(denialOf('0x00000000')).toBeUndefined()
  })

  test('numbers in JSON are decimal strings in their shortest form', () => {
    expect(toJson({ a: 2n ** 64n })).toBe('{"a":"18446744073709551616"}')
    for (const bad of ['', '01', '-1', '0x1', ' 1', 1, undefined, '9'.repeat(79)])
      expect(bigintOf(bad)).toBeUndefined()
    expect(bigintOf('0')).toBe(0n)
  })
})
