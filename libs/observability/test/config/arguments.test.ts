import { describe, expect, test } from '@jest/globals'
import { readArguments } from '../../src/config/arguments.js'
import { definitionOf } from '../../src/config/table.js'

const table = {
  port: { type: 'integer', help: 'Port.' },
  trace: { type: 'boolean', help: 'Trace.' },
} as const
const read = (line: string, options: { version?: string; positionals?: string } = {}) => {
  const words = line === '' ? [] : line.split(' ')
  const { flags, problems, ...rest } = readArguments(definitionOf(table, options), words)
  return {
    ...rest,
    flags: Object.fromEntries(flags),
    wrong: problems.map(({ source, got }) => [source, got]),
  }
}
const nothing = { flags: {}, positionals: [], configPath: undefined, text: undefined, wrong: [] }

describe('the command line', () => {
  test.each([
    ['', {}],
    ['--port 1', { flags: { port: '1' } }],
    ['--port=1', { flags: { port: '1' } }],
    ['--port 1 --port 2', { flags: { port: '2' } }],
    ['--port=--1', { flags: { port: '--1' } }],
    ['--trace', { flags: { trace: 'true' } }],
    ['--trace false --port 1', { flags: { trace: 'false', port: '1' } }],
    ['--trace=no', { flags: { trace: 'no' } }],
    ['--no-trace', { flags: { trace: 'false' } }],
    ['--config a.json', { configPath: 'a.json' }],
    ['--help', { text: 'help' }],
    ['--port -h', { flags: { port: '-h' } }],
    ['--port --help', { text: 'help', wrong: [['--port', 'nothing']] }],
    ['--port', { wrong: [['--port', 'nothing']] }],
    ['--config', { wrong: [['--config', 'nothing']] }],
    ['--port --trace', { flags: { trace: 'true' }, wrong: [['--port', 'nothing']] }],
    [
      '--prot 1',
      {
        wrong: [
          ['command line', '--prot'],
          ['command line', '1'],
        ],
      },
    ],
    ['--no-port', { wrong: [['command line', '--no-port']] }],
    ['--no-trace=true', { wrong: [['command line', '--no-trace']] }],
    ['--version', { wrong: [['command line', '--version']] }],
  ])('%s', (line, found) => {
    expect(read(line)).toEqual({ ...nothing, ...found })
  })

  test('words and a version, where a program has them', () => {
    const options = { version: '1.0.0', positionals: '<what>' }
    expect(read('a --trace true b', options)).toMatchObject({
      positionals: ['a', 'b'],
      flags: { trace: 'true' },
    })
    expect(read('--version', options)).toMatchObject({ text: 'version' })
  })
})
