import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryDevnet } from '@animechain/devnet'
import { readOps, withoutVariables, type Query } from './dashboards.js'
import { root } from './program.js'

/** Longest wait for series to have two samples and for what happens rarely, milliseconds. */
const PATIENCE_MS = 300_000

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A configuration that scrapes these targets every second, with the alerts of ops. JSON is YAML. */
function configuration(targets: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [join(root, 'ops/prometheus/alerts.yml')],
    scrape_configs: Object.entries(targets).map(([job, url]) => ({
      job_name: job,
      static_configs: [{ targets: [new URL(url).host] }],
    })),
  })
}

async function ask<T>(url: string): Promise<T | undefined> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
  // 503 until it is ready.
  if (response === undefined || response.status === 503) return undefined
  const answer = (await response.json()) as { status: string; data?: T; error?: string }
  if (answer.status === 'success') return answer.data
  throw new Error(`expected an answer of Prometheus, got ${answer.error} for ${url}`)
}

/** Panels without data, asked again until there are none or the time is over. */
async function emptyPanels(url: string, panels: readonly Query[], failed: () => boolean): Promise<Query[]> {
  const end = Date.now() + PATIENCE_MS
  let open = [...panels]
  while (open.length > 0 && Date.now() < end && !failed()) {
    const still: Query[] = []
    for (const query of open) {
      if (failed()) return open
      const text = encodeURIComponent(withoutVariables(query.text, '10s'))
      const data = await ask<{ result: unknown[] }>(`${url}/api/v1/query?query=${text}`)
      if (data === undefined || data.result.length === 0) still.push(query)
    }
    open = still
    if (open.length > 0) await sleep(1_000)
  }
  return open
}

/** Alerts that Prometheus cannot evaluate, and those that fire on a chain that is well. */
async function badAlerts(url: string): Promise<string[]> {
  type Rules = { groups: { rules: { name: string; health: string; state: string; lastError?: string }[] }[] }
  const rules = (await ask<Rules>(`${url}/api/v1/rules`))?.groups.flatMap((group) => group.rules) ?? []
  return rules.flatMap(({ name, health, state, lastError }) =>
    health !== 'ok'
      ? [`The alert ${name} is ${health}: ${lastError ?? 'not evaluated'}.`]
      : state === 'firing'
        ? [`The alert ${name} fires on a devnet that is well.`]
        : [],
  )
}

/** Starts a devnet and a real Prometheus, and has it evaluate every panel and alert. `binary` is the path of `prometheus`. */
export async function evaluateForReal(binary: string): Promise<{ problems: string[]; fine: string }> {
  const { panels } = readOps()
  const folder = mkdtempSync(join(tmpdir(), 'animechain-prometheus-'))
  const net = await temporaryDevnet({ shadow: true })
  const targets = Object.fromEntries(
    Object.entries(net.metricsUrls).flatMap(([name, url]) =>
      url === undefined ? [] : [[name, url] as const],
    ),
  )
  const port = await freePort()
  writeFileSync(join(folder, 'prometheus.yml'), configuration(targets))
  const child = spawn(
    binary,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  let ended = false
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  }).then(() => (ended = true))
  const calls = setInterval(() => {
    for (const url of [net.l2Url, net.verifierUrl!])
      void fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x4200000000000000000000000000000000000006","data":"0x06fdde03"},"latest"]}',
      }).catch(() => {})
  }, 500)
  try {
    const url = `http://127.0.0.1:${port}`
    const empty = await emptyPanels(url, panels, () => ended)
    const problems = empty.map(({ place, text }) => `${place} has no data in Prometheus: ${text}`)
    if (ended) problems.push(`Prometheus ended: ${binary}.`)
    else problems.push(...(await badAlerts(url)))
    return { problems, fine: `Prometheus has data for all of ${panels.length} expressions; no alert fires.` }
  } finally {
    clearInterval(calls)
    child.kill()
    await exited
    await net.dispose()
    rmSync(folder, { recursive: true, force: true })
  }
}
