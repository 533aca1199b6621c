import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import {
  bytesToHex,
  concatBytes,
  equalBytes,
  hexToBytes,
  type Address,
  type Hash,
  type Hex,
} from '@animechain/core'
import {
  combineReshare,
  combineShares,
  deriveKeyPair,
  hashTree,
  isOpening,
  newHeader,
  nodeCrypto,
  openBytes,
  openDeal,
  openRelease,
  openReshare,
  paddedLength,
  reconstructStripe,
  rootsTree,
  sealBytes,
  sealDeal,
  sealRelease,
  sealReshare,
  shareCommitment,
  stripeUnits,
  treeHash,
  unitRoot,
  unitTree,
  unwrapKey,
  verifyInclusion,
  verifyUnitRoots,
  webCrypto,
  wrapKey,
} from '../src/index.js'
import {
  blobBySpec,
  combineBySpec,
  commitmentBySpec,
  hpkeOpenBySpec,
  openBySpec,
  padmeBySpec,
  pathBySpec,
  shardsBySpec,
  treeBySpec,
  unitRootBySpec,
} from './independent.js'
import { seededBytes } from './seeded.js'

const vectors = <shape>(name: string): shape =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')) as shape
const sha256 = (bytes: Uint8Array): Hex => bytesToHex(createHash('sha256').update(bytes).digest())

interface SealVector {
  name: string
  content: { seed: string; length: number; sha256: Hash }
  dataKey: Hex
  salt: Hex
  prefix: Hex
  project: Hash
  header: Hex
  body?: Hex
  bodySha256: Hash
  length: number
  dataRoot: Hash
  shardRoots: Hash[]
  shardLengths: number[]
  shardSha256: Hash[]
  unitRoots: Hash[]
  blob: Hash
}

const backends = { node: nodeCrypto()!, web: webCrypto() }

describe('published vectors', () => {
  it('padding.json', () => {
    for (const { length, padded } of vectors<{ length: number; padded: number }[]>('padding')) {
      expect(paddedLength(length)).toBe(padded)
      expect(padmeBySpec(BigInt(length) + 8n)).toBe(BigInt(padded))
    }
  })

  it.each(vectors<SealVector[]>('seal'))('seal.json: $name', async (vector) => {
    const content = seededBytes(vector.content.seed, vector.content.length)
    expect(sha256(content)).toBe(vector.content.sha256)
    const dataKey = hexToBytes(vector.dataKey)
    const { salt, prefix } = { salt: hexToBytes(vector.salt), prefix: hexToBytes(vector.prefix) }
    let body = new Uint8Array(0)
    for (const crypto of Object.values(backends)) {
      const header = await newHeader(dataKey, { salt, prefix, crypto })
      expect(bytesToHex(header)).toBe(vector.header)
      const sealed = await sealBytes({ content, dataKey, project: vector.project, header, crypto })
      body = new Uint8Array(sealed.body)
      expect(sha256(body)).toBe(vector.bodySha256)
      expect(sealed.blob).toBe(vector.blob)
      expect(sealed.shards.map((shard) => shard.length)).toEqual(vector.shardLengths)
      expect(sealed.shards.map(sha256)).toEqual(vector.shardSha256)
      expect(bytesToHex(sealed.unitRoots)).toBe(`0x${vector.unitRoots.map((root) => root.slice(2)).join('')}`)
      expect(verifyUnitRoots(sealed.descriptor, sealed.unitRoots, crypto)).toBe(true)
      expect(equalBytes(await openBytes({ header, body, dataKey, crypto }), content)).toBe(true)
    }
    expect(body.length).toBe(vector.length)
    if (vector.body) expect(bytesToHex(body)).toBe(vector.body)
    // By the specification alone.
    const header = hexToBytes(vector.header)
    expect(equalBytes(openBySpec(header, body, dataKey), content)).toBe(true)
    const told = blobBySpec(header, body, hexToBytes(vector.project))
    expect(bytesToHex(told.blob)).toBe(vector.blob)
    expect(bytesToHex(told.dataRoot)).toBe(vector.dataRoot)
    expect(told.shardRoots.map((root) => bytesToHex(root))).toEqual(vector.shardRoots)
    expect(shardsBySpec(body).map((units) => sha256(Buffer.concat(units)))).toEqual(vector.shardSha256)
  })

  it('trees.json', () => {
    const { empty, roots, units } = vectors<{
      empty: Hash
      roots: { leaves: Hex[]; root: Hash; paths: Hash[][] }[]
      units: { unit: { seed: string; length: number }; root: Hash; lastPiece: number; lastPath: Hash[] }[]
    }>('trees')
    expect(bytesToHex(treeBySpec([]))).toBe(empty)
    for (const { leaves, root, paths } of roots) {
      const bytes = leaves.map(hexToBytes)
      expect(bytesToHex(treeBySpec(bytes))).toBe(root)
      expect(bytesToHex(rootsTree(bytes).root)).toBe(root)
      for (const [index, path] of paths.entries()) {
        expect(pathBySpec(bytes, index).map((hash) => bytesToHex(hash))).toEqual(path)
        expect(rootsTree(bytes).path(index).map(bytesToHex)).toEqual(path)
        const inclusion = {
          root: hexToBytes(root),
          leaf: bytes[index]!,
          index,
          count: bytes.length,
          path: path.map(hexToBytes),
        }
        expect(verifyInclusion(inclusion)).toBe(true)
        expect(verifyInclusion({ ...inclusion, path: [...inclusion.path, inclusion.root] })).toBe(false)
        expect(verifyInclusion({ ...inclusion, path: inclusion.path.slice(1) })).toBe(path.length === 0)
      }
    }
    for (const { unit, root, lastPiece, lastPath } of units) {
      const bytes = seededBytes(unit.seed, unit.length)
      expect(bytesToHex(unitRootBySpec(bytes))).toBe(root)
      for (const crypto of Object.values(backends)) expect(bytesToHex(unitRoot(bytes, crypto))).toBe(root)
      if (unit.length > 0) expect(unitTree(bytes).path(lastPiece).map(bytesToHex)).toEqual(lastPath)
    }
    expect(hashTree([]).root).toEqual(treeHash().empty)
  })

  it('stripes.json', () => {
    for (const { chunks, units } of vectors<{ chunks: Hex[]; units: Hex[] }[]>('stripes')) {
      const made = stripeUnits(chunks.map(hexToBytes))
      expect(made.map(bytesToHex)).toEqual(units)
      const back = reconstructStripe(
        made.map((unit, i) => (i === 0 || i === 3 ? undefined : unit)),
        made.map((unit) => unit.length),
      )
      expect(back.map(bytesToHex)).toEqual(units)
    }
  })

  it('shares.json', async () => {
    const file = vectors<{
      object: Hash
      rendition: number
      epoch: number
      dataKey: Hex
      shares: Hex[]
      openings: Hex[]
      commitments: Hash[]
      reshare: { dealers: number[]; subshares: Hex[][]; shares: Hex[] }
    }>('shares')
    const { object, rendition, epoch, dataKey, commitments, reshare } = file
    const shares = file.shares.map(hexToBytes)
    for (const [i, opening] of file.openings.map(hexToBytes).entries()) {
      expect(opening.subarray(0, 33)).toEqual(shares[i])
      expect(shareCommitment({ object, rendition, epoch }, i + 1, opening)).toBe(commitments[i])
      expect(isOpening({ object, rendition, epoch }, i + 1, opening, commitments[i]!)).toBe(true)
      const told = commitmentBySpec(hexToBytes(object), rendition, epoch, i + 1, opening)
      expect(bytesToHex(told)).toBe(commitments[i])
    }
    for (const three of [
      [0, 1, 2],
      [1, 3, 4],
    ]) {
      expect(bytesToHex(await combineShares(three.map((i) => shares[i]!)))).toBe(dataKey)
      expect(bytesToHex(combineBySpec(three.map((i) => shares[i]!)))).toBe(dataKey)
    }
    for (let k = 0; k < 4; k++) {
      const subshares = reshare.dealers.map((dealer, d) => ({
        dealerX: shares[dealer - 1]![32]!,
        subshare: hexToBytes(reshare.subshares[d]![k]!),
      }))
      expect(bytesToHex(await combineReshare(subshares))).toBe(reshare.shares[k])
    }
    const two = reshare.shares.slice(1, 3).map(hexToBytes)
    expect(bytesToHex(combineBySpec(two))).toBe(dataKey)
  })
})

interface Sealed {
  ephemeralIkm: Hex
  plaintext: Hex
  sealed: Hex
}
interface KeyFields {
  object: Hash
  rendition: number
  epoch: number
}
const text = (label: string) => new TextEncoder().encode(label)
const number = (value: number | string, bytes: number) =>
  hexToBytes(
    `0x${BigInt(value)
      .toString(16)
      .padStart(2 * bytes, '0')}`,
  )

describe('published vectors of HPKE', () => {
  const file = vectors<{
    recipient: { privateKey: Hex; publicKey: Hex }
    recipientIkm: Hex
    deal: Sealed & KeyFields & { committee: string; index: number }
    release: Sealed & { request: Hash; node: Address; index: number }
    reshare: Sealed & { dealing: Hash; index: number }
    wrap: Sealed & KeyFields
  }>('hpke')
  const recipient = {
    privateKey: hexToBytes(file.recipient.privateKey),
    publicKey: hexToBytes(file.recipient.publicKey),
  }
  const parts = (vector: Sealed) => ({
    to: recipient.publicKey,
    ephemeral: hexToBytes(vector.ephemeralIkm),
    opening: hexToBytes(vector.plaintext),
  })
  const idBytes = ({ object, rendition, epoch }: KeyFields) =>
    concatBytes(hexToBytes(object), number(rendition, 1), number(epoch, 4))
  const opens = (vector: Sealed, info: Uint8Array) =>
    expect(bytesToHex(hpkeOpenBySpec(recipient, info, hexToBytes(vector.sealed)))).toBe(vector.plaintext)

  it('derives the recipient', async () => {
    expect(await deriveKeyPair(hexToBytes(file.recipientIkm))).toEqual(recipient)
  })

  it('seals and opens a dealt share', async () => {
    const { deal } = file
    const share = { id: deal, committee: BigInt(deal.committee), index: deal.index }
    expect(bytesToHex(await sealDeal({ ...share, ...parts(deal) }))).toBe(deal.sealed)
    const sealed = hexToBytes(deal.sealed)
    expect(bytesToHex(await openDeal({ ...share, sealed, privateKey: recipient.privateKey }))).toBe(
      deal.plaintext,
    )
    opens(
      deal,
      concatBytes(
        text('animechain/vault/deal/1'),
        idBytes(deal),
        number(deal.committee, 8),
        number(deal.index, 1),
      ),
    )
  })

  it('seals and opens a released share', async () => {
    const { release } = file
    expect(bytesToHex(await sealRelease({ ...release, ...parts(release) }))).toBe(release.sealed)
    const sealed = hexToBytes(release.sealed)
    expect(bytesToHex(await openRelease({ ...release, sealed, privateKey: recipient.privateKey }))).toBe(
      release.plaintext,
    )
    opens(
      release,
      concatBytes(
        text('animechain/vault/release/1'),
        hexToBytes(release.request),
        hexToBytes(release.node),
        number(release.index, 1),
      ),
    )
  })

  it('seals and opens a sub-share', async () => {
    const { reshare } = file
    expect(bytesToHex(await sealReshare({ ...reshare, ...parts(reshare) }))).toBe(reshare.sealed)
    const sealed = hexToBytes(reshare.sealed)
    expect(bytesToHex(await openReshare({ ...reshare, sealed, privateKey: recipient.privateKey }))).toBe(
      reshare.plaintext,
    )
    opens(
      reshare,
      concatBytes(text('animechain/vault/reshare/1'), hexToBytes(reshare.dealing), number(reshare.index, 1)),
    )
  })

  it('seals and opens the wrap of a key', async () => {
    const { wrap } = file
    const dataKey = hexToBytes(wrap.plaintext)
    expect(bytesToHex(await wrapKey({ id: wrap, dataKey, ...parts(wrap) }))).toBe(wrap.sealed)
    const sealed = hexToBytes(wrap.sealed)
    expect(bytesToHex(await unwrapKey({ id: wrap, sealed, privateKey: recipient.privateKey }))).toBe(
      wrap.plaintext,
    )
    opens(wrap, concatBytes(text('animechain/vault/wrap/1'), idBytes(wrap)))
  })
})
