// What runs in the browser: every published vector of sealing, by WebCrypto and by what the page takes itself.
import { bytesToHex, equalBytes, hexToBytes, type Hash, type Hex } from '@animechain/core'
import {
  defaultCrypto,
  deriveKeyPair,
  openBytes,
  openStream,
  sealBytes,
  unwrapKey,
  verifyUnitRoots,
  wrapKey,
} from '@animechain/vault-format'

/** A vector of seal.json, as far as the page reads it. */
interface Vector {
  name: string
  content: { seed: string; length: number }
  dataKey: Hex
  project: Hash
  header: Hex
  blob: Hash
}

async function seeded(seed: string, length: number): Promise<Uint8Array> {
  const out = new Uint8Array(Math.ceil(length / 32) * 32)
  for (let i = 0; i * 32 < length; i++) {
    const digest = defaultCrypto.sha256(new TextEncoder().encode(`${seed}/${i}`))
    out.set(digest, i * 32)
  }
  return out.subarray(0, length)
}

async function run(vectors: readonly Vector[]): Promise<string[]> {
  const wrong: string[] = []
  const expectTrue = (what: string, holds: boolean) => holds || wrong.push(what)
  for (const vector of vectors) {
    const content = await seeded(vector.content.seed, vector.content.length)
    const dataKey = hexToBytes(vector.dataKey)
    const header = hexToBytes(vector.header)
    const sealed = await sealBytes({
      content: new Uint8Array(content),
      dataKey,
      project: vector.project,
      header,
    })
    expectTrue(`${vector.name}: id`, sealed.blob === vector.blob)
    expectTrue(`${vector.name}: roots`, verifyUnitRoots(sealed.descriptor, sealed.unitRoots))
    expectTrue(`${vector.name}: opened`, equalBytes(await openBytes({ ...sealed, dataKey }), content))
    // From a stream of the browser's own.
    const body = new Blob([sealed.body as Uint8Array<ArrayBuffer>]).stream()
    let length = 0
    for await (const piece of openStream({ header, body, dataKey })) length += piece.length
    expectTrue(`${vector.name}: streamed`, length === content.length)
    sealed.body[sealed.body.length >> 1]! ^= 1
    const code = await openBytes({ ...sealed, dataKey }).catch((error: { code: string }) => error.code)
    expectTrue(`${vector.name}: changed`, code === 'VAULT_BAD_CHUNK')
  }
  const owner = await deriveKeyPair(await seeded('owner', 32))
  const id = { object: vectors[0]!.project, rendition: 0, epoch: 1 }
  const dataKey = await seeded('key', 32)
  const wrapped = await wrapKey({ id, dataKey, to: owner.publicKey })
  const unwrapped = await unwrapKey({ id, sealed: wrapped, privateKey: owner.privateKey })
  expectTrue('wrap', bytesToHex(unwrapped) === bytesToHex(dataKey))
  return wrong
}

Object.assign(globalThis, {
  runVectors: async (vectors: readonly Vector[]) => ({
    backend: defaultCrypto.id,
    wrong: await run(vectors),
  }),
})
