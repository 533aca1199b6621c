import { describe, expect, test } from '@jest/globals'
import { UsageError } from '../src/arguments.js'
import { fuzz } from '../src/fuzz.js'
import { hostile } from '../src/hostile.js'
import { machine } from '../src/machine.js'
import { mutate } from '../src/mutate.js'
import { randomFrom } from '../src/random.js'
import { soak } from '../src/soak.js'

function recorder() {
  const lines: string[] = []
  const errors: string[] = []
  const output = {
    line: (text: string) => void lines.push(text),
    error: (text: string) => void errors.push(text),
  }
  return { lines, errors, output }
}

describe('hostile', () => {
  test('every mutated transaction, block and batch comes to a defined result', async () => {
    const { lines, errors, output } = recorder()
    // A whole chain's worth, so that every kind has its share.
    const code = await hostile(['--inputs', '4000'], output)
    expect(errors).toEqual([])
    expect(code).toBe(0)
    expect(lines.at(-1)).toContain('4,000 inputs, seeds 1 to 1, 0 without a defined result')
    for (const kind of ['transaction', 'block', 'input', 'body', 'batch'])
      expect(lines.some((line) => line.startsWith(`${kind}: `))).toBe(true)
    // Not everything stops at the first check.
    for (const result of ['included', 'executed, proved', 'decoded', 'derived'])
      expect(lines.some((line) => line.endsWith(` ${result}`))).toBe(true)
  }, 600_000)

  test('mutations are the same on every run and leave the original alone', () => {
    const original = randomFrom(3).bytes(50)
    const before = original.slice()
    const some = (seed: number) => {
      const random = randomFrom(seed)
      return Array.from({ length: 50 }, () => Buffer.from(mutate(random, original)).toString('hex'))
    }
    expect(some(1)).toEqual(some(1))
    expect(some(1)).not.toEqual(some(2))
    expect(original).toEqual(before)
  })
})

test('machine: programs give what V8 gives, steps are proven, mutated modules are refused or run', async () => {
  const { lines, errors, output } = recorder()
  expect(await machine(['--programs', '60', '--seed', '3'], output)).toBe(0)
  expect(errors).toEqual([])
  expect(lines.at(-1)).toMatch(/^60 programs, 360 calls .* seeds 3 to 62, 0 differences$/)
})

describe('fuzz', () => {
  test('says how many transactions it compared and exits with 0 when none differs', async () => {
    const { lines, output } = recorder()
    expect(await fuzz(['--transactions', '200', '--seed', '42'], output)).toBe(0)
    expect(lines.at(-1)).toMatch(/^\d+ transactions \(\d+ included\), seeds 42 to \d+, 0 differences/)
  }, 300_000)

  test('exits with 1 and names the place when the engines part', async () => {
    const { errors, output } = recorder()
    const args = [
      '--transactions',
      '50000',
      '--differences',
      '1',
      '--keep',
      '/nonexistent',
      '--engine-bug',
      'authority refund',
    ]
    expect(await fuzz(args, output)).toBe(1)
    expect(errors.join('\n')).toMatch(
      /DIFFERENCE with seed \d+ .*block \d+, transaction \d+: transaction\.receipt\.gasUsed/,
    )
  }, 600_000)

  test.each([
    [['--transactions', 'many'], '--transactions'],
    [['--engine-bug', 'none'], '--engine-bug'],
    [['--speed'], 'Unknown argument'],
  ])('refuses %j', async (argv, what) => {
    await expect(fuzz(argv, recorder().output)).rejects.toThrow(UsageError)
    await expect(fuzz(argv, recorder().output)).rejects.toThrow(what)
  })
})

describe('soak', () => {
  test('keeps the state at one size over its blocks', async () => {
    const { lines, output } = recorder()
    await soak(['--blocks', '2000'], output)
    const entries = /([\d,]+) entries of state/.exec(lines.at(-1)!)![1]!
    expect(Number(entries.replace(',', ''))).toBeLessThan(500)
    expect(lines.at(-1)).toContain('guest x1.00')
  }, 600_000)
})
