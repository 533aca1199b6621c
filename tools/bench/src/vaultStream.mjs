// One stream of many bytes through the private store's client, in a process of its own: how far its memory rises above what it was before.
import { randomBytes } from 'node:crypto'
import { storageCommittee } from '@animechain/vault-committee'
import { newDataKey, openStream, sealChunks, newHeader } from '@animechain/vault-format'
import { signMessage } from '@animechain/vault-protocol'
import { privateKeyToAccount } from 'viem/accounts'

const MIB = 1_048_576
const { work, mib, nodes, domain, key } = JSON.parse(process.argv[2])
const project = `0x${'00'.repeat(32)}`
const dataKey = newDataKey()
const piece = randomBytes(MIB)
/** The same every time, and no piece the same as another. */
async function* content(size = mib) {
  for (let i = 0; i < size; i++) {
    piece.writeUInt32BE(i)
    yield piece
  }
}
const run = {
  async seal(size) {
    for await (const chunk of sealChunks({ content: content(size), dataKey })) void chunk
  },
  async open(size) {
    const header = await newHeader(dataKey)
    const body = sealChunks({ content: content(size), dataKey, header })
    for await (const opened of openStream({ header, body, dataKey })) void opened
  },
  async put(size) {
    const committee = storageCommittee({ nodes, domain })
    const owner = privateKeyToAccount(key)
    const upload = async ({ length }, blob) =>
      signMessage(owner, domain, 'Upload', {
        ...{ project, blob, length },
        notAfter: BigInt(Math.floor(Date.now() / 1_000) + 3_600),
      })
    const { blob, margin } = await committee.put({ content: () => content(size), dataKey, project, upload })
    return { blob, margin, dataKey: Buffer.from(dataKey).toString('hex') }
  },
  async get(size) {
    const { blob, key: secret } = JSON.parse(process.argv[3])
    const committee = storageCommittee({ nodes, domain })
    let bytes = 0
    const asked = { blob, dataKey: Buffer.from(secret, 'hex'), length: size * MIB }
    for await (const read of committee.read(asked)) bytes += read.length
    if (bytes !== size * MIB) throw new Error(`expected ${size * MIB} bytes, read ${bytes}`)
  },
}[work]

// Code is compiled and pools are filled before: a stream of 16 MiB goes first.
await run(16)
globalThis.gc()
const before = process.memoryUsage().rss
let most = before
const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20)
const began = performance.now()
const result = await run(mib)
clearInterval(watch)
process.send({ ...result, seconds: (performance.now() - began) / 1_000, above: (most - before) / MIB })
