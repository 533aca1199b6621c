// The whole devnet under load: memory of every process, and how the work grows with the number of transactions.
import { temporaryDevnet } from '@animechain/devnet'
import { client, prepare, send, transfers } from './load.mjs'
import { cpuSeconds, memoryBytes } from './processes.mjs'
import { round } from './scope.mjs'

async function start(scope, options, changes = {}) {
  const net = await temporaryDevnet({
    ...(options.execution ? { execution: options.execution } : {}),
    ...(options.da ? { da: options.da } : {}),
    ...changes,
  })
  scope.onClose(() => net.dispose())
  return net
}

/** Until the verifier has derived, from L1, every block that the sequencer has now. */
async function settled(scope, net) {
  const head = BigInt(await client(net.l2Url).call('eth_blockNumber'))
  await scope.until(
    async () => BigInt(await client(net.verifierUrl).call('eth_blockNumber')) >= head,
    `the verifier to reach block ${head}`,
    200,
  )
}

export async function memoryUse({ scope, options }) {
  const count = Number(options.transactions ?? 10_000)
  const raws = await transfers('eth', count)
  const net = await start(scope, options)
  const processes = {
    anvil: net.l1.pid,
    sequencer: net.programs.sequencer.pid,
    verifier: net.programs.verifier.pid,
    bridge: net.programs.bridge.pid,
    'devnet (here: this benchmark)': process.pid,
  }
  const peak = {}
  const sample = () => {
    for (const [name, pid] of Object.entries(processes))
      peak[name] = Math.max(peak[name] ?? 0, memoryBytes(pid))
  }
  sample()
  const before = Object.fromEntries(Object.entries(processes).map(([name, pid]) => [name, memoryBytes(pid)]))
  const timer = setInterval(sample, 200)
  scope.onClose(() => clearInterval(timer))
  const expected = (await prepare({ scope, url: net.l2Url })) + raws.length
  const { all } = await send({ scope, url: net.l2Url, raws, expected })
  await settled(scope, net)
  clearInterval(timer)
  const MIB = 2 ** 20
  const rows = {}
  const total = { 'at start, MiB': 0, 'highest, MiB': 0, 'after, MiB': 0 }
  for (const [name, pid] of Object.entries(processes)) {
    rows[name] = {
      'at start, MiB': round(before[name] / MIB),
      'highest, MiB': round(peak[name] / MIB),
      'after, MiB': round(memoryBytes(pid) / MIB),
    }
    for (const key of Object.keys(total)) total[key] += rows[name][key]
  }
  rows.total = total
  console.log(
    `Resident memory before and after ${count} transfers (${round(all, 1)} s), all derived by the verifier. Aim: 1,536 MiB in all.`,
  )
  console.table(rows)
}

export async function scaling({ scope, options }) {
  const small = Number(options.transactions ?? 1_000)
  const net = await start(scope, options, { bridge: false })
  const pids = { sequencer: net.programs.sequencer.pid, verifier: net.programs.verifier.pid }
  const cpu = () => Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuSeconds(pid)]))
  let expected = await prepare({ scope, url: net.l2Url })
  let offset = 0
  const work = async (count) => {
    const raws = await transfers('eth', count, offset)
    offset += count
    expected += count
    const before = cpu()
    const began = performance.now()
    await send({ scope, url: net.l2Url, raws, expected })
    await settled(scope, net)
    const after = cpu()
    const seconds = (performance.now() - began) / 1000
    return {
      seconds,
      ...Object.fromEntries(Object.keys(pids).map((name) => [name, after[name] - before[name]])),
    }
  }
  // The first transactions run uncompiled code.
  await work(small)
  const before = cpu()
  const idleSeconds = Number(options.seconds ?? 8)
  await new Promise((resolve) => setTimeout(resolve, 1000 * idleSeconds))
  const after = cpu()
  const rows = {}
  const results = [await work(small), await work(10 * small)]
  for (const name of Object.keys(pids)) {
    const idle = (after[name] - before[name]) / idleSeconds
    const [few, many] = results.map((result) => Math.max(0, result[name] - idle * result.seconds))
    rows[name] = {
      'idle, CPU s/s': round(idle, 3),
      [`${small}, CPU s`]: round(few, 2),
      [`${10 * small}, CPU s`]: round(many, 2),
      [`${small}, ms each`]: round((1000 * few) / small, 2),
      [`${10 * small}, ms each`]: round((100 * many) / small, 2),
      growth: round(many / few, 1),
    }
  }
  console.log(
    `CPU time of the processes for ${small} and ${10 * small} transfers, until the verifier has derived them; what idle blocks take is subtracted. Aim: growth of 10 at most.`,
  )
  console.table(rows)
}
