import { beforeAll, describe, expect, it, jest } from '@jest/globals'
import { keccak256Hex } from '@animechain/core'
import type { DevelopmentCertificate, ManifestSigner, SignedMedia, Verdict } from '../src/index.js'
import {
  developmentCertificate,
  limits,
  manifestCommitment,
  newSalt,
  pemSigner,
  readManifest,
  signManifest,
  splitMedia,
  verifyManifest,
} from '../src/index.js'
import { jpeg, mp4, png, webp } from './samples.js'

const vaultAsset = `0x${'a1'.repeat(32)}` as const
const parents = [`0x${'b2'.repeat(32)}`, `0x${'c3'.repeat(32)}`] as const
const claim = { vaultAsset, chain: 'eip155:26463', modelVersion: 12n, parents }

let certificate: DevelopmentCertificate
let signer: ManifestSigner
let signed: SignedMedia

beforeAll(async () => {
  certificate = await developmentCertificate({ commonName: 'Test signer' })
  signer = await pemSigner(certificate)
  signed = await signManifest(png(), { claim }, signer)
})

/** Which reason, and whether the words say both sides. */
function reasonOf(verdict: Verdict): string {
  if (verdict.ok) return 'accepted'
  expect(verdict.expected.length > 0 && verdict.got.length > 0).toBe(true)
  return verdict.reason
}
const reasonFor = async (media: Uint8Array, options = {}) =>
  reasonOf(await verifyManifest(media, { anchors: certificate.anchor, ...options }))

describe('signManifest', () => {
  it('writes a manifest that is read back: claim, parents, permissions, signer', async () => {
    const verdict = await verifyManifest(signed.media, {
      anchors: certificate.anchor,
      ...{ vaultAsset, chain: claim.chain },
    })
    expect(verdict).toMatchObject({ ok: true, claim })
    expect(verdict.report).toMatchObject({
      ...{ format: 'image/png', state: 'trusted', failures: [], title: undefined, claimProblem: undefined },
      signer: { commonName: 'Test signer', algorithm: 'Es256' },
      training: {
        ...{ aiTraining: 'notAllowed', aiGenerativeTraining: 'notAllowed' },
        ...{ aiInference: 'notAllowed', dataMining: 'notAllowed' },
      },
    })
    expect(verdict.report!.manifest).toEqual(signed.manifest)
  })

  it.each([
    ['image/png', png],
    ['image/jpeg', jpeg],
    ['image/webp', webp],
    ['video/mp4', mp4],
  ] as const)('signs %s, and finds the manifest in it', async (format, make) => {
    const { media, manifest, ...rest } = await signManifest(make(), { claim }, signer)
    expect(rest.format).toBe(format)
    expect(splitMedia(media).manifest).toEqual(manifest)
    expect(await reasonFor(media)).toBe('accepted')
  })

  it('says what machines may do, and that a file was drawn by people, and names whom it was told', async () => {
    const { media } = await signManifest(
      png(),
      {
        claim: { vaultAsset, chain: claim.chain },
        training: { aiInference: 'allowed', dataMining: { constrained: 'for research' } },
        ...{ title: 'Cut 12', creators: ['A. Nimator'] },
      },
      signer,
    )
    const report = await readManifest(media)
    expect(report).toMatchObject({
      ...{ title: 'Cut 12', claim: { vaultAsset, parents: [], modelVersion: undefined } },
      training: {
        aiTraining: 'notAllowed',
        aiInference: 'allowed',
        dataMining: { constrained: 'for research' },
      },
    })
    const text = Buffer.from(report!.manifest).toString('latin1')
    expect(text).toContain('A. Nimator')
    expect(text).toContain('digitalsourcetype/digitalCreation')
    expect(text).toContain('cawg.training-mining')
    expect(text).not.toContain('c2pa.training-mining')
  })

  it('leaves no FileReaderSync behind', () => {
    expect('FileReaderSync' in globalThis).toBe(false)
  })

  it.each([
    [
      'a vault asset',
      { claim: { ...claim, vaultAsset: '0x12' } },
      'Invalid vaultAsset: expected 0x and 64 hex digits',
    ],
    ['a chain', { claim: { ...claim, chain: 'solana:1' } }, 'Invalid chain: expected a CAIP-2 id'],
    ['a version', { claim: { ...claim, modelVersion: 0n } }, 'Invalid modelVersion'],
    ['a parent', { claim: { ...claim, parents: [vaultAsset] } }, 'not the output itself'],
    ['parents', { claim: { ...claim, parents: Array(9).fill(parents[0]) } }, 'at most 8'],
    ['a use', { claim, training: { aiDreams: 'allowed' } }, 'Invalid training: expected uses of aiTraining'],
    [
      'a permission',
      { claim, training: { aiTraining: 'maybe' } },
      'Invalid training.aiTraining: expected allowed',
    ],
    ['a source', { claim, source: 'dream' }, 'Invalid source'],
    ['a title', { claim, title: 'x'.repeat(201) }, 'Invalid title: expected 1 to 200 characters'],
    ['a name', { claim, creators: [''] }, 'Invalid creators[0]'],
  ])('refuses %s that is none', async (_, request, message) => {
    await expect(signManifest(png(), request as never, signer)).rejects.toThrow(message)
  })

  it('refuses files that are none, and those with a manifest', async () => {
    await expect(signManifest(new Uint8Array(40), { claim }, signer)).rejects.toMatchObject({
      code: 'MEDIA_UNKNOWN',
    })
    await expect(signManifest(signed.media, { claim }, signer)).rejects.toThrow(
      'expected a file without a manifest, got one that has one',
    )
    await expect(signManifest(new Uint8Array(limits.mediaBytes + 1), { claim }, signer)).rejects.toThrow(
      `at most ${limits.mediaBytes}, got ${limits.mediaBytes + 1}`,
    )
  })

  it('refuses signatures that are none, and passes on what a signer says', async () => {
    const by = (sign: ManifestSigner['sign']) => signManifest(png(), { claim }, { chain: signer.chain, sign })
    await expect(by(async () => new Uint8Array(70))).rejects.toThrow(
      'expected an ES256 signature of 64 bytes (r, s), got 70 bytes',
    )
    // Right in form, but of other bytes.
    await expect(by(async () => signer.sign(new Uint8Array(3)))).rejects.toMatchObject({
      code: 'C2PA_NOT_SIGNED',
    })
    await expect(by(() => Promise.reject(new Error('The HSM is locked')))).rejects.toMatchObject({
      code: 'C2PA_NOT_SIGNED',
      message: expect.stringContaining('The HSM is locked'),
    })
    await expect(signManifest(png(), { claim }, { ...signer, chain: [] })).rejects.toThrow(
      'Invalid signer.chain',
    )
  })
})

describe('pemSigner', () => {
  it('refuses what is no chain or no key', async () => {
    const { certificates, privateKey } = certificate
    await expect(pemSigner({ certificates: 'none', privateKey })).rejects.toThrow(
      'at least one block CERTIFICATE',
    )
    await expect(pemSigner({ certificates, privateKey: certificates })).rejects.toThrow(
      'one block PRIVATE KEY',
    )
    await expect(pemSigner({ certificates: certificates.repeat(9), privateKey })).rejects.toThrow('at most 8')
    const foreign = privateKey.replace(/\n[^-\n]{20}/, `\n${'A'.repeat(20)}`)
    await expect(pemSigner({ certificates, privateKey: foreign })).rejects.toMatchObject({
      code: 'C2PA_BAD_CERTIFICATE',
    })
  })

  it('says in a development certificate what it is', () => {
    const der = Buffer.from(certificate.certificates.replace(/-----[^-]*-----|\s/g, ''), 'base64')
    expect(der.toString('latin1')).toContain('Development only: nobody vouches for this')
  })
})

describe('verifyManifest', () => {
  it('does not accept what a stranger signed', async () => {
    const stranger = await developmentCertificate({ commonName: 'Test signer' })
    const verdict = await verifyManifest(signed.media, { anchors: stranger.anchor })
    expect(verdict).toMatchObject({
      ...{ ok: false, reason: 'untrusted', expected: 'a signer of the trust list' },
      got: expect.stringContaining('Test signer, Development only'),
    })
    // Nor as a signer by himself; the right one is.
    const theirs = await verifyManifest(signed.media, { signers: stranger.certificates })
    expect(reasonOf(theirs)).toBe('untrusted')
    expect(reasonOf(await verifyManifest(signed.media, { signers: certificate.certificates }))).toBe(
      'accepted',
    )
  })

  it('does not accept an expired certificate', async () => {
    const later = Date.now() + 40 * 86_400_000
    jest.useFakeTimers({
      now: later,
      doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setTimeout'],
    })
    try {
      expect(await verifyManifest(signed.media, { anchors: certificate.anchor })).toMatchObject({
        ...{ ok: false, reason: 'expired', expected: 'a certificate that is valid now' },
        got: expect.stringContaining('signingCredential.expired'),
      })
      await expect(signManifest(png(), { claim }, signer)).rejects.toMatchObject({
        ...{ code: 'C2PA_NOT_SIGNED', message: expect.stringContaining('expired') },
      })
    } finally {
      jest.useRealTimers()
    }
  })

  it('does not accept a file that was changed: pixels, claim, signature, certificate', async () => {
    const changed = (at: number) => {
      const copy = signed.media.slice()
      copy[at]! ^= 1
      return copy
    }
    const file = Buffer.from(signed.media)
    expect(await reasonFor(changed(file.lastIndexOf('IDAT') + 6))).toBe('tampered')
    // The vault asset id within the claim's assertion.
    expect(await reasonFor(changed(file.indexOf('a1a1a1a1')))).toBe('tampered')
    expect(await reasonFor(changed(file.indexOf('Test signer')))).toBe('tampered')
    // The signature is the last part of the manifest.
    expect(await reasonFor(changed(33 + 8 + signed.manifest.length - 10))).toBe('tampered')
    expect(await reasonFor(new Uint8Array([...signed.media, 1]))).toBe('tampered')
  })

  it('does not accept files without manifest or without claim, other outputs and other chains', async () => {
    expect(await reasonFor(png())).toBe('noManifest')
    expect(await reasonFor(new TextEncoder().encode('no media file'))).toBe('unreadable')
    expect(await reasonFor(signed.media.subarray(0, 1_000))).toBe('unreadable')
    expect(await reasonFor(signed.media, { chain: 'eip155:1' })).toBe('otherChain')
    expect(await reasonFor(signed.media, { vaultAsset: parents[0] })).toBe('otherAsset')
  })

  it('asks for a trust list', async () => {
    await expect(verifyManifest(signed.media, {})).rejects.toThrow('expected anchors or signers, in PEM')
    await expect(verifyManifest(signed.media, { anchors: '' })).rejects.toMatchObject({
      code: 'C2PA_BAD_CERTIFICATE',
    })
    const report = await readManifest(signed.media)
    expect(report!.state).toBe('valid')
  })
})

describe('manifestCommitment', () => {
  it('is keccak256 of salt and manifest', () => {
    const salt = newSalt()
    expect(manifestCommitment(signed.manifest, salt)).toBe(
      keccak256Hex(new Uint8Array([...salt, ...signed.manifest])),
    )
  })

  it('refuses other salts and no manifest', () => {
    for (const salt of [new Uint8Array(31), new Uint8Array(32), 'salt' as never])
      expect(() => manifestCommitment(signed.manifest, salt)).toThrow(
        'Invalid salt: expected 32 random bytes',
      )
    expect(() => manifestCommitment(new Uint8Array(0), newSalt())).toThrow('Invalid manifest')
  })
})
