import { beforeAll, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { DevelopmentCertificate, ManifestSigner } from '../src/index.js'
import {
  OUTPUT_LABEL,
  developmentCertificate,
  pemSigner,
  signManifest,
  verifyManifest,
} from '../src/index.js'
import { coseLength, coseSign } from '../src/cose.js'
import { withLibrary } from '../src/library.js'
import { settingsOf } from '../src/settings.js'
import { png } from './samples.js'

const vaultAsset = `0x${'a1'.repeat(32)}` as const
const chain = 'eip155:1'

let certificate: DevelopmentCertificate
let signer: ManifestSigner
beforeAll(async () => {
  certificate = await developmentCertificate()
  signer = await pemSigner(certificate)
})

/** A manifest that another program signed, with whatever assertions. */
async function signedWith(assertions: object[], ingredients: object[] = []): Promise<Uint8Array> {
  const source = 'http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation'
  const actions = { actions: [{ action: 'c2pa.created', digitalSourceType: source }] }
  const definition = {
    ...{ claim_generator_info: [{ name: 'Another', version: '1' }], format: 'image/png', ingredients },
    assertions: [{ label: 'c2pa.actions.v2', data: actions }, ...assertions],
  }
  return withLibrary(png(), async (library, blob) => {
    const builder = library.WasmBuilder.fromJson(JSON.stringify(definition), settingsOf())
    const sign = async (claim: Uint8Array) =>
      (await coseSign(claim.slice(), signer.chain, signer.sign)) as Uint8Array<ArrayBuffer>
    return builder.sign({ alg: 'es256', reserveSize: coseLength(signer.chain), sign }, 'image/png', blob)
  })
}

it.each([
  ['says no output', [], 'none'],
  ['says it in a version of the future', [{ version: 2, vaultAsset, chain }], 'expected 1, got 2'],
  [
    'says it twice',
    [
      { version: 1, vaultAsset, chain },
      { version: 1, vaultAsset, chain },
    ],
    '2 of them',
  ],
  ['names no asset', [{ version: 1, vaultAsset: '0x12', chain }], 'Invalid vaultAsset'],
  ['names no chain', [{ version: 1, vaultAsset, chain: 'here' }], 'Invalid chain'],
  [
    'names a model by a number of JSON',
    [{ version: 1, vaultAsset, chain, modelVersion: 3 }],
    'Invalid modelVersion',
  ],
])('does not accept a trusted manifest that %s', async (_, data, got) => {
  const media = await signedWith(data.map((one) => ({ label: OUTPUT_LABEL, data: one })))
  expect(await verifyManifest(media, { anchors: certificate.anchor })).toMatchObject({
    ...{ ok: false, reason: 'noClaim', got: expect.stringContaining(got) },
  })
})

it('does not take ingredients for parents that are no works of its chain', async () => {
  const parent = `0x${'b2'.repeat(32)}`
  const ids = [`${chain}/vault:${parent}`, `eip155:2/vault:${parent}`, 'xmp:iid:1']
  const ingredients = ids.map((id) => ({ relationship: 'inputTo', instance_id: id }))
  const media = await signedWith(
    [{ label: OUTPUT_LABEL, data: { version: 1, vaultAsset, chain } }],
    ingredients,
  )
  expect(await verifyManifest(media, { anchors: certificate.anchor })).toMatchObject({
    ...{ ok: true, claim: { parents: [parent] } },
  })
})

it('never accepts a signed file in which a byte was changed: 40 places', async () => {
  const { media } = await signManifest(png(), { claim: { vaultAsset, chain } }, signer)
  await fc.assert(
    fc.asyncProperty(fc.nat(media.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const copy = media.slice()
      copy[at]! ^= flip
      expect((await verifyManifest(copy, { anchors: certificate.anchor })).ok).toBe(false)
    }),
    { numRuns: 40 },
  )
  // The library still works.
  expect((await verifyManifest(media, { anchors: certificate.anchor })).ok).toBe(true)
})
