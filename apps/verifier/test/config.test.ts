import { describe, expect, test } from '@jest/globals'
import { config } from '../src/index.js'

const required = ['--l1-rpc-url', 'http://127.0.0.1:1', '--deployment', 'chain.json', '--data-dir', 'data']

describe('the shadow engine', () => {
  test.each<[string, Parameters<typeof config.load>[0]]>([
    ['a flag', { argv: [...required, '--shadow'], env: {} }],
    ['the environment', { argv: required, env: { ANIMECHAIN_SHADOW: 'true' } }],
    ['the file', { argv: [...required, '--config', 'a'], env: {}, readFile: () => '{"shadow":true}' }],
  ])('is switched on by %s', (_, input) => {
    const loaded = config.load(input)
    expect(loaded).toMatchObject({ status: 'ok', values: { shadow: true, execution: 'wasm' } })
  })

  test('is off unless asked for', () => {
    expect(config.load({ argv: required, env: {} })).toMatchObject({ values: { shadow: false } })
  })
})
