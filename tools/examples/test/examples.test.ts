import { spawn } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { temporaryDevnet, type TemporaryDevnet } from '@animechain/devnet'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const folder = join(root, 'examples')
const names = ['deposit', 'withdraw', 'own-da', 'follow-chain', 'force-inclusion', 'decode-batch', 'ledger']
const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8')

/** The commands of a README: lines of its shell blocks without their comments. */
const commands = (name: string): string[] =>
  [...read(name, 'README.md').matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
    block!
      .split('\n')
      .map((line) => line.replace(/\s+#.*$/, '').trim())
      .filter((line) => line !== ''),
  )

/** The programs of an example: beside its README, or in TypeScript in `src`. */
const sourcesOf = (name: string): string[] =>
  ['.', 'src']
    .filter((path) => existsSync(join(folder, name, path)))
    .flatMap((path) => readdirSync(join(folder, name, path)).map((file) => join(path, file)))
    .filter((file) => /\.(mjs|ts)$/.test(file))

function run(command: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, { cwd: root, shell: true, timeout: 240_000 })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => (output = (output + String(data)).slice(-20_000)))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output }))
  })
}

function holds({ code, output }: Awaited<ReturnType<typeof run>>, last: RegExp): void {
  expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(last) })
}

describe('every example', () => {
  test.each(names)('%s uses public packages only, and names each in its manifest', (name) => {
    const manifest = JSON.parse(read(name, 'package.json')) as {
      private: boolean
      dependencies: object
      devDependencies?: object
    }
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
    const used = new Set<string>()
    for (const file of sourcesOf(name))
      for (const [, from] of read(name, file).matchAll(/(?:from|import\()\s*'([^']+)'/g)) {
        if (from!.startsWith('node:') || from!.startsWith('./')) continue
        // The package and what it publishes, never a file inside it.
        expect(from).toMatch(/^(@animechain\/[a-z0-9-]+|viem(\/(accounts|op-stack))?)$/)
        used.add(from!.startsWith('viem') ? 'viem' : from!)
      }
    expect([...used].sort()).toEqual(declared.sort())
    expect(manifest.private).toBe(true)
  })

  test.each(names)('%s has a README with one line, its commands, and what it shows', (name) => {
    expect(read(name, 'README.md')).toMatch(/^# .+\n\n.+\n\n```sh\nnpm start -w examples\/[\s\S]+\nShows: /)
  })
})

test('the ledger, which needs no devnet', async () => {
  const [start, suite, ...others] = commands('ledger')
  // Its suite is run as that of every package.
  expect([suite, ...others]).toEqual(['npm test -w examples/ledger'])
  holds(
    await run(start!),
    /program hash 0x[0-9a-f]{64}\n[\s\S]+The honest claim is accepted, the other rejected/,
  )
}, 260_000)

describe('the commands of the READMEs, on one devnet', () => {
  let net: TemporaryDevnet
  let running: Record<string, ReturnType<typeof run>>

  beforeAll(async () => {
    net = await temporaryDevnet({
      bridge: false,
      maxBatchAge: 2,
      maxIdleBatchAge: 4,
      l1Config: { forceDelay: 10 },
    })
    // They wait for blocks most of the time, and each has an account of its own.
    running = Object.fromEntries(
      ['withdraw', 'follow-chain', 'decode-batch', 'deposit'].map((name) => [name, onDevnet(name)]),
    )
  }, 300_000)
  afterAll(async () => {
    await net?.dispose()
  }, 180_000)

  const onDevnet = (name: string) => {
    const command = commands(name).find((line) => line.includes('--chain .devnet/chain.json'))
    return run(command!.replace('.devnet/chain.json', net.chainFile))
  }

  test('deposit', async () => {
    holds((await running['deposit'])!, /Balance on L2: 10000 -> 10001 ETH\n/)
  }, 260_000)

  test('decode a batch, by its own transaction and by a hash', async () => {
    holds((await running['decode-batch'])!, /0\.000000000000000001[\s\S]+the same transactions/)
    const missing = `npm start -w examples/decode-batch -- 0x${'11'.repeat(32)} --chain ${net.chainFile}`
    expect((await run(missing)).code).not.toBe(0)
  }, 260_000)

  test('follow a chain', async () => {
    holds(
      (await running['follow-chain'])!,
      /safe 10 0x[0-9a-f]{64} gas \d+\n[\s\S]*The sequencer has the same/,
    )
  }, 260_000)

  test('own DA: the rollup, and the suite', async () => {
    const [start, suite, ...others] = commands('own-da')
    expect(others).toEqual([])
    holds(await run(start!), /derived block \d+ 0x[0-9a-f]{64}\n[\s\S]*\d+ batches in /)
    holds(await run(suite!), /# pass 1\d\n# fail 0\n/)
  }, 260_000)

  test('withdraw', async () => {
    holds((await running['withdraw'])!, /Finalised: 0x[\s\S]+on L1: 0\.1 ETH\n/)
  }, 260_000)

  // Last: it halts the sequencer that the others need. Most of it is a wait, beside which another example starts a devnet of its own.
  test('force inclusion, and an example without --chain', async () => {
    const alone = run(commands('deposit')[0]!)
    const forced = await onDevnet('force-inclusion')
    holds(
      forced,
      /The verifier has it in block \d+: 0\.2 ETH[\s\S]+The sequencer has it in block \d+: 0\.2 ETH/,
    )
    holds(await alone, /Starting a devnet[\s\S]+10000 -> 10001 ETH\n/)
  }, 500_000)
})
