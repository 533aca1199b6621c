// Transactions per second through JSON-RPC, the same signed load into this node, anvil and Hardhat's node.
import { devnetChainId, temporaryDevnet } from '@animechain/devnet'
import { anvil, freePort, testMnemonic } from '@animechain/testing'
import { hardhatNode } from '../../dev/hardhat.mjs'
import { prepare, send, transfers } from './load.mjs'
import { probe } from './prober.mjs'
import { round } from './scope.mjs'

/** Above what a second can hold, so that the engines are measured and not the limit. SystemConfig allows no more. gas */
const GAS_LIMIT = 500_000_000
/** Blocks are made every second on all of them. */
const BLOCK_SECONDS = 1

const animechain =
  (execution) =>
  async (scope, { da }) => {
    const net = await temporaryDevnet({
      verifier: false,
      bridge: false,
      l1Config: { gasLimit: BigInt(GAS_LIMIT) },
      execution,
      ...(da ? { da } : {}),
    })
    scope.onClose(() => net.dispose())
    return net.l2Url
  }

const nodes = {
  wasm: animechain('wasm'),
  ethereumjs: animechain('ethereumjs'),
  async anvil(scope) {
    const node = await anvil({ chainId: devnetChainId, blockTime: BLOCK_SECONDS, gasLimit: GAS_LIMIT })
    scope.onClose(() => node.stop())
    return node.url
  },
  async hardhat(scope) {
    const node = await hardhatNode({
      port: await freePort(),
      cache: scope.folder(),
      network: {
        chainId: devnetChainId,
        blockGasLimit: GAS_LIMIT,
        mining: { auto: false, interval: 1_000 * BLOCK_SECONDS },
        accounts: { mnemonic: testMnemonic, count: 10 },
      },
    })
    scope.onClose(() => node.stop())
    return node.url
  },
}

const isPeer = (name) => name === 'anvil' || name === 'hardhat'

export async function throughput({ scope, newScope, options }) {
  const count = Number(options.transactions ?? 5_000)
  const loads = { eth: await transfers('eth', count), erc20: await transfers('erc20', count, count) }
  const rows = {}
  const peers = (options.peers ?? 'anvil,hardhat').split(',').filter(Boolean)
  for (const [name, start] of Object.entries(nodes)) {
    if (isPeer(name) ? !peers.includes(name) : options.execution && name !== options.execution) continue
    // One at a time, so that they do not share the processors.
    const own = newScope(Math.max(1, scope.deadline - Date.now()))
    try {
      const url = await start(own, options)
      let expected = await prepare({ scope: own, url })
      const row = (rows[name] = {})
      for (const [kind, raws] of Object.entries(loads)) {
        expected += raws.length
        const prober = probe(url)
        own.onClose(() => prober.end())
        const { taking, all } = await send({ scope: own, url, raws, expected })
        const { p99, longest } = await prober.end()
        row[`${kind}/s`] = round(raws.length / all)
        row[`${kind} taken/s`] = round(raws.length / taking)
        row[`${kind} p99, ms`] = round(p99)
        row[`${kind} max, ms`] = round(longest)
      }
    } catch (error) {
      console.log(`${name} was not measured: ${error.message.split('\n')[0]}`)
    } finally {
      await own.close()
    }
  }
  const ours = rows[options.execution ?? 'wasm']
  for (const row of Object.values(rows))
    for (const kind of Object.keys(loads))
      if (row[`${kind}/s`] && ours?.[`${kind}/s`])
        row[`${kind}: ours / it`] = round(ours[`${kind}/s`] / row[`${kind}/s`], 2)
  console.log(
    `${count} transfers of each kind by ten senders, in requests of 100, blocks every second, block gas limit ${GAS_LIMIT / 1e6} Mgas. Ours: ${options.execution ?? 'wasm'}, with its L1 and its batches.`,
  )
  console.log(
    '"/s": from the first request until all are in blocks. "taken/s": until the last request is answered. "p99" and "max": another client\'s eth_blockNumber meanwhile, asked every 10 ms.',
  )
  console.table(rows)
}
