// Writes vectors/*.json from fixed seeds: `npm run bundle && npm run vectors` in this package. Every run gives the same bytes.
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import * as prettier from 'prettier'
import {
  combineShares,
  dealReshare,
  defaultCrypto,
  deriveKeyPair,
  newHeader,
  paddedLength,
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
  wrapKey,
} from '../dist/index.js'

const sha256 = (...parts) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}
const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`

/** `length` bytes of a seed: SHA-256(seed ‖ "/" ‖ i in decimal) for i = 0, 1, …, one after the other. */
function bytesOf(seed, length) {
  const out = new Uint8Array(Math.ceil(length / 32) * 32)
  for (let i = 0; i * 32 < length; i++) out.set(sha256(`${seed}/${i}`), i * 32)
  return out.subarray(0, length)
}
const seeded = (seed) => {
  let count = 0
  return { ...defaultCrypto, randomBytes: (length) => bytesOf(`${seed}/random/${count++}`, length) }
}

async function write(name, value) {
  const options = { ...(await prettier.resolveConfig(import.meta.filename)), parser: 'json' }
  const text = await prettier.format(JSON.stringify(value), options)
  writeFileSync(new URL(`../vectors/${name}.json`, import.meta.url), text)
}

const CHUNK = 262_144
const files = [
  ['empty', 0],
  ['one byte', 1],
  ['a padded length of 16', 8],
  ['a leaf', 4_096],
  ['less than a chunk', 253_944 - 1],
  ['one whole chunk', CHUNK - 8],
  ['the trailer in a second chunk', CHUNK - 7],
  ['two chunks', 400_000],
  ['one whole stripe', 3 * CHUNK - 8],
  ['a second stripe with one chunk', 3 * CHUNK - 7],
  ['two stripes', 5 * CHUNK + 12_345],
]

async function sealVectors() {
  const out = []
  for (const [name, length] of files) {
    const seed = `seal ${length}`
    const dataKey = sha256(seed, '/key')
    const salt = sha256(seed, '/salt')
    const prefix = sha256(seed, '/prefix').subarray(0, 7)
    const project = hex(sha256(seed, '/project'))
    const content = bytesOf(seed, length)
    const header = await newHeader(dataKey, { salt, prefix })
    const sealed = await sealBytes({ content, dataKey, project, header })
    out.push({
      name,
      content: { seed, length, sha256: hex(sha256(content)) },
      dataKey: hex(dataKey),
      salt: hex(salt),
      prefix: hex(prefix),
      project,
      header: hex(header),
      ...(sealed.body.length < 1_024 && { body: hex(sealed.body) }),
      bodySha256: hex(sha256(sealed.body)),
      length: sealed.body.length,
      dataRoot: sealed.descriptor.dataRoot,
      shardRoots: sealed.descriptor.shardRoots,
      shardLengths: sealed.shards.map((shard) => shard.length),
      shardSha256: sealed.shards.map((shard) => hex(sha256(shard))),
      unitRoots: Array.from({ length: sealed.unitRoots.length / 32 }, (_, i) =>
        hex(sealed.unitRoots.subarray(32 * i, 32 * i + 32)),
      ),
      blob: sealed.blob,
    })
  }
  return out
}

function treeVectors() {
  const roots = [0, 1, 2, 3, 4, 5, 7, 8, 9, 13].map((count) => {
    const leaves = Array.from({ length: count }, (_, i) => sha256(`leaf/${count}/${i}`))
    const tree = rootsTree(leaves)
    return {
      leaves: leaves.map(hex),
      root: hex(tree.root),
      paths: leaves.map((_, i) => tree.path(i).map(hex)),
    }
  })
  const units = [0, 1, 4_096, 4_097, 10_000, 262_160].map((length) => {
    const unit = bytesOf(`unit/${length}`, length)
    const last = Math.max(0, Math.ceil(length / 4_096) - 1)
    return {
      unit: { seed: `unit/${length}`, length },
      root: hex(unitRoot(unit)),
      lastPiece: last,
      lastPath: length === 0 ? [] : unitTree(unit).path(last).map(hex),
    }
  })
  return { empty: hex(treeHash().empty), roots, units }
}

const stripeVectors = () =>
  [[8, 8, 8], [5, 5, 3], [7, 2], [1], [33, 33, 32]].map((lengths) => {
    const chunks = lengths.map((length, i) => bytesOf(`stripe/${lengths}/${i}`, length))
    return { chunks: chunks.map(hex), units: stripeUnits(chunks).map(hex) }
  })

async function shareVectors() {
  const dataKey = sha256('share/key')
  const id = { object: hex(sha256('share/object')), rendition: 2, epoch: 7 }
  // Dealing a share anew takes given random bytes; its y is the key here.
  const holder = new Uint8Array(33)
  holder.set(dataKey)
  holder[32] = 1
  const shares = await dealReshare(holder, { shares: 5, threshold: 3 }, seeded('share'))
  const openings = shares.map((share, i) => {
    const opening = new Uint8Array(65)
    opening.set(share)
    opening.set(sha256(`share/r/${i + 1}`), 33)
    return opening
  })
  const dealings = await Promise.all(
    [0, 2, 3].map((i) => dealReshare(shares[i], { shares: 4, threshold: 2 }, seeded(`reshare/${i}`))),
  )
  const reshared = await Promise.all(
    [0, 1, 2, 3].map((k) =>
      combineShares(
        dealings.map((dealt, d) => {
          const point = dealt[k].slice()
          point[32] = shares[[0, 2, 3][d]][32]
          return point
        }),
      ),
    ),
  )
  return {
    ...id,
    dataKey: hex(dataKey),
    threshold: 3,
    shares: shares.map(hex),
    openings: openings.map(hex),
    commitments: openings.map((opening, i) => shareCommitment(id, i + 1, opening)),
    reshare: {
      threshold: 2,
      dealers: [1, 3, 4],
      subshares: dealings.map((dealt) => dealt.map(hex)),
      shares: reshared.map((y, k) => `${hex(y)}0${k + 1}`),
    },
  }
}

async function hpkeVectors() {
  const id = { object: hex(sha256('hpke/object')), rendition: 255, epoch: 4_294_967_295 }
  const recipient = await deriveKeyPair(sha256('hpke/recipient'))
  const opening = bytesOf('hpke/opening', 65)
  const dataKey = sha256('hpke/key')
  const to = recipient.publicKey
  const ephemeral = (name) => sha256(`hpke/ephemeral/${name}`)
  const deal = { id, committee: 258n, index: 5 }
  const release = {
    request: hex(sha256('hpke/request')),
    node: hex(sha256('hpke/node').subarray(0, 20)),
    index: 3,
  }
  const reshare = { dealing: hex(sha256('hpke/dealing')), index: 2 }
  const about = (name, plaintext) => ({ ephemeralIkm: hex(ephemeral(name)), plaintext: hex(plaintext) })
  return {
    recipient: { privateKey: hex(recipient.privateKey), publicKey: hex(to) },
    recipientIkm: hex(sha256('hpke/recipient')),
    deal: {
      ...id,
      committee: '258',
      index: 5,
      ...about('deal', opening),
      sealed: hex(await sealDeal({ ...deal, opening, to, ephemeral: ephemeral('deal') })),
    },
    release: {
      ...release,
      ...about('release', opening),
      sealed: hex(await sealRelease({ ...release, opening, to, ephemeral: ephemeral('release') })),
    },
    reshare: {
      ...reshare,
      ...about('reshare', opening),
      sealed: hex(await sealReshare({ ...reshare, opening, to, ephemeral: ephemeral('reshare') })),
    },
    wrap: {
      ...id,
      ...about('wrap', dataKey),
      sealed: hex(await wrapKey({ id, dataKey, to, ephemeral: ephemeral('wrap') })),
    },
  }
}

await write(
  'padding',
  [0, 1, 7, 8, 9, 100, 1_000, 4_096, 65_536, 262_136, 262_137, 1e6, 1e7, 5e9, 2 ** 40 + 1, 2 ** 50 - 8].map(
    (length) => ({ length, padded: paddedLength(length) }),
  ),
)
await write('seal', await sealVectors())
await write('trees', treeVectors())
await write('stripes', stripeVectors())
await write('shares', await shareVectors())
await write('hpke', await hpkeVectors())
