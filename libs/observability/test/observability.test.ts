import { once } from 'node:events'
import { get } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { BaseError } from '@animechain/core'
import { healthServer, type HealthServer, type HealthServerOptions } from '../src/health.js'
import { pinoLogger, type PinoLoggerOptions } from '../src/logger.js'
import { prometheusMetrics } from '../src/metrics.js'

function capture(options: PinoLoggerOptions = {}) {
  const lines: string[] = []
  const logger = pinoLogger({ ...options, destination: { write: (line) => void lines.push(line) } })
  return { logger, lines, json: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

describe('pinoLogger', () => {
  test('writes one JSON object a line with level, time, name, message and fields', () => {
    const { logger, lines, json } = capture({ name: 'batcher' })
    logger.info('posted', { batch: 3n, bytes: Uint8Array.of(1, 255), nested: { list: [1n] } })
    expect(lines[0]).toMatch(/^\{.*\}\n$/)
    expect(json()[0]).toMatchObject({
      level: 'info',
      name: 'batcher',
      msg: 'posted',
      batch: '3',
      bytes: '0x01ff',
      nested: { list: ['1'] },
    })
    expect(new Date(json()[0]!.time as string).getTime()).toBeGreaterThan(0)
  })

  test('writes no secret: not by name, not in a URL, not in an error', () => {
    const { logger, lines } = capture()
    const url = 'https://user:hunter2@rpc.example/v3/0123456789abcdef0123456789abcdef?key=hunter2'
    const cause = new Error(`connect to ${url} failed`)
    logger.child({ url }).error(`cannot reach ${url}`, {
      privateKey: 'hunter2',
      deep: { API_KEY: 'hunter2', more: { mnemonic: 'hunter2' } },
      error: new BaseError(`no ${url}`, { code: 'X', cause }),
      link: new URL(url),
    })
    expect(lines.join('')).not.toMatch(/hunter2|0123456789abcdef0123456789abcdef/)
    expect(lines.join('')).toContain('rpc.example')
  })

  test('keeps to its level, and children keep their fields', () => {
    const { logger, json } = capture({ level: 'warn' })
    logger.info('quiet')
    logger.child({ part: 'a' }).child({ id: 1 }).warn('loud')
    expect(json()).toMatchObject([{ level: 'warn', part: 'a', id: 1, msg: 'loud' }])
  })

  test('stays a bounded line for cycles, huge lists and texts', () => {
    const { logger, lines } = capture()
    const cycle: Record<string, unknown> = {
      list: Array.from({ length: 1_000_000 }, (_, i) => i),
      text: 'x'.repeat(1e6),
    }
    cycle.self = cycle
    logger.info('big', cycle)
    expect(lines).toHaveLength(1)
    expect(lines[0]!.length).toBeLessThan(60_000)
  })

  test('writes lines for people when asked to', () => {
    const { logger, lines } = capture({ format: 'text', name: 'node' })
    logger.warn('head moved', { number: 5n, why: 'a reorg' })
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} WARN {2}node: head moved number=5 why="a reorg"\n$/)
  })
})

describe('prometheusMetrics', () => {
  test('renders counters, gauges and histograms with their labels and help', async () => {
    const metrics = prometheusMetrics({ process: false })
    metrics.counter({ name: 'blocks_total', help: 'Blocks built' }).inc()
    metrics.counter({ name: 'blocks_total', help: 'Blocks built' }).inc(2)
    metrics.gauge({ name: 'head', help: 'Head', labels: ['tag'] }).set(7, { tag: 'safe' })
    metrics.histogram({ name: 'build_seconds', help: 'Time', buckets: [1, 2] }).observe(1.5)
    const text = await metrics.render()
    expect(text).toContain('# HELP animechain_blocks_total Blocks built')
    expect(text).toContain('animechain_blocks_total 3')
    expect(text).toContain('animechain_head{tag="safe"} 7')
    expect(text).toContain('animechain_build_seconds_bucket{le="2"} 1')
    expect(() => metrics.gauge({ name: 'blocks_total', help: '' })).toThrow(/is a counter already/)
  })

  test('measures the process by default, apart from other registries', async () => {
    const [a, b] = [prometheusMetrics(), prometheusMetrics({ labels: { chain: '7' } })]
    a.counter({ name: 'only_total', help: '' }).inc()
    expect(await a.render()).toContain('process_resident_memory_bytes')
    expect(await b.render()).not.toContain('only_total')
    expect(await b.render()).toContain('chain="7"')
  })
})

describe('healthServer', () => {
  let server: HealthServer | undefined
  afterEach(() => server?.stop())
  const serve = async (options: Omit<HealthServerOptions, 'port'>) => {
    server = healthServer({ port: 0, ...options })
    await server.start()
    return server.url
  }
  const status = async (url: string, path: string) => (await fetch(url + path)).status

  test('tells live from ready and serves metrics', async () => {
    const metrics = prometheusMetrics({ process: false })
    metrics.counter({ name: 'x_total', help: 'x' }).inc()
    const url = await serve({ health: () => ({ ready: false, details: { head: 5n } }), metrics })
    expect(await status(url, '/healthz')).toBe(200)
    const ready = await fetch(`${url}/readyz`)
    expect(ready.status).toBe(503)
    expect(await ready.json()).toEqual({ live: true, ready: false, details: { head: '5' } })
    const text = await fetch(`${url}/metrics`)
    expect(text.headers.get('content-type')).toContain('text/plain')
    expect(await text.text()).toContain('animechain_x_total 1')
    expect(await status(url, '/other')).toBe(404)
    expect((await fetch(`${url}/healthz`, { method: 'POST', body: 'x' })).status).toBe(405)
  })

  test('answers to hosts that it knows and no others, however many connections one client holds', async () => {
    const url = await serve({ health: () => ({ ready: true }), hosts: ['node.example'] })
    const { port } = new URL(url)
    const held = Array.from({ length: 150 }, () => connect(Number(port), '127.0.0.1'))
    for (const socket of held) socket.on('error', () => undefined)
    const hostStatus = (host: string) =>
      new Promise<number>((resolve, reject) => {
        const request = get({ port, host: '127.0.0.1', path: '/healthz', headers: { host }, agent: false })
        request.on('response', (response) => {
          response.resume()
          resolve(response.statusCode!)
        })
        request.on('error', reject)
      })
    await Promise.all(held.map((socket) => socket.connecting && once(socket, 'connect')))
    expect(await hostStatus('localhost:9571')).toBe(200)
    expect(await hostStatus('node.example')).toBe(200)
    expect(await hostStatus('evil.example')).toBe(403)
    for (const socket of held) socket.destroy()
  })

  test('counts a check that throws or hangs as failed', async () => {
    const thrown = await serve({ health: () => Promise.reject(new Error('secret detail')) })
    const answer = await fetch(`${thrown}/healthz`)
    expect(answer.status).toBe(503)
    expect(await answer.text()).not.toContain('secret detail')
    await server!.stop()
    const hangs = await serve({ health: () => new Promise(() => {}), timeoutMs: 50 })
    expect(await status(hangs, '/readyz')).toBe(503)
  })

  test('says that the port is in use, and stops twice', async () => {
    const url = await serve({ health: () => ({ ready: true }) })
    const second = healthServer({ port: server!.port, health: () => ({ ready: true }) })
    await expect(second.start()).rejects.toMatchObject({
      code: 'HEALTH_LISTEN',
      message: expect.stringContaining('in use'),
    })
    await second.stop()
    await server!.stop()
    await server!.stop()
    await expect(fetch(`${url}/healthz`)).rejects.toThrow()
  })
})
