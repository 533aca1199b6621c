import { describe, expect, test } from '@jest/globals'
import { silentLogger, type Logger } from '@animechain/core'
import { ending, type Ending } from '../src/ending.js'

function program(close: () => Promise<void> = async () => {}, stopMs?: number) {
  const happened: string[] = []
  const line = (text: string) => void happened.push(text)
  const logger: Logger = { ...silentLogger, info: line, warn: line, error: line }
  const end = ending({
    logger,
    close,
    exit: (code) => void happened.push(`exit ${code}`),
    ...(stopMs !== undefined && { stopMs }),
  })
  return { happened, end }
}

describe('the end of a program', () => {
  test.each<[string, (end: Ending) => Promise<unknown>, string[]]>([
    ['a signal', (end) => end.asked('SIGTERM'), ['stopping', 'stopped', 'exit 0']],
    ['a failure', (end) => end.failed('failed', {}), ['failed', 'stopped', 'exit 1']],
    [
      'a second signal',
      (end) => Promise.all([end.asked('SIGINT'), end.asked('SIGINT')]),
      ['stopping', 'stopped', 'exit 0'],
    ],
    [
      'a failure after a signal',
      (end) => Promise.all([end.asked('SIGTERM'), end.failed('uncaught exception', {})]),
      ['stopping', 'uncaught exception', 'stopped', 'exit 0'],
    ],
    [
      'a signal after a failure',
      (end) => Promise.all([end.failed('could not start', {}), end.asked('SIGTERM')]),
      ['could not start', 'stopped', 'exit 1'],
    ],
  ])('each reason is said once: %s', async (_what, act, lines) => {
    const { end, happened } = program()
    await act(end)
    expect(happened).toEqual(lines)
  })

  test('a stop that fails has the exit code of a failure', async () => {
    const { end, happened } = program(async () => {
      throw new Error('of the store')
    })
    await end.asked('SIGTERM')
    expect(happened).toEqual(['stopping', 'stopping failed', 'stopped', 'exit 1'])
  })

  test('a stop that hangs ends all the same', async () => {
    let release = () => {}
    const { end, happened } = program(() => new Promise((resolve) => (release = resolve)), 1)
    const ended = end.asked('SIGTERM')
    while (happened.length < 2) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(happened).toEqual(['stopping', 'exit 1'])
    release()
    await ended
  })
})
