// L1 bytes per transaction of one batch: the columnar codec beside RLP rows, plain and compressed, of the same signed transactions.
// `node tools/bench/src/bytesPerTransaction.mjs [--transactions 3000] [--json]`
import { mkdir, rm } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { brotliCompressSync, constants, deflateSync } from 'node:zlib'
import { build } from 'esbuild'
import { encodeFunctionData, hexToBytes, parseAbi, parseEther, parseGwei, toHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

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

/** mulberry32: the same transactions on every run. */
function generator(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const random = generator(1)
const below = (n) => Math.floor(random() * n)
const bytes = (n) => toHex(Uint8Array.from({ length: n }, () => below(256)))
const pick = (list) => list[below(list.length)]
const units = (digits) => BigInt(below(10 ** digits))

const accounts = Array.from({ length: senders }, () => privateKeyToAccount(bytes(32)))
const erc20 = parseAbi(['function transfer(address to, uint256 amount) returns (bool)'])
const router = parseAbi([
  'function swapExactTokensForTokens(uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline)',
])
const routerAddress = bytes(20)
const tokens = Array.from({ length: 5 }, () => bytes(20))
const people = Array.from({ length: 500 }, () => bytes(20))

/**
 * Amounts have three or four random digits, swaps a least output of 62 random bits; a fresh recipient alone is 20 random bytes.
 * `bits` is what was drawn at random for each transaction, besides its signature, sender and tip, and `addresses` how many of them a batch has to name.
 */
const kinds = {
  'ETH transfer among the senders': {
    bits: Math.log2(senders) + Math.log2(1e3),
    addresses: senders,
    draw: () => ({ to: pick(accounts).address, value: units(3) * parseEther('0.01'), gas: 21_000n }),
  },
  'ETH transfer to 500 people': {
    bits: Math.log2(people.length) + Math.log2(1e4),
    addresses: people.length,
    draw: () => ({ to: pick(people), value: units(4) * parseEther('0.001'), gas: 21_000n }),
  },
  'ETH transfer to fresh addresses': {
    bits: Math.log2(1e4),
    addresses: count,
    draw: () => ({ to: bytes(20), value: units(4) * parseEther('0.001'), gas: 21_000n }),
  },
  'ERC-20 transfer': {
    bits: Math.log2(tokens.length) + Math.log2(4) + Math.log2(people.length) + Math.log2(1e5),
    addresses: tokens.length + people.length,
    draw: () => ({
      to: pick(tokens),
      gas: BigInt(pick([34_515, 34_527, 51_615, 51_627])),
      data: encodeFunctionData({
        abi: erc20,
        functionName: 'transfer',
        args: [pick(people), units(5) * 10n ** 16n],
      }),
    }),
  },
  'Uniswap v2 swap': {
    bits: Math.log2(60) + Math.log2(1e4) + 62 + 2 * Math.log2(tokens.length),
    addresses: 1 + tokens.length + senders,
    draw: (block, account) => ({
      to: routerAddress,
      gas: BigInt(110_000 + below(60) * 100),
      data: encodeFunctionData({
        abi: router,
        functionName: 'swapExactTokensForTokens',
        args: [
          units(4) * 10n ** 16n,
          BigInt(below(2 ** 31)) * BigInt(below(2 ** 31)),
          [pick(tokens), pick(tokens)],
          account.address,
          BigInt(1_790_000_000 + block * 2 + 1200),
        ],
      }),
    }),
  },
}

/** Bytes a transaction that were drawn at random, which a codec hardly can leave out: the signature, which of the senders, which of the tips, and the kind's own. */
const drawn = ({ bits, addresses }) =>
  64 + (Math.log2(senders) + 1.5 + bits) / 8 + (20 * Math.min(addresses, count)) / count

async function load(kind) {
  const nonces = accounts.map(() => below(2000))
  const out = []
  for (let i = 0; i < count; i++) {
    const block = Math.floor((i * blocks) / count)
    const sender = below(senders)
    const account = accounts[sender]
    const tip = pick([1_000_000n, 1_000_000n, 1_500_000n, parseGwei('0.01')])
    // Wallets take twice the base fee and the tip; the base fee moves a little with every block.
    const maxFeePerGas = 2n * BigInt(50_000_000 + ((block * 7919) % 1_000_003)) + tip
    const raw = await account.signTransaction({
      type: 'eip1559',
      chainId: 901,
      nonce: nonces[sender]++,
      maxFeePerGas,
      maxPriorityFeePerGas: tip,
      ...kinds[kind].draw(block, account),
    })
    ;(out[block] ??= []).push(hexToBytes(raw))
  }
  return out
}

const { batchCodec, rlpEncode } = await loadCodec()
const codec = batchCodec()
const rows = []
for (const kind of Object.keys(kinds)) {
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
    random: Number(drawn(kinds[kind]).toFixed(2)),
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
