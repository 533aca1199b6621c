import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ConfigError, defineConfig, type ConfigInput } from '../src/config.js'

const key = `0x${'ab'.repeat(32)}`
const config = defineConfig(
  {
    port: { type: 'integer', default: 9545, min: 0, max: 65535, help: 'JSON-RPC port' },
    l1Url: { type: 'url', required: true, help: 'JSON-RPC of L1' },
    batcherKey: { type: 'privateKey', help: 'Key that pays for batches' },
    da: { type: 'string', choices: ['blob', 'calldata'], default: 'blob', help: 'Where batches go' },
    maxFee: { type: 'bigint', default: 10n ** 12n, unit: 'wei', help: 'Most that is paid per gas' },
    metrics: { type: 'boolean', default: true, help: 'Serve metrics' },
    allow: { type: 'list', default: ['localhost'], help: 'Host names' },
    vault: { type: 'address', help: 'Gets fees' },
  },
  { program: 'sequencer', summary: 'Builds blocks.', version: '1.2.3' },
)

const required = ['--l1-url', 'http://127.0.0.1:8545']
function load(input: ConfigInput) {
  const result = config.load({ env: {}, ...input })
  if (result.status !== 'ok') throw new Error('expected values')
  return result
}
function problems(input: ConfigInput) {
  try {
    config.load({ env: {}, ...input })
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return { text: (error as Error).message, list: (error as ConfigError).problems }
  }
  throw new Error('expected a ConfigError')
}

describe('defineConfig', () => {
  test('gives defaults in the types of the table', () => {
    const { values, sources } = load({ argv: required })
    // Compile-time: these assignments hold only with inferred types.
    const port: number = values.port
    const da: 'blob' | 'calldata' = values.da
    const optional: `0x${string}` | undefined = values.batcherKey
    expect({ port, da, optional }).toEqual({ port: 9545, da: 'blob', optional: undefined })
    expect(values.maxFee).toBe(10n ** 12n)
    expect(sources.port).toBe('default')
  })

  test('lets flags win over the environment, it over the file, and that over defaults', () => {
    const readFile = () => JSON.stringify({ port: 1, da: 'calldata', l1Url: 'http://file', metrics: false })
    const env = { ANIMECHAIN_PORT: '2', ANIMECHAIN_DA: 'blob', ANIMECHAIN_CONFIG: 'c.json' }
    const { values, sources } = load({ argv: ['--port=3'], env, readFile })
    expect(values).toMatchObject({ port: 3, da: 'blob', l1Url: 'http://file', metrics: false })
    expect(sources).toMatchObject({ port: '--port', da: 'ANIMECHAIN_DA', l1Url: 'c.json', maxFee: 'default' })
  })

  test('reads flags in every spelling', () => {
    expect(load({ argv: [...required, '--no-metrics'] }).values.metrics).toBe(false)
    expect(load({ argv: [...required, '--metrics', 'false'] }).values.metrics).toBe(false)
    expect(load({ argv: [...required, '--metrics'] }).values.metrics).toBe(true)
    expect(load({ argv: [...required, '--max-fee', '5_000'] }).values.maxFee).toBe(5000n)
    expect(load({ argv: [...required, '--allow', 'a, b,'] }).values.allow).toEqual(['a', 'b'])
    expect(load({ argv: [...required, '--vault', `0x${'AB'.repeat(20)}`] }).values.vault).toBe(
      `0x${'ab'.repeat(20)}`,
    )
  })

  test('reports every problem with key, source, expectation, value and fix', () => {
    const { text, list } = problems({
      argv: ['--port', '70000', '--prot', '1'],
      env: { ANIMECHAIN_DA: 'celestia' },
    })
    expect(list).toEqual([
      {
        key: '--prot',
        source: 'command line',
        expected: 'a flag of this program',
        got: '--prot',
        fix: 'Did you mean --port?',
      },
      {
        key: 'arguments',
        source: 'command line',
        expected: 'flags that start with --',
        got: '1',
        fix: 'Remove it, or see sequencer --help.',
      },
      {
        key: 'port',
        source: '--port',
        expected: 'a whole number from 0 to 65535',
        got: '70000',
        fix: 'Change --port (JSON-RPC port).',
      },
      {
        key: 'l1Url',
        source: 'not given',
        expected: 'a URL such as http://127.0.0.1:8545',
        got: 'nothing',
        fix: 'Give --l1-url, ANIMECHAIN_L1_URL or "l1Url" in the file.',
      },
      {
        key: 'da',
        source: 'ANIMECHAIN_DA',
        expected: 'one of blob, calldata',
        got: 'celestia',
        fix: 'Change ANIMECHAIN_DA (Where batches go).',
      },
    ])
    expect(text).toContain('port (--port): expected a whole number from 0 to 65535, got 70000.')
  })

  test('reports what is wrong with the file', () => {
    const file = (text: string) =>
      problems({ argv: [...required, '--config', 'c.json'], readFile: () => text }).list[0]!
    expect(file('{ "porrt": 1 }')).toMatchObject({
      key: 'porrt',
      source: 'c.json',
      fix: 'Did you mean "port"?',
    })
    expect(file('{ port: 1 }')).toMatchObject({ key: 'config', got: 'text that is no JSON' })
    expect(file('[]')).toMatchObject({ key: 'config', got: '[]' })
    expect(file('{ "metrics": "maybe" }')).toMatchObject({
      key: 'metrics',
      fix: 'Change "metrics" in c.json (Serve metrics).',
    })
    expect(file('{ "maxFee": 1000000000000000000001 }')).toMatchObject({ key: 'maxFee' })
    expect(problems({ argv: [...required, '--config', '/nowhere/c.json'] }).list[0]).toMatchObject({
      key: 'config',
      source: '--config',
    })
  })

  test('never prints a secret, good or bad', () => {
    const bad = problems({ argv: required, env: { ANIMECHAIN_BATCHER_KEY: 'hunter2' } })
    expect(JSON.stringify(bad)).not.toContain('hunter2')
    const good = load({
      argv: ['--l1-url', 'https://user:pw@host/v2/0123456789abcdef01234567'],
      env: { ANIMECHAIN_BATCHER_KEY: key },
    })
    expect(good.values.batcherKey).toBe(key)
    const described = JSON.stringify(good.describe())
    for (const secret of [key, 'user', 'pw@', '0123456789abcdef01234567'])
      expect(described).not.toContain(secret)
  })

  test('reads a secret from a file that the environment names', () => {
    const readFile = (path: string) => (path === '/run/key' ? `${key}\n` : '')
    const { values, sources } = load({
      argv: required,
      env: { ANIMECHAIN_BATCHER_KEY_FILE: '/run/key' },
      readFile,
    })
    expect(values.batcherKey).toBe(key)
    expect(sources.batcherKey).toBe('ANIMECHAIN_BATCHER_KEY_FILE')
  })

  test('answers --help and --version, and writes the documentation from the same table', () => {
    expect(config.load({ argv: ['--help'] })).toEqual({ status: 'text', text: config.help() })
    expect(config.load({ argv: ['--version'] })).toEqual({ status: 'text', text: '1.2.3\n' })
    for (const text of [config.help(), config.markdown()])
      for (const name of ['--port', '--l1-url', 'ANIMECHAIN_BATCHER_KEY', '1000000000000', 'calldata'])
        expect(text).toContain(name)
    expect(config.markdown().trim().split('\n')).toHaveLength(2 + Object.keys(config.table).length)
  })

  test('throws nothing but ConfigError, whatever the arguments are', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.constantFrom(
              '--port',
              '--config',
              '--da=',
              '--l1-url',
              '--no-metrics',
              '--no-port',
              '__proto__',
            ),
          ),
          { maxLength: 8 },
        ),
        (argv) => {
          let failure: unknown
          try {
            config.load({ argv, env: {}, readFile: () => '{"__proto__": 1, "constructor": 2}' })
          } catch (error) {
            failure = error
          }
          expect(failure === undefined || failure instanceof ConfigError).toBe(true)
        },
      ),
    )
  })

  test('refuses a table that contradicts itself', () => {
    expect(() =>
      defineConfig({ a: { type: 'string', help: '', flag: 'x' }, x: { type: 'string', help: '' } }),
    ).toThrow(/share/)
    expect(() => defineConfig({ a: { type: 'integer', help: '', default: 'one' } })).toThrow(/default of a/)
    expect(() => defineConfig({ help: { type: 'string', help: '' } })).toThrow(/taken/)
  })

  test('refuses a key beyond the order of the curve without printing it', () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const hex = (value: bigint) => `0x${value.toString(16).padStart(64, '0')}`
    for (const bad of [0n, order, order + 1n, 2n ** 256n - 1n]) {
      const error = (() => {
        try {
          load({ argv: [...required, '--batcher-key', hex(bad)] })
        } catch (thrown) {
          return thrown as ConfigError
        }
      })()
      expect(error).toBeInstanceOf(ConfigError)
      expect(error!.message).toMatch(/batcherKey/)
      expect(error!.message).not.toContain(hex(bad).slice(2))
    }
    for (const good of [1n, order - 1n])
      expect(load({ argv: [...required, '--batcher-key', hex(good)] }).values.batcherKey).toBe(hex(good))
  })
})
