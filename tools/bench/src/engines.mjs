// The execution engines beside @ethereumjs/evm and anvil (revm), on the same calls and the same blocks.
import { readFileSync } from 'node:fs'
import { createBlock } from '@ethereumjs/block'
import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM } from '@ethereumjs/evm'
import { MerkleStateManager } from '@ethereumjs/statemanager'
import { createTxFromRLP } from '@ethereumjs/tx'
import { createAccount, createAddressFromString } from '@ethereumjs/util'
import { createVM, runBlock } from '@ethereumjs/vm'
import { rollupChain } from '@animechain/core'
import { devnetChainId, users } from '@animechain/devnet'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { wasm } from '@animechain/execution-wasm'
import { memoryStorage } from '@animechain/storage-memory'
import { anvil } from '@animechain/testing'
import { recoverSender, senderRecovery } from '@animechain/tx'
import { bytesToHex, hexToBytes, toHex } from 'viem'
import { idle, programs } from './compute.mjs'
import { client, preparation, swaps, transfers } from './load.mjs'
import { round } from './scope.mjs'

const ZERO = `0x${'00'.repeat(32)}`
const BENEFICIARY = '0x4200000000000000000000000000000000000011'
const GENESIS_TIME = 1_790_000_000n
const GAS_LIMIT = 1_000_000_000n
/** Below what makes the wasm engine watch the clock between instructions. gas */
const CALL_GAS = 80_000_000
/** What the engines in JavaScript get of the same loop: they are some fifty times slower. gas */
const SLOW_CALL_GAS = 4_000_000
/** seconds that one measurement takes, at least */
const SECONDS = 0.25
const addressOf = (index) => toHex(0xbe0000 + index, { size: 20 })
const now = () => performance.now() / 1000

/** An engine of ours with an open chain, state in memory. */
async function opened(engine, alloc, scope) {
  const storage = memoryStorage()
  await storage.start()
  const hashes = new Map()
  const head = await engine.open({
    chain: rollupChain({ chainId: BigInt(devnetChainId) }),
    genesis: {
      timestamp: GENESIS_TIME,
      gasLimit: GAS_LIMIT,
      baseFeePerGas: 1_000_000n,
      prevRandao: ZERO,
      extraData: '0x',
      beneficiary: BENEFICIARY,
      alloc,
    },
    storage,
    blockHash: (number) => hashes.get(number),
  })
  scope.onClose(async () => {
    await engine.close()
    await storage.stop()
  })
  return { engine, head, hashes }
}

// Calls -----------------------------------------------------------------------------------------------------------------

/** Each gives a function that runs a call and resolves with its output and the seconds it took. */
const callers = {
  wasm: async (codes, scope) => ourCalls(wasm(), codes, scope),
  anvil: async (codes, scope) => {
    const node = await anvil({ chainId: devnetChainId, gasLimit: 4 * CALL_GAS, hardfork: 'prague' })
    scope.onClose(() => node.stop())
    const rpc = client(node.url)
    for (const [to, code] of Object.entries(codes)) await rpc.call('anvil_setCode', to, code)
    const run = async (to, data) => {
      const began = now()
      const output = await rpc.call('eth_call', { to, data, gas: toHex(2 * CALL_GAS) }, 'latest')
      return { output, seconds: now() - began }
    }
    // What a call costs besides its execution: HTTP, JSON and the look-up of the state.
    const empty = []
    for (let i = 0; i < 50; i++) empty.push((await run(idle, '0x')).seconds)
    const overhead = empty.sort((x, y) => x - y)[empty.length >> 1]
    return async (to, data) => {
      const { output, seconds } = await run(to, data)
      return { output, seconds: seconds - overhead }
    }
  },
  ethereumjs: async (codes, scope) => ourCalls(ethereumjs(), codes, scope),
  '@ethereumjs/evm': async (codes) => {
    const common = createCustomCommon({ chainId: devnetChainId }, Mainnet, { hardfork: Hardfork.Osaka })
    const evm = await createEVM({ common })
    for (const [to, code] of Object.entries(codes))
      await evm.stateManager.putCode(createAddressFromString(to), hexToBytes(code))
    return async (to, data) => {
      const began = now()
      const { execResult } = await evm.runCall({
        to: createAddressFromString(to),
        data: hexToBytes(data),
        gasLimit: BigInt(2 * CALL_GAS),
      })
      const seconds = now() - began
      if (execResult.exceptionError) throw new Error(execResult.exceptionError.error)
      return { output: bytesToHex(execResult.returnValue), seconds }
    }
  },
}

async function ourCalls(engine, codes, scope) {
  const alloc = Object.fromEntries(Object.entries(codes).map(([address, code]) => [address, { code }]))
  const { head } = await opened(engine, alloc, scope)
  return async (to, data) => {
    const began = now()
    const result = await engine.call(
      head,
      { to, data, gas: BigInt(CALL_GAS + 5_000_000) },
      {
        gasCap: BigInt(CALL_GAS + 5_000_000),
        timeoutMs: 60_000,
      },
    )
    const seconds = now() - began
    if (result.status !== 'success') throw new Error(`${engine.id}: ${result.reason ?? result.status}`)
    return { output: result.returnData, seconds, gas: Number(result.gasUsed) }
  }
}

/** Rounds of a program that use about this much gas, and how much they use exactly. */
async function fit(call, to, program, gas) {
  const few = (await call(to, program.data(2))).gas
  const each = ((await call(to, program.data(12))).gas - few) / 10
  const rounds = Math.max(2, Math.floor(gas / each))
  return { data: program.data(rounds), gas: (await call(to, program.data(rounds))).gas }
}

export async function computeSpeed({ scope, options }) {
  const target = Number(options.seconds ?? SECONDS)
  const gas = Math.min(Number(options.gas ?? CALL_GAS), CALL_GAS)
  const all = programs()
  const names = Object.keys(all)
  const codes = { [idle]: '0x00' }
  for (const [i, name] of names.entries()) codes[addressOf(i)] = all[name].code
  const running = {}
  for (const [name, start] of Object.entries(callers)) running[name] = await start(codes, scope)
  const isSlow = (name) => name.includes('ethereumjs')
  const table = {}
  for (const [i, name] of names.entries()) {
    const to = addressOf(i)
    const fast = await fit(running.wasm, to, all[name], gas)
    const slow = await fit(running.wasm, to, all[name], Math.min(gas, SLOW_CALL_GAS))
    const best = {}
    // In turn, so that whatever else the machine does hits all of them; the best of each counts.
    for (let turn = 0; turn < Number(options.runs ?? 4); turn++)
      for (const [engine, call] of Object.entries(running)) {
        const { data, gas: used } = isSlow(engine) ? slow : fast
        const expected = (await running.wasm(to, data)).output
        let spent = 0
        let calls = 0
        while (spent < target) {
          const { output, seconds } = await call(to, data)
          if (output !== expected) throw new Error(`${name}: ${engine} gives ${output}, wasm ${expected}`)
          spent += seconds
          calls++
        }
        best[engine] = Math.max(best[engine] ?? 0, (used * calls) / spent / 1e6)
      }
    const row = (table[name] = {})
    for (const [engine, rate] of Object.entries(best))
      row[`${engine}, Mgas/s`] = round(rate, rate < 100 ? 1 : 0)
    row['wasm / @ethereumjs/evm'] = round(best.wasm / best['@ethereumjs/evm'], 1)
    row['wasm / anvil'] = round(best.wasm / best.anvil, 2)
  }
  console.log(
    `Calls of ${gas / 1e6} Mgas (${Math.min(gas, SLOW_CALL_GAS) / 1e6} in JavaScript), outputs equal. Of anvil's eth_call the time of an empty one is subtracted.`,
  )
  console.table(table)
}

// Blocks ----------------------------------------------------------------------------------------------------------------

const BLOCK = 500
/** seconds of blocks after which an engine is measured well enough */
const ENOUGH = 4
const alloc = Object.fromEntries(users.map(({ address }) => [address.toLowerCase(), { balance: 10n ** 22n }]))

/** Each gives a function that makes a block of transactions with their senders and resolves with the seconds it took. */
const builders = {
  wasm: async (scope) => ourBlocks(wasm(), scope),
  anvil: async (scope) => {
    const node = await anvil({
      chainId: devnetChainId,
      gasLimit: Number(GAS_LIMIT),
      hardfork: 'osaka',
      // A day: blocks are made when asked for.
      blockTime: 86_400,
    })
    scope.onClose(() => node.stop())
    const rpc = client(node.url)
    return async (list) => {
      for (let at = 0; at < list.length; at += 100)
        await rpc.batch(
          list.slice(at, at + 100).map(({ raw }) => ['eth_sendRawTransaction', bytesToHex(raw)]),
        )
      const began = now()
      await rpc.call('evm_mine')
      const seconds = now() - began
      const block = await rpc.call('eth_getBlockByNumber', 'latest', false)
      return { seconds, included: block.transactions.length }
    }
  },
  ethereumjs: async (scope) => ourBlocks(ethereumjs(), scope),
  '@ethereumjs/vm': async () => {
    const common = createCustomCommon({ chainId: devnetChainId }, Mainnet, { hardfork: Hardfork.Osaka })
    const hashes = new Map()
    const blockchain = {
      getBlock: async (number) => ({ hash: () => hashes.get(BigInt(number)) }),
      putBlock: async () => {},
      shallowCopy: () => blockchain,
    }
    const stateManager = new MerkleStateManager({ common })
    const vm = await createVM({ common, stateManager, blockchain })
    let generated
    vm.events.on('afterBlock', (event, resolve) => {
      generated = event.block
      resolve?.()
    })
    await stateManager.checkpoint()
    for (const [address, { balance }] of Object.entries(alloc))
      await stateManager.putAccount(createAddressFromString(address), createAccount({ balance }))
    await stateManager.commit()
    let parent = createBlock(
      {
        header: {
          number: 0n,
          gasLimit: GAS_LIMIT,
          baseFeePerGas: 1_000_000n,
          timestamp: GENESIS_TIME,
          stateRoot: await stateManager.getStateRoot(),
        },
        withdrawals: [],
      },
      { common },
    )
    hashes.set(0n, parent.hash())
    return async (list) => {
      const transactions = list.map(({ raw }) => createTxFromRLP(raw, { common }))
      // Known senders, as the others get them: the transaction keeps what it has recovered once.
      for (const transaction of transactions) transaction.getSenderPublicKey()
      const number = parent.header.number + 1n
      const header = {
        parentHash: parent.hash(),
        number,
        timestamp: parent.header.timestamp + 1n,
        gasLimit: GAS_LIMIT,
        baseFeePerGas: parent.header.calcNextBaseFee(),
        excessBlobGas: 0n,
        blobGasUsed: 0n,
      }
      const block = createBlock({ header, transactions, withdrawals: [] }, { common })
      const began = now()
      const { receipts } = await runBlock(vm, { block, generate: true, skipBlockValidation: true })
      const seconds = now() - began
      parent = generated
      hashes.set(number, parent.hash())
      return { seconds, included: receipts.length }
    }
  },
}

const attributes = (head) => ({
  number: head.number + 1n,
  timestamp: head.timestamp + 1n,
  beneficiary: BENEFICIARY,
  gasLimit: GAS_LIMIT,
  prevRandao: ZERO,
  extraData: '0x',
  parentBeaconBlockRoot: ZERO,
})

async function ourBlocks(engine, scope) {
  const chain = await opened(engine, alloc, scope)
  return async (list) => {
    const { head, hashes } = chain
    const began = now()
    const builder = await engine.openBlock(head, attributes(head))
    for (const { raw, sender } of list) await builder.add(raw, { sender })
    const block = await builder.seal()
    const seconds = now() - began
    chain.head = block.header
    hashes.set(block.header.number, block.header.hash)
    const failed = block.transactions.filter(({ receipt }) => receipt.status !== 1).length
    if (failed > 0) throw new Error(`${engine.id}: ${failed} transactions failed`)
    return { seconds, included: block.transactions.length, gas: Number(block.header.gasUsed) }
  }
}

const signed = (raws) =>
  raws.map((hex) => {
    const raw = hexToBytes(hex)
    return { raw, sender: recoverSender(raw) }
  })

async function loads(count) {
  const before = await preparation()
  const swapping = await swaps(count)
  return {
    'ETH transfer': { before: signed(before), list: signed(await transfers('eth', count)) },
    'ERC-20 transfer': { before: signed(before), list: signed(await transfers('erc20', count)) },
    'Uniswap v2 swap': { before: signed(swapping.preparation), list: signed(swapping.raws) },
  }
}

export async function blockSpeed({ scope, newScope, options }) {
  // As many as V8 needs to compile what is hot: a node runs for longer than eight blocks.
  const count = Number(options.transactions ?? 8_000)
  const table = {}
  for (const [kind, { before, list }] of Object.entries(await loads(count))) {
    const own = newScope(Math.max(1, scope.deadline - Date.now()))
    const running = {}
    for (const [name, start] of Object.entries(builders)) {
      running[name] = await start(own)
      const { included } = await running[name](before)
      if (included !== before.length) throw new Error(`${name} prepared ${included} of ${before.length}`)
    }
    const best = {}
    const spent = {}
    let gas = 0
    for (let at = 0; at < list.length; at += BLOCK)
      for (const [name, build] of Object.entries(running)) {
        if (spent[name] > ENOUGH) continue
        const part = list.slice(at, at + BLOCK)
        const result = await build(part)
        if (result.included !== part.length)
          throw new Error(`${name} took ${result.included} of ${part.length}`)
        spent[name] = (spent[name] ?? 0) + result.seconds
        if (name === 'wasm') gas = result.gas / part.length
        best[name] = Math.max(best[name] ?? 0, part.length / result.seconds)
      }
    const row = (table[kind] = {})
    for (const [name, rate] of Object.entries(best)) row[`${name}, /s`] = round(rate)
    row['wasm, Mgas/s'] = round((best.wasm * gas) / 1e6)
    row['wasm / @ethereumjs/vm'] = round(best.wasm / best['@ethereumjs/vm'], 1)
    row['wasm / ethereumjs'] = round(best.wasm / best.ethereumjs, 1)
    row['wasm / anvil'] = round(best.wasm / best.anvil, 2)
    await own.close()
  }
  console.log(
    `Transactions per second in blocks of ${BLOCK}, senders known, to the sealed block with its state root; the best of up to ${Math.ceil(count / BLOCK)} blocks each, in turn. anvil: evm_mine with the transactions in its pool.`,
  )
  console.table(table)
}

const processCpu = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
/** CPU time of the main thread, seconds; Linux tells it, elsewhere that of the process has to do. */
const threadCpu = () => {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e9
  } catch {
    return processCpu()
  }
}

/** Blocks executed from raw transactions, as a verifier does: where the senders come from. */
export async function senderSpeed({ scope, options }) {
  const count = Number(options.transactions ?? 4_000)
  const list = signed(await transfers('erc20', count))
  const before = signed(await preparation())
  const table = {}
  const ways = { 'known senders': undefined, 'one after another': undefined, '1 thread': 1, '2 threads': 2 }
  const running = {}
  for (const [name, threads] of Object.entries(ways)) {
    const senders = threads && senderRecovery({ threads })
    if (senders) scope.onClose(() => senders.stop())
    running[name] = await opened(wasm(senders ? { senders } : {}), alloc, scope)
  }
  const best = {}
  const cpu = {}
  for (let at = -1; at * BLOCK < list.length; at++)
    for (const [name, chain] of Object.entries(running)) {
      const part = at < 0 ? before : list.slice(at * BLOCK, (at + 1) * BLOCK)
      const { engine, head, hashes } = chain
      const began = now()
      const cpuBefore = [threadCpu(), processCpu()]
      let block
      if (name === 'known senders') {
        const builder = await engine.openBlock(head, attributes(head))
        for (const { raw, sender } of part) await builder.add(raw, { sender })
        block = await builder.seal()
      } else
        block = await engine.executeBlock(head, {
          ...attributes(head),
          transactions: part.map(({ raw }) => raw),
        })
      const seconds = now() - began
      chain.head = block.header
      hashes.set(block.header.number, block.header.hash)
      if (block.transactions.length !== part.length) throw new Error(`${name}: transactions are missing`)
      if (at < 0) continue
      best[name] = Math.max(best[name] ?? 0, part.length / seconds)
      // The first blocks run code that is not compiled yet.
      if (at < Math.min(2, Math.ceil(list.length / BLOCK) - 1)) continue
      const own = (cpu[name] ??= { main: 0, all: 0, transactions: 0 })
      own.main += threadCpu() - cpuBefore[0]
      own.all += processCpu() - cpuBefore[1]
      own.transactions += part.length
    }
  for (const [name, rate] of Object.entries(best))
    table[name] = {
      'ERC-20 transfers/s': round(rate),
      'CPU us each, engine thread': round((1e6 * cpu[name].main) / cpu[name].transactions),
      'CPU us each, all threads': round((1e6 * cpu[name].all) / cpu[name].transactions),
    }
  console.log(
    `Blocks of ${BLOCK} raw ERC-20 transfers through executeBlock of the wasm engine, its senders recovered in different ways.`,
  )
  console.table(table)
}
