// L1 bytes per transaction of one batch: the columnar codec beside RLP rows, plain and compressed, of the same signed transactions.
// `node tools/bench/src/bytesPerTransaction.mjs [--transactions 3000] [--json]`
import { mkdir, rm } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { brotliCompressSync, constants, deflateSync } from 'node:zlib'
import { build } from 'esbuild'
import { sampleTransactions } from './sampleTransactions.mjs'

const { values: flags } = parseArgs({
  options: { transactions: { type: 'string', default: '3000' }, json: { type: 'boolean', default: false } },
})
const count = Number(flags.transactions)
const senders = 100
const blocks = Math.max(1, Math.round(count / 100))

/** Loads the codec from its sources, so that nothing has to be built. */
async function loadCodec() {
  const folder = fileURLToPath(new URL('../.cache/', import.meta.url))
  await mkdir(folder, { recursive: true })
  const outfile = `${folder}codec-${process.pid}.mjs`
  await build({
    stdin: {
      contents: "export { batchCodec } from '@animechain/codec'; export { rlpEncode } from '@animechain/tx'",
      resolveDir: fileURLToPath(new URL('../../../libs/codec/', import.meta.url)),
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['animechain-source'],
    external: ['zstd-codec', 'msgpackr'],
    outfile,
    logLevel: 'error',
  })
  try {
    return await import(pathToFileURL(outfile).href)
  } finally {
    await rm(outfile)
  }
}

const { batchCodec, rlpEncode } = await loadCodec()
const codec = batchCodec()
const { kinds, drawn, load } = sampleTransactions({ count, senders, blocks })
const rows = []
for (const kind of kinds) {
  const perBlock = await load(kind)
  const rlp = rlpEncode(perBlock)
  const brotli = brotliCompressSync(rlp, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_LGWIN]: 24 },
  })
  const body = {
    blocks: perBlock.map((transactions) => ({ timestampDelta: 1, depositCount: 0, transactions })),
    labels: [],
  }
  const ours = await codec.encode(body)
  const decoded = await codec.decode(ours)
  if (
    !decoded.ok ||
    !Buffer.from(rlpEncode(decoded.body.blocks.map((b) => b.transactions))).equals(Buffer.from(rlp))
  )
    throw new Error(`the codec does not give back the transactions of "${kind}"`)
  const each = (data) => Number((data.length / count).toFixed(2))
  rows.push({
    transactions: kind,
    rlp: each(rlp),
    'rlp+zlib': each(deflateSync(rlp, { level: 9 })),
    'rlp+brotli q6': each(brotli),
    columnar: each(ours),
    random: Number(drawn(kind).toFixed(2)),
    'against brotli': `${(100 * (ours.length / brotli.length - 1)).toFixed(1)} %`,
  })
}
if (flags.json) console.log(JSON.stringify(rows))
else {
  console.log(
    `L1 bytes per transaction: ${count} signed transactions of ${senders} senders in ${blocks} blocks, one batch.`,
  )
  console.log(
    '"random" is what was drawn at random in each, its signature of 64 bytes included; a codec hardly takes less.',
  )
  console.table(rows)
}
