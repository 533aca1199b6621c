import { bytesToHex, hexToBytes, keccak256Hex, type Hex } from '@animechain/core'
import { rlpEncode, uintToBytes } from '@animechain/tx'
import type { Lie, LieContext, RpcCall, RpcReply } from './lyingProxy.js'

type Block = Record<string, Hex> & { number: Hex; hash: Hex }
interface Log {
  topics: Hex[]
  data: Hex
  blockNumber: Hex
  blockHash: Hex
  logIndex: Hex
}

const OTHER = `0x${'0b'.repeat(32)}` as const
const hex = (value: bigint): Hex => `0x${value.toString(16)}`
const number = (block: Block): bigint => BigInt(block.number)
const blockMethods = ['eth_getBlockByNumber', 'eth_getBlockByHash']

/** Changes the results of some methods. */
const on =
  (
    methods: readonly string[],
    change: (result: never, call: RpcCall, context: LieContext) => unknown,
  ): NonNullable<Lie['answer']> =>
  async (call, reply, context) => {
    if (!methods.includes(call.method) || reply.result === undefined) return undefined
    const result = await change(reply.result as never, call, context)
    return result === reply.result ? undefined : { ...reply, result }
  }
const logs = (change: (all: Log[]) => Log[]) =>
  on(['eth_getLogs'], (all: Log[]) => (all.length === 0 ? all : change(all)))
const words = (change: (word: string) => string) =>
  on(['eth_call'], (data: Hex) => `0x${data.slice(2).replace(/.{64}/g, change)}`)
const blocks = (change: (block: Block, call: RpcCall, context: LieContext) => unknown) =>
  on(blockMethods, (block: Block | null, call, context) => block && change(block, call, context))
const isTag = (call: RpcCall, ...tags: string[]) => tags.includes(String(call.params[0]))
/** Answers some methods with an error. */
const refuse =
  (methods: readonly string[], code: number, message: string): NonNullable<Lie['answer']> =>
  (call, { id }) =>
    methods.includes(call.method) ? { jsonrpc: '2.0', id, error: { code, message } } : undefined
const both =
  (...answers: NonNullable<Lie['answer']>[]): NonNullable<Lie['answer']> =>
  async (call, reply, context) => {
    let changed: RpcReply | undefined
    for (const answer of answers) changed = (await answer(call, changed ?? reply, context)) ?? changed
    return changed
  }
const flip = (data: Hex, at: number): Hex => {
  const bytes = hexToBytes(data)
  bytes[at < 0 ? bytes.length + at : at]! ^= 1
  return bytesToHex(bytes)
}

const headerFields = [
  ...['parentHash', 'sha3Uncles', 'miner', 'stateRoot', 'transactionsRoot', 'receiptsRoot', 'logsBloom'],
  ...['#difficulty', '#number', '#gasLimit', '#gasUsed', '#timestamp', 'extraData', 'mixHash', 'nonce'],
  ...['#baseFeePerGas', 'withdrawalsRoot', '#blobGasUsed', '#excessBlobGas', 'parentBeaconBlockRoot'],
  'requestsHash',
]

/** A block with other fields and the hash that fits them. */
function forged(block: Block, over: Record<string, Hex>): Block {
  const changed = { ...block, ...over }
  const hash = keccak256Hex(
    rlpEncode(
      headerFields
        .map((field) => [field.replace('#', ''), field.startsWith('#')] as const)
        .filter(([name]) => changed[name] !== undefined)
        .map(([name, isNumber]) =>
          isNumber ? uintToBytes(BigInt(changed[name]!)) : hexToBytes(changed[name]!),
        ),
    ),
  )
  return { ...changed, hash }
}

/** The state as it was some blocks ago. */
const older = (ago: bigint) =>
  on(['eth_call', 'eth_getProof'], (_: Hex, { method, params }, { truth, began }) => {
    const at = hex(began > ago ? began - ago : 0n)
    return truth(method, method === 'eth_call' ? [params[0], at] : [params[0], params[1], at])
  })
/** Every tag means an older block. */
const headAt = (at: (context: LieContext) => bigint) =>
  on(['eth_getBlockByNumber', 'eth_blockNumber'], (_: unknown, call, context) => {
    const head = at(context)
    if (call.method === 'eth_blockNumber') return hex(head)
    if (!isTag(call, 'latest', 'safe', 'finalized')) return _
    const back = isTag(call, 'latest') ? 0n : 3n
    return context.truth('eth_getBlockByNumber', [hex(head > back ? head - back : 0n), false])
  })

/** Ways in which an L1 is wrong, from a broken proxy to a server that wants to deceive. */
export const lies: readonly Lie[] = [
  // Logs
  { name: 'logs-dropped', says: 'no logs at all', answer: logs(() => []) },
  { name: 'logs-last-dropped', says: 'the newest log is missing', answer: logs((all) => all.slice(0, -1)) },
  {
    name: 'logs-block-missing',
    says: 'the logs of one block are missing',
    answer: logs((all) => all.filter(({ blockNumber }) => blockNumber !== all.at(-1)!.blockNumber)),
  },
  {
    name: 'logs-data-altered',
    says: 'a bit of the last log is another one',
    answer: logs((all) =>
      all.map((log, i) => (i < all.length - 1 ? log : { ...log, data: flip(log.data, 40) })),
    ),
  },
  {
    name: 'logs-topic-altered',
    says: 'the index of the last log is another one',
    answer: logs((all) =>
      all.map((log, i) =>
        i < all.length - 1
          ? log
          : { ...log, topics: [log.topics[0]!, flip(log.topics[1]!, -1), ...log.topics.slice(2)] },
      ),
    ),
  },
  { name: 'logs-doubled', says: 'every log twice', answer: logs((all) => all.flatMap((log) => [log, log])) },
  {
    name: 'logs-reversed',
    says: 'logs in the wrong order',
    answer: logs((all) => [...all, ...all].reverse()),
  },
  {
    name: 'logs-of-another-block',
    says: 'logs with the hash of another block',
    answer: logs((all) => all.map((log) => ({ ...log, blockHash: OTHER }))),
  },
  {
    name: 'logs-block-number',
    says: 'logs in the block after theirs',
    answer: logs((all) => all.map((log) => ({ ...log, blockNumber: hex(BigInt(log.blockNumber) + 1n) }))),
  },
  {
    name: 'logs-of-another-chain',
    says: 'each log with the content of another one',
    answer: logs((all) =>
      all.map((log) => ({
        ...log,
        data: all[0]!.data.length === log.data.length ? flip(all[0]!.data, 5) : flip(log.data, 5),
      })),
    ),
  },
  {
    name: 'logs-refused',
    says: 'too many results, however few are asked for',
    answer: refuse(['eth_getLogs'], -32_005, 'query returned more than 10000 results'),
  },
  // State
  { name: 'call-zeros', says: 'eth_call answers zero words', answer: words(() => '0'.repeat(64)) },
  { name: 'call-empty', says: 'eth_call answers 0x', answer: on(['eth_call'], () => '0x') },
  { name: 'call-ones', says: 'eth_call answers the largest words', answer: words(() => 'f'.repeat(64)) },
  {
    name: 'call-plus-five',
    says: 'every count is five more',
    answer: words((word) => (BigInt(`0x${word}`) + 5n).toString(16).padStart(64, '0').slice(-64)),
  },
  {
    name: 'call-reverts',
    says: 'every eth_call reverts',
    answer: refuse(['eth_call'], 3, 'execution reverted'),
  },
  { name: 'state-old', says: 'the state of 20 blocks ago, proofs too', answer: older(20n) },
  {
    name: 'zeros-without-proof',
    says: 'zero words, and no proofs are to be had',
    answer: both(
      words(() => '0'.repeat(64)),
      refuse(['eth_getProof'], -32_601, 'the method eth_getProof does not exist'),
    ),
  },
  {
    name: 'proof-refused',
    says: 'eth_getProof does not exist',
    answer: refuse(['eth_getProof'], -32_601, 'the method eth_getProof does not exist'),
  },
  {
    name: 'proof-altered',
    says: 'a node of each proof is another one',
    answer: on(['eth_getProof'], (proof: { accountProof: Hex[] }) => ({
      ...proof,
      accountProof: proof.accountProof.map((node) => flip(node, -1)),
    })),
  },
  // Heads
  { name: 'head-stale', says: 'the head stands still', answer: headAt(({ began }) => began) },
  {
    name: 'head-older',
    says: 'the head of 15 blocks ago',
    answer: headAt(({ began }) => (began > 15n ? began - 15n : 0n)),
  },
  {
    name: 'head-jumps',
    says: 'the head jumps back and forth by ten blocks',
    answer: headAt((context) => (context.count % 2 === 0 ? context.began : context.began - 10n)),
  },
  {
    name: 'head-far-ahead',
    says: 'a head a million blocks ahead, with a hash that fits',
    answer: blocks((block, call) =>
      isTag(call, 'latest') ? forged(block, { number: hex(number(block) + 1_000_000n) }) : block,
    ),
  },
  // Headers
  {
    name: 'block-hash',
    says: 'blocks with another hash',
    answer: blocks((block) => ({ ...block, hash: OTHER })),
  },
  {
    name: 'block-parent',
    says: 'blocks with another parent',
    answer: blocks((block) => ({ ...block, parentHash: OTHER })),
  },
  {
    name: 'block-time',
    says: 'blocks an hour later',
    answer: blocks((block) => ({ ...block, timestamp: hex(BigInt(block.timestamp!) + 3_600n) })),
  },
  {
    name: 'block-state-root',
    says: 'blocks with another state root',
    answer: blocks((block) => ({ ...block, stateRoot: OTHER })),
  },
  { name: 'block-null', says: 'no block is known', answer: blocks(() => null) },
  { name: 'block-empty', says: 'blocks without fields', answer: blocks(() => ({})) },
  {
    name: 'reorg-pretended',
    says: 'a head on a parent that nobody has, with a hash that fits',
    answer: blocks((block, call) => (isTag(call, 'latest') ? forged(block, { parentHash: OTHER }) : block)),
  },
  {
    name: 'reorg-with-zeros',
    says: 'a forged head on the true parent, zero words, no proofs',
    answer: both(
      blocks((block, call, { began }) =>
        isTag(call, 'latest') || number(block) > began ? forged(block, { extraData: '0x0bad' }) : block,
      ),
      words(() => '0'.repeat(64)),
      refuse(['eth_getProof'], -32_601, 'the method eth_getProof does not exist'),
    ),
  },
  // Finality
  {
    name: 'final-ahead',
    says: 'a final block above the head',
    answer: blocks((block, call) =>
      isTag(call, 'finalized') ? forged(block, { number: hex(number(block) + 100n) }) : block,
    ),
  },
  {
    name: 'final-is-head',
    says: 'the head is final at once',
    answer: on(['eth_getBlockByNumber'], (block: Block, call, { truth }) =>
      isTag(call, 'finalized') ? truth('eth_getBlockByNumber', ['latest', false]) : block,
    ),
  },
  {
    name: 'final-zero',
    says: 'nothing but the genesis is final',
    answer: on(['eth_getBlockByNumber'], (block: Block, call, { truth }) =>
      isTag(call, 'finalized') ? truth('eth_getBlockByNumber', ['0x0', false]) : block,
    ),
  },
  {
    name: 'final-of-another-branch',
    says: 'a final block that is no ancestor of the head',
    answer: blocks((block, call) =>
      isTag(call, 'finalized') ? forged(block, { extraData: '0x0bad' }) : block,
    ),
  },
  // Transactions
  {
    name: 'input-altered',
    says: 'transactions with other input',
    answer: on(
      ['eth_getTransactionByHash'],
      (tx: { input: Hex } | null) => tx && { ...tx, input: flip(tx.input, -1) },
    ),
  },
  {
    name: 'transactions-unknown',
    says: 'no transaction is known',
    answer: on(['eth_getTransactionByHash'], () => null),
  },
  {
    name: 'receipts-failed',
    says: 'every transaction has failed',
    answer: on(
      ['eth_getTransactionReceipt'],
      (receipt: object | null) => receipt && { ...receipt, status: '0x0' },
    ),
  },
  {
    name: 'receipts-unknown',
    says: 'nothing is ever mined',
    answer: on(['eth_getTransactionReceipt'], () => null),
  },
  {
    name: 'nonce-high',
    says: 'nonces seven too high',
    answer: on(['eth_getTransactionCount'], (nonce: Hex) => hex(BigInt(nonce) + 7n)),
  },
  { name: 'nonce-zero', says: 'nonces of zero', answer: on(['eth_getTransactionCount'], () => '0x0') },
  {
    name: 'fees-zero',
    says: 'base fees and blob base fees of zero',
    answer: both(
      blocks((block) => ({ ...block, baseFeePerGas: '0x0' })),
      on(['eth_blobBaseFee', 'eth_gasPrice', 'eth_maxPriorityFeePerGas'], () => '0x0'),
    ),
  },
  {
    name: 'fees-huge',
    says: 'fees of a million gwei',
    answer: both(
      on(['eth_blobBaseFee', 'eth_gasPrice', 'eth_maxPriorityFeePerGas'], () => hex(10n ** 15n)),
      blocks((block) => forged(block, { baseFeePerGas: hex(10n ** 15n) })),
    ),
  },
  {
    name: 'blobs-altered',
    says: 'other blobs',
    answer: on(['anvil_getBlobByHash'], (blob: Hex | null) => blob && flip(blob, 100)),
    get: (body) => body.replace(/0x00/g, '0x01'),
  },
  { name: 'chain-id', says: 'another chain id', answer: on(['eth_chainId'], () => '0x1') },
  // JSON-RPC
  {
    name: 'results-empty',
    says: 'every result is an empty object',
    answer: (_call, { id }) => ({ jsonrpc: '2.0', id, result: {} }),
  },
  {
    name: 'errors',
    says: 'internal error to everything',
    answer: (_call, { id }) => ({ jsonrpc: '2.0', id, error: { code: -32_603, message: 'internal error' } }),
  },
  {
    name: 'ids-wrong',
    says: 'answers with other ids',
    replies: (replies) => replies.map((reply) => ({ ...reply, id: Number(reply.id) + 1 })),
  },
  {
    name: 'answers-swapped',
    says: 'the results of a batch in the wrong places',
    replies: (replies) => replies.map(({ id }, i) => ({ ...replies[(i + 1) % replies.length]!, id })),
  },
  {
    name: 'batch-short',
    says: 'one answer of a batch is missing',
    replies: (replies) => (replies.length > 1 ? replies.slice(1) : replies),
  },
  // HTTP
  {
    name: 'html',
    says: 'a page with status 200',
    respond: (response) =>
      void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome</html>'),
  },
  { name: 'status-500', says: 'status 500', respond: (response) => void response.writeHead(500).end('oops') },
  {
    name: 'status-429',
    says: 'status 429, to be asked again in a day',
    respond: (response) => void response.writeHead(429, { 'retry-after': '86400' }).end('slow down'),
  },
  { name: 'hangs', says: 'no answer at all', respond: () => {} },
  {
    name: 'truncated',
    says: 'half of each answer',
    respond: (response, body) =>
      void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(body.slice(0, body.length / 2)),
  },
  {
    name: 'cut-off',
    says: 'the connection breaks within the answer',
    respond: (response, body) => {
      response.writeHead(200, { 'content-length': String(body.length) })
      response.write(body.slice(0, body.length / 2), () => response.destroy())
    },
  },
  { name: 'resets', says: 'the connection breaks at once', respond: (response) => void response.destroy() },
  {
    name: 'huge',
    says: 'answers that do not end',
    respond: (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const chunk = Buffer.alloc(2 ** 20, 0x20)
      const write = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', write)
      }
      response.on('error', () => {})
      write()
    },
  },
  {
    name: 'drips',
    says: 'a byte each second',
    respond: (response, body) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      let at = 0
      const timer = setInterval(() => {
        if (response.destroyed || at >= body.length) return clearInterval(timer)
        response.write(body[at++])
      }, 1_000)
      response.on('close', () => clearInterval(timer))
    },
  },
  { name: 'empty-body', says: 'an empty answer', respond: (response) => void response.writeHead(200).end() },
]
