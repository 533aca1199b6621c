import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hash } from '@animechain/core'
import type { ProgramName } from '@animechain/devnet'
import { eventually } from '@animechain/testing'
import { check, checkDeposits, missingReceipts } from './check.js'
import { load as startLoad, type Load } from './load.js'
import { startNet, type Net } from './net.js'
import { sleep } from './rpc.js'

export { ledger, type Ledger } from './ledger.js'

/** `devnet`: all programs and the process that started them, L1 ends in order. `everything`: L1 too, which loses up to 15 s. */
export const targets = ['sequencer', 'verifier', 'bridge', 'devnet', 'everything'] as const
export type Target = (typeof targets)[number]

export interface KillOptions {
  kills: number
  seed: number
  targets: readonly Target[]
  /** path of the built `host.js` */
  host: string
  /** kills between two looks at the whole chain; default 50 */
  checkEvery?: number
  /** milliseconds that the chain may take for what is under way; default 90,000 */
  timeoutMs?: number
  /** kept when given and when something was wrong */
  directory?: string
  say?: (text: string) => void
}

export interface KillReport {
  kills: Record<Target, number>
  /** milliseconds until it answered again, median */
  restart: Partial<Record<Target, number>>
  acknowledged: number
  /** replacements acknowledged within 20 ms of a kill of the pool that took them */
  replacedAtKill: number
  replaced: number
  deposits: number
  receipts: number
  blocks: number
  surprises: [message: string, times: number][]
  violations: string[]
}

/** Numbers from 0 to below 1 that a seed gives again (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Whom one round kills: one of the whole devnet, or some of its programs together. */
export function roundOf(allowed: readonly Target[], left: number, random: () => number): Target[] {
  const whole = allowed.filter((target) => target === 'devnet' || target === 'everything')
  const programs = allowed.filter((target) => target !== 'devnet' && target !== 'everything')
  const share = whole.length === 0 ? 0 : programs.length === 0 ? 1 : 0.25
  if (random() < share) return [whole[Math.floor(random() * whole.length)]!]
  const some = programs.filter(() => random() < 0.6)
  return (some.length > 0 ? some : [programs[Math.floor(random() * programs.length)]!]).slice(0, left)
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!

/** Kills, starts again and checks, `kills` times. */
export async function kills(options: KillOptions): Promise<KillReport> {
  const { checkEvery = 50, timeoutMs = 90_000, say = () => {} } = options
  const random = randomFrom(options.seed)
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'animechain-kills-'))
  const report: KillReport = {
    kills: Object.fromEntries(targets.map((name) => [name, 0])) as Record<Target, number>,
    restart: {},
    acknowledged: 0,
    replacedAtKill: 0,
    replaced: 0,
    deposits: 0,
    receipts: 0,
    blocks: 0,
    surprises: [],
    violations: [],
  }
  const times = new Map<Target, number[]>()
  let known: Hash[] = []
  say('starting a devnet')
  const net = await startNet(directory, options.host)
  const load = startLoad(net, random)

  async function one(target: Target): Promise<void> {
    const began = Date.now()
    report.kills[target]++
    if (target === 'devnet' || target === 'everything') await net.killAll({ l1: target === 'everything' })
    else await net.killProgram(target as ProgramName)
    times.set(target, [...(times.get(target) ?? []), Date.now() - began])
  }

  async function round(left: number): Promise<number> {
    const chosen = roundOf(options.targets, left, random)
    await sleep(100 + random() * 1_500)
    const hitsPool = !chosen.every((target) => target === 'verifier' || target === 'bridge')
    // Half of the kills of a pool come right after it promised a replacement.
    if (hitsPool && random() < 0.5) await Promise.race([load.nextReplacement(), sleep(2_000)])
    if (hitsPool) report.replacedAtKill += justReplaced(load)
    await Promise.all(chosen.map((target) => one(target)))
    if (known.length > 0 && hitsPool) report.violations.push(...(await sample(net, known, random)))
    return chosen.length
  }

  async function look(): Promise<void> {
    await load.pause()
    const checked = await check(net, load, known, timeoutMs)
    report.violations.push(...checked.violations.filter((text) => !report.violations.includes(text)))
    report.blocks = checked.blocks
    known = checked.receipts
  }

  try {
    let done = 0
    let checkedAt = 0
    if (options.targets.includes('everything')) await net.l1Kept()
    while (done < options.kills) {
      done += await round(options.kills - done)
      if (done - checkedAt < checkEvery && done < options.kills) continue
      checkedAt = done
      await look()
      say(
        `${done} kills, block ${report.blocks}, ${known.length} receipts, ${report.violations.length} violations`,
      )
      if (done < options.kills) load.resume()
    }
    report.violations.push(...(await checkDeposits(net, load, timeoutMs)))
  } finally {
    await load.stop()
    await net.stop()
  }
  if (options.directory === undefined && report.violations.length === 0)
    rmSync(directory, { recursive: true, force: true })
  else say(`kept: ${directory}`)
  const entries = load.senders.flatMap(({ ledger }) => ledger.nonces)
  return {
    ...report,
    restart: Object.fromEntries([...times].map(([target, list]) => [target, median(list)])),
    acknowledged: entries.filter(({ acknowledged }) => acknowledged >= 0).length,
    replaced: entries.filter(({ acknowledged }) => acknowledged > 0).length,
    deposits: load.deposits.length,
    receipts: known.length,
    surprises: [...load.surprises],
  }
}

/** Replacements that were acknowledged within the last 20 ms. */
function justReplaced({ senders }: Load): number {
  const now = Date.now()
  return senders
    .map(({ ledger, next }) => ledger.nonces[next - 1])
    .filter((entry) => entry !== undefined && entry.acknowledged > 0 && now - entry.at <= 20).length
}

/** Receipts that were seen before, some of them: they are there after a start, or soon again where L1 took a deposit back. */
async function sample(net: Net, known: readonly Hash[], random: () => number): Promise<string[]> {
  const some = Array.from({ length: 20 }, () => known[Math.floor(random() * known.length)]!)
  let missing: Hash[] = []
  return eventually(
    'receipts',
    async () => (missing = await missingReceipts(net.info.l2Url, some)).length === 0,
    { timeoutMs: 30_000 },
  ).then(
    () => [],
    () => missing.map((hash) => `the receipt of ${hash} is gone after a kill`),
  )
}
