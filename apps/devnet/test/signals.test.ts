import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { onSignal } from '../src/signals.js'

describe('Ctrl-C', () => {
  afterEach(() => {
    jest.restoreAllMocks()
    jest.useRealTimers()
    process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM')
  })

  test('is one signal, however many ways it comes; later it means now', () => {
    jest.useFakeTimers()
    const exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as never)
    const ends: string[] = []
    onSignal((signal) => ends.push(signal))
    // The terminal's, npm's and the start script's.
    for (let i = 0; i < 3; i++) process.emit('SIGINT')
    jest.advanceTimersByTime(900)
    process.emit('SIGTERM')
    expect(ends).toEqual(['SIGINT'])
    expect(exit).not.toHaveBeenCalled()
    jest.advanceTimersByTime(200)
    process.emit('SIGINT')
    expect(ends).toEqual(['SIGINT'])
    expect(exit.mock.calls).toEqual([[130]])
  })
})
