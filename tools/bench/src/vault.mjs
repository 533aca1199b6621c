// The private store: sealing beside OpenSSL on the same processor, memory of long streams, ranges from five nodes on loopback.
import { execFile, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { storageCommittee } from '@animechain/vault-committee'
import {
  TreeBuilder,
  chunkOpener,
  newDataKey,
  newHeader,
  reedSolomon,
  sealBytes,
  sealChunks,
  sealStripes,
  unitRoot,
} from '@animechain/vault-format'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { median, round } from './scope.mjs'

const MIB = 1_048_576
const CHUNK = 262_144
const project = `0x${'00'.repeat(32)}`
const domain = { chainId: 31_337, registry: '0x4200000000000000000000000000000000001000' }
/** So much that its padding is the trailer alone. */
const ROUND = randomBytes(24 * MIB - 8)

/** Largest block that `openssl speed` takes by itself, bytes; and as many as a chunk has. */
const BLOCKS = [16_384, CHUNK]

/** AES-256-GCM of OpenSSL on one core with blocks of so many bytes, MB/s; undefined where the program is not there. */
async function openssl(seconds, block) {
  const args = [
    'speed',
    '-evp',
    'aes-256-gcm',
    '-seconds',
    `${Math.max(1, Math.ceil(seconds))}`,
    '-bytes',
    `${block}`,
  ]
  const { stdout } = await promisify(execFile)('openssl', args).catch(() => ({ stdout: '' }))
  const found = /^AES-256-GCM\s+([\d.]+)k/m.exec(stdout)
  return found ? Number(found[1]) / 1_000 : undefined
}

async function drain(generator) {
  for await (const each of generator) void each
}

/** As many bytes as {@link ROUND} has, in pieces of a chunk that are one buffer, as a file that is read gives them; OpenSSL takes one buffer over and over, too. */
function* readAgain() {
  for (let left = ROUND.length; left > 0; left -= CHUNK) yield ROUND.subarray(0, Math.min(CHUNK, left))
}

function works(dataKey) {
  const shards = [0, 1, 2].map((i) => Uint8Array.from(ROUND.subarray(i * CHUNK, (i + 1) * CHUNK)))
  const code = reedSolomon(3, 2)
  return {
    seal: () => drain(sealChunks({ content: readAgain(), dataKey, reuse: true })),
    'seal, content from memory': () => drain(sealChunks({ content: ROUND, dataKey, reuse: true })),
    'seal, new buffers': () => drain(sealChunks({ content: readAgain(), dataKey })),
    'seal with Merkle tree': async () => {
      const tree = new TreeBuilder()
      for await (const chunk of sealChunks({ content: readAgain(), dataKey, reuse: true }))
        tree.add(unitRoot(chunk))
      tree.root()
    },
    'seal with stripes and all trees': () =>
      drain(sealStripes({ content: readAgain(), dataKey, project, reuse: true })),
    'parity of stripes': async () => {
      for (let i = 0; i < 32; i++) code.encode(shards)
    },
  }
}

/** By processor time, as OpenSSL's, of all threads together: the best of many short turns, all in turn, so that other work on the machine hits them alike. */
async function speeds(scope, seconds) {
  const dataKey = newDataKey()
  const header = await newHeader(dataKey)
  const { body } = await sealBytes({ content: ROUND, dataKey, project, header })
  const opener = await chunkOpener(header, dataKey)
  const all = {
    ...works(dataKey),
    open: async () => {
      const size = CHUNK + 16
      const count = Math.ceil(body.length / size)
      for (let i = 0; i < count; i++)
        await opener.open(i, i === count - 1, body.subarray(i * size, (i + 1) * size))
    },
  }
  const best = Object.fromEntries(Object.keys(all).map((name) => [name, 0]))
  const beside = BLOCKS.map(() => 0)
  for (let turn = 0; turn < 4; turn++) {
    for (const [i, block] of BLOCKS.entries())
      beside[i] = Math.max(beside[i], (await openssl(seconds, block)) ?? 0)
    for (let i = 0; i < Math.max(2, 10 * seconds); i++)
      for (const [name, work] of Object.entries(all)) {
        const before = process.cpuUsage()
        await work()
        const { user, system } = process.cpuUsage(before)
        best[name] = Math.max(best[name], ROUND.length / (user + system))
      }
    if (Date.now() > scope.deadline) break
  }
  return { best, beside }
}

function child(scope, program, args, flags = []) {
  const started = fork(fileURLToPath(new URL(program, import.meta.url)), args, { execArgv: flags })
  scope.onClose(() => started.kill('SIGKILL'))
  const answer = new Promise((resolve, reject) => {
    started.once('message', resolve)
    started.once('error', reject)
    started.once('close', (code) => reject(new Error(`${program} ended with code ${code}`)))
  })
  return { answer, stop: () => started.kill('SIGKILL') }
}

async function ranges({ nodes, blob, dataKey, mib }, count) {
  const committee = storageCommittee({ nodes, domain })
  const times = []
  for (let i = 0; i < count + 5; i++) {
    const offset = Math.floor(Math.random() * (mib - 1) * MIB)
    const began = performance.now()
    let bytes = 0
    for await (const piece of committee.read({ blob, dataKey, offset, length: MIB })) bytes += piece.length
    if (bytes !== MIB) throw new Error(`expected ${MIB} bytes, got ${bytes}`)
    // The first ones fetch the descriptor and the trailer, and compile.
    if (i >= 5) times.push(performance.now() - began)
  }
  times.sort((a, b) => a - b)
  return { p50: median(times), p95: times[Math.floor(0.95 * times.length)] }
}

/** @param {{ scope: ReturnType<typeof import('./scope.mjs').scope>, options: { gib?: string, seconds?: string } }} context */
export async function vaultSpeed({ scope, options }) {
  const seconds = Number(options.seconds ?? 1)
  const mib = Math.max(32, Math.round(1_024 * Number(options.gib ?? 4)))
  const { best, beside } = await speeds(scope, seconds)
  console.log(
    `By processor time. OpenSSL, AES-256-GCM: ${beside[0] === 0 ? 'the program is not there' : BLOCKS.map((block, i) => `${round(beside[i])} MB/s with blocks of ${block} bytes`).join(', ')}`,
  )
  console.table(
    Object.fromEntries(
      Object.entries(best).map(([name, speed]) => [
        name,
        {
          'MB/s': round(speed),
          'MiB/s': round((speed * 1e6) / MIB),
          ...Object.fromEntries(
            BLOCKS.map((block, i) => [
              `of OpenSSL, ${block} B`,
              beside[i] === 0 ? '' : `${round((100 * speed) / beside[i])}%`,
            ]),
          ),
        },
      ]),
    ),
  )
  const key = generatePrivateKey()
  const uploader = privateKeyToAccount(key).address
  const committee = child(scope, 'vaultNodes.mjs', [
    scope.folder(),
    uploader,
    domain.registry,
    `${domain.chainId}`,
  ])
  const nodes = await committee.answer
  const table = {}
  let stored
  for (const work of ['seal', 'open', 'put', 'get']) {
    const asked = JSON.stringify({ work, mib, nodes, domain, key })
    const more = work === 'get' ? [JSON.stringify({ blob: stored.blob, key: stored.dataKey })] : []
    const result = await child(scope, 'vaultStream.mjs', [asked, ...more], ['--expose-gc']).answer
    if (work === 'put') stored = result
    table[`${work} ${mib} MiB`] = {
      'memory above the start, MiB': round(result.above, 1),
      'MiB/s': round(mib / result.seconds),
    }
  }
  console.table(table)
  const found = await ranges(
    { nodes, blob: stored.blob, dataKey: Buffer.from(stored.dataKey, 'hex'), mib },
    Math.max(20, 200 * seconds),
  )
  console.log(
    `1 MiB range from five nodes on loopback: p50 ${round(found.p50, 1)} ms, p95 ${round(found.p95, 1)} ms`,
  )
  committee.stop()
}
