import type { Hash } from '@animechain/core'
import type { Rollup } from '@animechain/node'
import { eventually, type Lie } from '@animechain/testing'
import type { World } from './world.js'

export interface TrialOptions {
  /** How long the L1 lies, milliseconds. */
  lieMs: number
  /** How long the node may take afterwards to be where the honest one was, milliseconds. */
  recoveryMs: number
}

/** What one lie did to the node behind it. */
export interface Verdict {
  lie: string
  says: string
  /** answers that were changed */
  changed: number
  /** `followed`: the safe chain grew all the while; `named`: the node was not ready and gave these codes; `warned`: it waited, and its log says why */
  outcome: 'followed' | 'named' | 'warned' | 'untouched' | 'SILENT'
  codes: string[]
  /** milliseconds until it was not ready; undefined: it always was */
  namedAfterMs: number | undefined
  /** milliseconds from the truth to a healthy node where the honest one was */
  recoveredMs: number | undefined
  /** calls to L1 a second while it lied */
  callsPerSecond: number
  /** lines at info and above a second while it lied */
  linesPerSecond: number
  /** what must not have happened */
  faults: string[]
}

/** How long the log may come after the health, milliseconds. */
const LOG_MS = 10_000
const LOOK_MS = 100
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const head = (node: Rollup, tag: 'safe' | 'finalized') => node.chain.head(tag)

/** The first number at which two nodes differ, up to the lower one's safe head. */
export function firstDifference(a: Rollup, b: Rollup, from = 0n): bigint | undefined {
  const [x, y] = [head(a, 'safe').number, head(b, 'safe').number]
  for (let number = from; number <= (x < y ? x : y); number++)
    if (a.chain.headerByNumber(number)?.hash !== b.chain.headerByNumber(number)?.hash) return number
  return undefined
}

/** What was final must stay: the head of finality and a transaction below it. */
function finalOf(node: Rollup) {
  const header = head(node, 'finalized')
  let transaction: Hash | undefined
  for (let at = header.number; at > 0n && !transaction; at--)
    transaction = node.chain.blockByNumber(at)?.transactions[0]?.hash
  return { number: header.number, hash: header.hash, transaction }
}

function lostFinality(node: Rollup, final: ReturnType<typeof finalOf>): string | undefined {
  const now = head(node, 'finalized').number
  if (now < final.number) return `finalized went from ${final.number} to ${now}`
  if (node.chain.headerByNumber(final.number)?.hash !== final.hash)
    return `block ${final.number} was replaced`
  if (final.transaction && !node.chain.transaction(final.transaction))
    return `the receipt of ${final.transaction} is gone`
  return undefined
}

const codeOf = (detail: string | undefined, node: Rollup): string[] => {
  const codes = Object.values(node.services)
    .map((service) => (service.lastError as { code?: unknown } | undefined)?.code)
    .filter((code): code is string => typeof code === 'string')
  return codes.length > 0 ? codes : [detail ?? 'not ready']
}

/** What a lie came to: the node's health named it, the chain went on all the same, a warning in the log said so, or nothing did. */
function outcomeOf(seen: {
  named: boolean
  changed: number
  grew: boolean
  warned: boolean
}): Verdict['outcome'] {
  if (seen.named) return 'named'
  if (seen.changed === 0) return 'untouched'
  if (seen.grew) return 'followed'
  return seen.warned ? 'warned' : 'SILENT'
}

/** Lets the L1 of one node lie for a while, and looks at what the node does. */
export async function trial(world: World, lie: Lie, { lieMs, recoveryMs }: TrialOptions): Promise<Verdict> {
  const { lied, honest, proxy, lines } = world
  const faults = new Set<string>()
  const codes = new Set<string>()
  const final = finalOf(lied)
  const began = Date.now()
  const callsBefore = proxy.calls
  const safeBefore = head(lied, 'safe').number
  let namedAfterMs: number | undefined
  lines.length = 0
  await proxy.lie(lie)
  while (Date.now() - began < lieMs) {
    await sleep(LOOK_MS)
    const { ok, detail } = lied.health()
    if (!ok) {
      namedAfterMs ??= Date.now() - began
      for (const code of codeOf(detail, lied)) codes.add(code)
    }
    const lost = lostFinality(lied, final)
    if (lost) faults.add(lost)
  }
  const took = (Date.now() - began) / 1_000
  const changed = proxy.changed
  const warned = () => lines.filter(({ level }) => level === 'warn' || level === 'error')
  // What is asked again is logged when that failed too: on a busy machine after the lie's time.
  for (
    const end = Date.now() + LOG_MS;
    namedAfterMs !== undefined && warned().length === 0;
    await sleep(LOOK_MS)
  )
    if (Date.now() > end) break
  const logged = warned()
  const grew = head(lied, 'safe').number > safeBefore
  if (namedAfterMs !== undefined && logged.length === 0) faults.add('not ready, and nothing in the log')
  const callsPerSecond = (proxy.calls - callsBefore) / took
  await proxy.lie(undefined)
  const truthAt = Date.now()
  const target = { latest: world.sequencer.chain.head('latest').number, safe: head(honest, 'safe').number }
  const goal = world.sequencer === lied ? target.latest : target.safe
  const recovered = await eventually(
    'recovery',
    () => lied.health().ok && head(lied, 'safe').number >= goal && head(honest, 'safe').number >= goal,
    { timeoutMs: recoveryMs, intervalMs: LOOK_MS },
  ).then(
    () => true,
    () => false,
  )
  const recoveredMs = recovered ? Date.now() - truthAt : undefined
  if (!recovered) {
    const { detail } = lied.health()
    faults.add(
      `not recovered after ${recoveryMs} ms: safe ${head(lied, 'safe').number}, honest ${head(honest, 'safe').number}, goal ${goal}${detail ? `, ${detail}` : ''}`,
    )
  }
  const different = firstDifference(lied, honest, final.number)
  if (different !== undefined) faults.add(`block ${different} differs from the honest node's`)
  const lost = lostFinality(lied, final)
  if (lost) faults.add(lost)
  const outcome = outcomeOf({ named: namedAfterMs !== undefined, changed, grew, warned: logged.length > 0 })
  if (outcome === 'SILENT') faults.add('stood still without a word')
  return {
    lie: lie.name,
    says: lie.says,
    changed,
    outcome,
    codes: [...codes],
    namedAfterMs,
    recoveredMs,
    callsPerSecond,
    linesPerSecond: logged.length / took,
    faults: [...faults],
  }
}
