import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileManifestStore } from '../src/fileStore.js'
import type { DevelopmentCertificate, ManifestStore, SignedMedia } from '../src/index.js'
import {
  developmentCertificate,
  findManifests,
  limits,
  memoryManifestStore,
  pemSigner,
  recordManifest,
  restoreManifest,
  signManifest,
  splitMedia,
  verifyManifest,
} from '../src/index.js'
import {
  jpeg,
  jpegStripped,
  mp4,
  mp4Stripped,
  png,
  pngInOneChunk,
  pngWithout,
  webp,
  webpStripped,
} from './samples.js'

const hash = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const
const chain = 'eip155:26463'
const record = {
  vaultAsset: hash(1),
  contentHash: hash(2),
  format: 'image/png',
  manifest: new Uint8Array([1]),
} as const

let folder: string
let certificate: DevelopmentCertificate
const signed: SignedMedia[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manifests-'))
  certificate = await developmentCertificate()
  const signer = await pemSigner(certificate)
  for (const [i, media] of [png(), jpeg(), webp(), mp4()].entries())
    signed.push(await signManifest(media, { claim: { vaultAsset: hash(100 + i), chain } }, signer))
})
afterAll(() => rm(folder, { recursive: true }))

describe.each([
  ['memory', () => memoryManifestStore()],
  ['files', () => fileManifestStore(join(folder, 'store'))],
] as [string, () => ManifestStore][])('a store in %s', (_, open) => {
  let store: ManifestStore
  beforeAll(async () => {
    store = open()
    for (const { media } of signed) await recordManifest(store, media, { anchors: certificate.anchor })
  })

  it('finds files that lost their manifest, and other metadata, by what they show', async () => {
    const stripped = [
      pngWithout(signed[0]!.media, 'caBX', 'tEXt'),
      pngInOneChunk(),
      jpegStripped(signed[1]!.media),
      webpStripped(),
      mp4Stripped(signed[3]!.media),
    ]
    const found = await Promise.all(stripped.map((media) => findManifests(store, media)))
    expect(found.map((records) => records.map(({ vaultAsset }) => vaultAsset))).toEqual([
      ...[[hash(100)], [hash(100)], [hash(101)], [hash(102)], [hash(103)]],
    ])
    expect(found[0]![0]!.manifest).toEqual(signed[0]!.manifest)
    for (const media of stripped) expect(splitMedia(media).manifest).toBeUndefined()
    // By its id too, and what is something else not at all.
    expect((await store.get(hash(100)))!.contentHash).toBe(signed[0]!.contentHash)
    expect(await store.get(hash(99))).toBeUndefined()
    expect(await findManifests(store, png(8))).toEqual([])
  })

  it('tells by the signature whether a PNG that was found is the one that was signed', async () => {
    const stripped = pngWithout(signed[0]!.media, 'caBX')
    const { manifest } = (await findManifests(store, stripped))[0]!
    const options = { anchors: certificate.anchor, vaultAsset: hash(100) }
    expect(await verifyManifest(restoreManifest(stripped, manifest), options)).toMatchObject({ ok: true })
    // Its comment was signed as well.
    const poorer = restoreManifest(pngWithout(stripped, 'tEXt'), manifest)
    expect(await verifyManifest(poorer, options)).toMatchObject({ ok: false, reason: 'tampered' })
    expect(() => restoreManifest(signed[0]!.media, manifest)).toThrow('expected a file without manifest')
    expect(() => restoreManifest(jpeg(), manifest)).toThrow('expected a PNG, got image/jpeg')
  })

  it('records what is accepted only', async () => {
    const stranger = await developmentCertificate()
    await expect(recordManifest(store, signed[0]!.media, { anchors: stranger.anchor })).rejects.toMatchObject(
      {
        ...{ code: 'C2PA_REFUSED', message: expect.stringContaining('(untrusted): expected a signer') },
      },
    )
  })

  it('keeps a record as it is', async () => {
    await Promise.all([store.put(record), store.put(record)])
    await store.put(record)
    const other = { ...record, manifest: new Uint8Array([2]) }
    await expect(store.put(other)).rejects.toMatchObject({ code: 'C2PA_OTHER_RECORD' })
    expect(await store.get(record.vaultAsset)).toEqual(record)
    for (const bad of [
      { vaultAsset: '0x../..' },
      { contentHash: 'x' },
      { format: 'text/html' },
      { manifest: 'x' },
    ])
      await expect(store.put({ ...record, ...bad } as never)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(store.get('../../etc' as never)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('holds a bounded number of outputs with the same content', async () => {
    for (let i = 0; i < limits.sameContent; i++)
      await store.put({ ...record, vaultAsset: hash(1_000 + i), contentHash: hash(3) })
    await expect(
      store.put({ ...record, vaultAsset: hash(2_000), contentHash: hash(3) }),
    ).rejects.toMatchObject({
      code: 'MEDIA_TOO_LARGE',
    })
    expect(await store.withContent(hash(3))).toHaveLength(limits.sameContent)
  })
})

it('bounds a store in memory', async () => {
  const store = memoryManifestStore(1)
  await store.put(record)
  await expect(store.put({ ...record, vaultAsset: hash(7) })).rejects.toThrow('at most 1, got 2')
})

describe('a store in files', () => {
  const at = (name: string) => join(folder, name)

  it('is there after it was closed, and leaves no unfinished file', async () => {
    await fileManifestStore(at('again')).put(record)
    expect(await fileManifestStore(at('again')).get(record.vaultAsset)).toEqual(record)
    const names = await readdir(at('again'), { recursive: true })
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('makes a put good that was cut off between record and index', async () => {
    const store = fileManifestStore(at('cut'))
    await store.put(record)
    await rm(join(at('cut'), 'content'), { recursive: true })
    expect(await store.withContent(record.contentHash)).toEqual([])
    await store.put(record)
    expect(await store.withContent(record.contentHash)).toEqual([record.vaultAsset])
  })

  it('names a file that is no record', async () => {
    const store = fileManifestStore(at('broken'))
    await store.put(record)
    const path = join(at('broken'), 'records', '00', `${record.vaultAsset.slice(2)}.json`)
    for (const text of ['{', '{"version":2}', '{"version":1,"manifest":"AA=="}', 'null']) {
      await writeFile(path, text)
      await expect(store.get(record.vaultAsset)).rejects.toMatchObject({
        ...{ code: 'C2PA_BAD_RECORD', message: expect.stringContaining(path) },
      })
    }
    await truncate(path, 2 * limits.manifestBytes)
    await expect(store.get(record.vaultAsset)).rejects.toThrow('bytes, got')
  })
})
