// Many verifiers on one machine: how long after a batch is on L1 its certificate is there, and what each process takes.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { getCertificate } from '@animechain/bridge'
import { temporaryDevnet, type TemporaryDevnet } from '@animechain/devnet'
import { BaseError } from '@animechain/core'
import { optimistic } from '@animechain/settlement-optimistic'
import { createPublicClient, http, type Address } from 'viem'

/** What the command takes. Its pace is nearer to a chain in production than a devnet's, at which nine verifiers fill two cores. */
export interface FleetOptions {
  /** verifiers of the network */
  verifiers: number
  /** batches whose certificates are waited for */
  batches: number
  /** between two blocks of L2, seconds */
  block: number
  /** between two blocks of L1, seconds */
  l1Block: number
  /** between two batches, seconds */
  batch: number
  /** between two looks of a verifier at L1, seconds */
  poll: number
  /** an epoch of the network, in which each member checks in once, seconds */
  epoch: number
}

/** Longest that a certificate is waited for. milliseconds */
const PATIENCE_MS = 300_000
/** Between two looks. milliseconds */
const LOOK_MS = 100
/** Ticks of the kernel's clock in a second, as /proc counts CPU time. */
const TICKS = 100

/** A process at a moment. */
interface Usage {
  /** resident memory, bytes */
  rss: number
  /** seconds of CPU so far */
  cpu: number
}

function usageOf(pid: number): Usage {
  const rss = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024
  // Behind the name, which may have spaces, utime and stime are the 12th and 13th.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return { rss, cpu: (Number(fields[11]) + Number(fields[12])) / TICKS }
}

const quantile = (values: readonly number[], part: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN
}

/** When a batch was seen on L1, its assertion, and its certificate, in milliseconds of this machine's clock. */
interface Times {
  batch: number
  asserted: number
  certified: number
}

/** Watches batches until so many have a certificate. */
async function follow(net: TemporaryDevnet, { verifiers, batches }: FleetOptions): Promise<Times[]> {
  const { deployment, l1Url } = net
  const settlement = optimistic({
    l1: { rpcUrl: l1Url },
    contracts: deployment.addresses,
    startBlock: deployment.rollup.l1StartBlock,
  })
  const l1 = createPublicClient({ chain: deployment.l1, transport: http(l1Url), pollingInterval: LOOK_MS })
  const urls = [net.network![0]!, net.network!.at(-1)!].map(({ gossipUrl }) => gossipUrl)
  const seen = new Map<bigint, number>()
  const open = new Map<bigint, { game: Address; asserted: number }>()
  const done: Times[] = []
  const first = (await settlement.view()).batchCount
  let last = Date.now()
  const look = async () => {
    const { batchCount } = await settlement.view()
    for (let index = first; index < batchCount; index++) if (!seen.has(index)) seen.set(index, Date.now())
    for (const { batchIndex, id } of await settlement.getAssertions(0n, 10_000))
      if (seen.has(batchIndex) && !open.has(batchIndex))
        open.set(batchIndex, { game: id as Address, asserted: Date.now() })
    for (const [index, { game, asserted }] of open) {
      const batch = seen.get(index)!
      if (done.some((each) => each.batch === batch)) continue
      const found = await getCertificate(l1, { targetChain: deployment.l2, game, verifiers: urls })
      if (found.status !== 'assembled') continue
      last = Date.now()
      done.push({ batch, asserted, certified: last })
      process.stdout.write(
        `batch ${index}: certificate of ${found.members.length} of ${verifiers} after ${((last - batch) / 1_000).toFixed(1)} s\n`,
      )
    }
  }
  while (done.length < batches) {
    await look().catch((error: unknown) => {
      // A machine at its limit answers late: what was late is in the figures, and is no failure as long as certificates come.
      process.stderr.write(
        `a look failed: ${error instanceof BaseError ? error.shortMessage : String(error)}\n`,
      )
    })
    if (Date.now() - last > PATIENCE_MS) throw new Error(`No certificate within ${PATIENCE_MS / 1_000} s.`)
    await sleep(LOOK_MS)
  }
  return done
}

/** Runs a devnet with so many verifiers, and prints the figures. @returns true: it throws where a certificate does not come */
export async function fleet(options: FleetOptions): Promise<true> {
  const net = await temporaryDevnet({
    network: true,
    networkVerifiers: options.verifiers,
    bridge: false,
    maxBatchAge: options.batch,
    maxIdleBatchAge: options.batch,
    blockTime: options.block * 1_000,
    l1BlockTime: options.l1Block,
    networkConfig: { epochLength: options.epoch },
    verifierEnv: {
      ANIMECHAIN_L1_POLL_INTERVAL: String(options.poll * 1_000),
      ANIMECHAIN_POLL_INTERVAL: String(options.poll * 1_000),
    },
    onPhase: (phase) => process.stdout.write(`${phase}\n`),
  })
  try {
    const pids = net.network!.map(({ name }) => net.programs[name]!.pid)
    // Its members have weight from the next epoch on: what is asserted before is certified by nobody.
    await sleep(options.epoch * 1_000)
    const before = pids.map(usageOf)
    const began = Date.now()
    const times = await follow(net, options)
    const seconds = (Date.now() - began) / 1_000
    const after = pids.map(usageOf)
    const wholes = times.map(({ batch, certified }) => (certified - batch) / 1_000)
    const parts = times.map(({ asserted, certified }) => (certified - asserted) / 1_000)
    const cpu = after.map(({ cpu: end }, i) => ((end - before[i]!.cpu) / seconds) * 100)
    const rss = after.map(({ rss: bytes }) => bytes / 2 ** 20)
    const line = (name: string, values: readonly number[], unit: string) =>
      process.stdout.write(
        `${name.padEnd(44)} p50 ${quantile(values, 0.5).toFixed(1)} ${unit}, p95 ${quantile(values, 0.95).toFixed(1)} ${unit}, most ${Math.max(...values).toFixed(1)} ${unit}\n`,
      )
    process.stdout.write(
      `\n${options.verifiers} verifiers, ${times.length} batches in ${seconds.toFixed(0)} s\n`,
    )
    line('batch on L1 to certificate', wholes, 's')
    line('of it, assertion on L1 to certificate', parts, 's')
    line('memory of a verifier', rss, 'MiB')
    line('CPU of a verifier, of one core', cpu, '%')
    return true
  } finally {
    await net.dispose()
  }
}
