// Every data availability with the same batches, appended to a real inbox on anvil: bytes, gas of L1, time, and what a reader has to trust.
import { writeFileSync } from 'node:fs'
import { batchCodec } from '@animechain/codec'
import { deployL1, devnetAltDa, devnetDefaults, inboxAbi } from '@animechain/contracts'
import { equalBytes, readBatchBase } from '@animechain/core'
import { blobKzg } from '@animechain/da-blob'
import { optimistic } from '@animechain/settlement-optimistic'
import { anvil, testAccount, unplayed } from '@animechain/testing'
import { createPublicClient, createWalletClient, http } from 'viem'
import { entries } from './daEntries.mjs'
import { sampleTransactions } from './sampleTransactions.mjs'
import { median, round } from './scope.mjs'

/** Times that each batch is read by a node that has seen nothing. */
const READS = 5
const l2ChainId = 26_463n
/** Of the deployment: who deploys, who posts, and everybody else. */
const [deployer, batcher, other] = [testAccount(0), testAccount(1), testAccount(2)]

/** Batches of a tenth of so many transactions, and of all of them, with transfers and swaps in turn. */
async function batches(count) {
  const codec = batchCodec()
  const made = []
  for (const size of [Math.max(1, Math.round(count / 10)), count]) {
    const blocks = Math.max(1, Math.round(size / 100))
    const { kinds, load } = sampleTransactions({ count: size, blocks })
    const kind = kinds[made.length === 0 ? 3 : 4]
    const perBlock = await load(kind)
    const body = {
      blocks: perBlock.map((transactions) => ({ timestampDelta: 1, depositCount: 0, transactions })),
      labels: [],
    }
    made.push({ name: `${size} x ${kind}`, blocks: perBlock.length, bytes: await codec.encode(body) })
  }
  return made
}

/** A chain of its own for each place, so that nothing that one has paid for is another's: its contracts, whose inbox takes every kind. */
async function chain(l1, salt, more) {
  const transport = http(l1.url, { timeout: 60_000 })
  const client = createPublicClient({ transport, pollingInterval: 100, cacheTime: 0 })
  const { addresses, startBlock, genesisTimestamp, l1ChainId } = await deployL1({
    publicClient: client,
    walletClient: createWalletClient({ transport, account: deployer }),
    genesisOutputRoot: unplayed.genesisOutputRoot,
    config: {
      ...devnetDefaults,
      proving: unplayed.proving,
      l2ChainId,
      roles: {
        timelockProposer: other.address,
        operator: other.address,
        guardian: other.address,
        sequencer: batcher.address,
        batcher: batcher.address,
        proposer: other.address,
        challenger: other.address,
      },
      memoryDa: true,
      altDa: devnetAltDa,
      ...more,
      salt,
    },
  })
  const settlement = optimistic({
    l1: { rpcUrl: l1.url },
    contracts: addresses,
    startBlock,
    accounts: { batcher },
    kzg: blobKzg,
  })
  return {
    client,
    passer: createWalletClient({ transport, account: other }),
    settlement,
    l1ChainId,
    addresses,
    startBlock,
    nextBlock: 1n,
    lastTimestamp: genesisTimestamp,
  }
}

/** What the batcher paid for in these L1 blocks. */
async function paid(client, from, to) {
  let gas = 0n
  let blobGas = 0n
  let transactions = 0
  for (let number = from; number <= to; number++) {
    const block = await client.getBlock({ blockNumber: number, includeTransactions: true })
    for (const { hash, from: sender } of block.transactions) {
      if (sender.toLowerCase() !== batcher.address.toLowerCase()) continue
      const receipt = await client.getTransactionReceipt({ hash })
      gas += receipt.gasUsed
      blobGas += receipt.blobGasUsed ?? 0n
      transactions++
    }
  }
  return { gas: Number(gas), blobGas: Number(blobGas), transactions }
}

/**
 * Lets somebody else record L1's context, as anybody may. The inbox does so itself with the first batch after each `contextInterval`: its gas would fall to
 * whichever batch came then.
 */
async function recordContext({ client, passer, addresses }) {
  const call = { chain: null, address: addresses.inbox, abi: inboxAbi, functionName: 'appendContext' }
  const hash = await passer.writeContract({ ...call, args: [] })
  const { status, gasUsed } = await client.waitForTransactionReceipt({ hash })
  if (status !== 'success') throw new Error('appendContext reverted')
  return gasUsed
}

/** Puts a batch where it belongs and appends it to the inbox, as the node's batcher does. */
async function post(da, { bytes, blocks }, world) {
  const { settlement, client } = world
  const { attachments } = settlement.capabilities
  const from = (await client.getBlockNumber()) + 1n
  const began = performance.now()
  let put
  const prepared = await da.prepare?.(bytes)
  if (prepared && 'attachment' in prepared && attachments.includes(prepared.attachment.type)) put = prepared
  else put = await da.put(bytes, { attachments })
  if (put.status !== undefined && put.status !== 'ok')
    throw put.error ?? new Error(`the put ended with ${put.status}`)
  const stored = performance.now() - began
  const contextGas = await recordContext(world)
  const resumed = performance.now()
  const { timestamp } = await client.getBlock()
  const earliest = world.lastTimestamp + BigInt(blocks)
  const header = {
    firstBlock: world.nextBlock,
    blockCount: blocks,
    depositsReadAfter: 0n,
    lastTimestamp: earliest > timestamp ? earliest : timestamp,
  }
  const base = await readBatchBase(settlement)
  const outcome = await settlement.appendBatch(header, base, put.commitment, put.attachment, put.location)
  if (outcome.status !== 'ok') throw outcome.error ?? new Error(`L1 refused it: ${JSON.stringify(outcome)}`)
  const appended = stored + performance.now() - resumed
  world.nextBlock += BigInt(blocks)
  world.lastTimestamp = header.lastTimestamp
  const { batchCount } = await settlement.view()
  const [record] = await settlement.getBatches(batchCount - 1n, batchCount)
  const kind = record.commitment[0]
  return {
    record,
    kind,
    contextGas,
    stored,
    appended,
    ...(await paid(client, from, await client.getBlockNumber())),
  }
}

/** Milliseconds of each read, by a reader that knows L1's record and nothing else. */
async function reads(entry, { record, bytes }) {
  const times = []
  for (let i = 0; i < READS; i++) {
    const reader = await entry.reader()
    await reader.start()
    try {
      const began = performance.now()
      const got = await reader.get(record.commitment, { location: record.location })
      times.push(performance.now() - began)
      if (got.status !== 'data' || !equalBytes(got.data, bytes))
        throw got.error ?? new Error(`a reader got ${got.status}`)
    } finally {
      if (reader !== entry.da) await reader.stop()
    }
  }
  return median(times)
}

const day = 86_400
const retention = ({ retentionSeconds }, says) =>
  says ?? (retentionSeconds === undefined ? 'as the place says' : `${round(retentionSeconds / day, 1)} days`)

async function measure(entry, samples, world) {
  await entry.da.start()
  const { capabilities } = entry.da
  const rows = []
  for (const { name, bytes, blocks } of samples) {
    if (BigInt(bytes.length) > capabilities.maxBytes)
      throw new Error(
        `${name} has ${bytes.length} bytes, it takes ${capabilities.maxBytes}: give fewer --transactions`,
      )
    const { billedBytes } = await entry.da.quote(bytes.length)
    const done = await post(entry.da, { bytes, blocks }, world)
    world.contextGas = Number(done.contextGas)
    rows.push({
      place: entry.name,
      batch: name,
      kind: done.kind,
      bytes: bytes.length,
      billed: Number(billedBytes),
      'L1 gas': done.gas,
      'blob gas': done.blobGas,
      'L1 transactions': done.transactions,
      'put ms': round(done.stored),
      'in inbox ms': round(done.appended),
      'get ms': round(await reads(entry, { record: done.record, bytes }), 1),
      exposure: capabilities.exposure,
      challenge: capabilities.challenge,
      retention: retention(capabilities, entry.retention),
      trust: entry.trust,
    })
  }
  return rows
}

const quoted = (value) =>
  /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value)
const csv = (rows) =>
  [Object.keys(rows[0]), ...rows.map((row) => Object.values(row))]
    .map((cells) => cells.map(quoted).join(','))
    .join('\n') + '\n'

/** What the terminal shows: who must be honest has its own lines below, they are long. */
const shown = ({ trust: _trust, retention: _retention, challenge: _challenge, ...row }) => row

/** @param context `options.only`: names of places by comma; `options.csv`: file for all columns */
export async function daCost({ scope, options }) {
  const count = Number(options.transactions ?? 1_000)
  if (!Number.isSafeInteger(count) || count < 1)
    throw new Error(`--transactions: expected a number from 1, got ${options.transactions}`)
  const only = options.only?.split(',')
  const unknown = only?.filter((name) => !entries.some((entry) => entry.name === name)) ?? []
  if (unknown.length > 0)
    throw new Error(
      `--only: expected some of ${entries.map(({ name }) => name).join(', ')}, got ${unknown.join(', ')}`,
    )
  const chosen = entries.filter(({ name }) => only?.includes(name) ?? true)
  const samples = await batches(count)
  const l1 = await anvil({ blockTime: 1, accounts: 20 })
  scope.onClose(() => l1.stop())
  const rows = []
  const said = []
  let contextGas
  for (const { name, trust, retention: kept, config, open } of chosen) {
    try {
      const world = await chain(l1, name, await config?.())
      const { addresses, startBlock, l1ChainId } = world
      const ids = { l1ChainId, l2ChainId: Number(l2ChainId) }
      const place = await open({ scope, l1, addresses, startBlock, batcher, operator: other, ...ids })
      scope.onClose(() => place.da.stop())
      const entry = { reader: () => place.da, ...place, name, trust, retention: kept }
      rows.push(...(await measure(entry, samples, world)))
      contextGas = world.contextGas
      said.push(`${name}: ${trust}; kept: ${retention(place.da.capabilities, kept)}`)
    } catch (error) {
      console.log(`${name} was not measured: ${error.message}`)
    }
  }
  console.log(
    'L1 gas is all that the batcher paid for one batch, data availability and inbox together. A block of L1 takes a second here.\n' +
      `Not in it: once in each contextInterval (${devnetDefaults.contextInterval} s here) the inbox records L1's context with a batch. A transaction of its own for that took ${contextGas ?? 'an unknown amount of'} gas.`,
  )
  console.table(rows.map(shown))
  console.log(`Who must be honest so that everybody can read:\n  ${said.join('\n  ')}`)
  if (options.csv === undefined || rows.length === 0) return
  writeFileSync(options.csv, csv(rows))
  console.log(`All columns: ${options.csv}`)
}
