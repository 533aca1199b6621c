import { describe, expect, test } from '@jest/globals'
import { silentLogger, type Clock, type Logger } from '@animechain/core'
import { backoff, pauseAfter } from '../src/loop.js'
import { boundedMap, emitter, loop, mutex, semaphore, stopwatch, turns } from '../src/index.js'

/** A logger that keeps what it is told. */
function listening() {
  const lines: string[] = []
  const line = (message: string) => void lines.push(message)
  const logger: Logger = { ...silentLogger, debug: line, warn: line, error: line }
  return { lines, logger }
}

/** A promise that the test settles. */
function gate() {
  let open!: () => void
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open, opened }
}

describe('mutex', () => {
  test('runs one at a time, in the order of asking, also after a failure', async () => {
    const { run } = mutex()
    const first = gate()
    const order: string[] = []
    const asked = [
      run(async () => {
        await first.opened
        order.push('first')
        throw new Error('of the first')
      }),
      run(async () => order.push('second')),
      run(async () => order.push('third')),
    ]
    first.open()
    const outcomes = await Promise.allSettled(asked)
    expect(order).toEqual(['first', 'second', 'third'])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  })
})

describe('semaphore', () => {
  test('runs so many at once, lets so many wait and refuses the rest', async () => {
    const job = gate()
    const limited = semaphore(2, 1, () => new Error('busy'))
    let running = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++running)
      await job.opened
      running--
    }
    const taken = [limited(work), limited(work), limited(work)]
    await expect(limited(work)).rejects.toThrow('busy')
    job.open()
    await Promise.all(taken)
    expect(most).toBe(2)
    await expect(limited(async () => 'free again')).resolves.toBe('free again')
  })

  test('gives the place of a job that failed to the next', async () => {
    const limited = semaphore(1, 1, () => new Error('busy'))
    const failing = limited(async () => {
      throw new Error('of the job')
    })
    const next = limited(async () => 'next')
    await expect(failing).rejects.toThrow('of the job')
    await expect(next).resolves.toBe('next')
  })
})

describe('emitter', () => {
  test('a listener that throws is logged and does not hurt the others', () => {
    const { lines, logger } = listening()
    const events = emitter<{ found: number }>(logger)
    const heard: number[] = []
    events.on('found', () => {
      throw new Error('of the listener')
    })
    const end = events.on('found', (number) => heard.push(number))
    events.emit('found', 1)
    end()
    events.emit('found', 2)
    expect(heard).toEqual([1])
    expect(lines).toEqual(['a listener threw', 'a listener threw'])
  })
})

describe('boundedMap', () => {
  test('forgets what was set longest ago', () => {
    const map = boundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.set('a', 3)
    map.set('c', 4)
    expect([...map.keys()]).toEqual(['a', 'c'])
    expect([map.get('a'), map.has('b'), map.size]).toEqual([3, false, 2])
    map.delete('a')
    map.clear()
    expect(map.size).toBe(0)
  })
})

describe('stopwatch', () => {
  test('a clock that goes back has not counted', () => {
    let now = 100
    const watch = stopwatch({ now: () => now })
    now = 150
    expect(watch.elapsed()).toBe(50)
    now = 20
    expect(watch.elapsed()).toBe(0)
    now = 30
    expect(watch.elapsed()).toBe(10)
    watch.restart()
    expect(watch.elapsed()).toBe(0)
  })
})

describe('turns', () => {
  test('gives way once its time is over', async () => {
    let ways = 0
    const giveWay = async () => void ways++
    const long = turns(60_000, giveWay)
    expect(long()).toBeUndefined()
    const short = turns(0, giveWay)
    await short()
    await short()
    expect(ways).toBe(2)
    await turns(0)()
  })
})

describe('pauses of a loop', () => {
  test.each([
    { pollMs: 1_000, tookMs: 0, pause: 1_000 },
    { pollMs: 1_000, tookMs: 300, pause: 700 },
    { pollMs: 1_000, tookMs: 5_000, pause: 100 },
    { pollMs: 1_000, tookMs: -400, pause: 1_000 },
  ])('$pause ms after a step of $tookMs of $pollMs', ({ pollMs, tookMs, pause }) => {
    expect(pauseAfter(pollMs, tookMs)).toBe(pause)
  })

  test.each([
    { pollMs: 1_000, failures: 1, max: 10_000, pause: 1_000 },
    { pollMs: 1_000, failures: 3, max: 10_000, pause: 4_000 },
    { pollMs: 1_000, failures: 50, max: 10_000, pause: 10_000 },
    { pollMs: 10, failures: 1, max: 10_000, pause: 100 },
    { pollMs: 1_000, failures: 2, max: 1_000, pause: 1_000 },
  ])('$pause ms after $failures failures', ({ pollMs, failures, max, pause }) => {
    expect(backoff(pollMs, failures, max)).toBe(pause)
  })
})

describe('loop', () => {
  /** A clock whose pauses last until the next `pass`, or until they are ended. */
  function steppedClock() {
    const pauses: number[] = []
    let end = () => {}
    const clock: Clock = {
      now: () => 0,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          pauses.push(ms)
          end = resolve
          if (signal?.aborted) resolve()
          signal?.addEventListener('abort', () => resolve())
        }),
    }
    const paused = async (count: number) => {
      while (pauses.length < count) await new Promise((resolve) => setImmediate(resolve))
    }
    return { clock, pauses, paused, pass: () => end() }
  }

  test('backs off while steps fail, and tells of each', async () => {
    const { clock, pauses, paused, pass } = steppedClock()
    const { lines, logger } = listening()
    const told: string[] = []
    let isBroken = true
    const running = loop(
      {
        name: 'work',
        pollMs: 1_000,
        async step() {
          if (isBroken) throw new Error('broken')
          return 50
        },
      },
      {
        clock,
        logger,
        onFailure: () => told.push('failure'),
        onError: ({ message }) => told.push(message),
      },
    )
    await running.start()
    await paused(1)
    expect(running.lastError?.message).toBe('broken')
    await expect(running.tick()).rejects.toThrow('broken')
    pass()
    await paused(2)
    isBroken = false
    pass()
    await paused(3)
    expect(pauses).toEqual([1_000, 4_000, 50])
    expect(running.lastError).toBeUndefined()
    expect(told).toEqual(['failure', 'broken', 'failure', 'failure', 'broken'])
    expect(lines).toEqual(['work step failed', 'work step failed'])
    running.wake()
    await paused(4)
    await running.stop()
    expect(running.running).toBe(false)
  })

  test('a failure that it meets by asking another loop is counted and warned of once', async () => {
    const { clock, paused } = steppedClock()
    const warned: string[] = []
    const logger: Logger = { ...silentLogger, warn: (message) => void warned.push(message) }
    const counted: string[] = []
    const made = (name: string, step: () => Promise<void>) =>
      loop({ name, pollMs: 1_000, step }, { clock, logger, onFailure: () => counted.push(name) })
    const asked = made('asked', async () => {
      throw new Error('broken')
    })
    const asking = made('asking', () => asked.tick())
    await asking.start()
    await paused(1)
    // Its loop has not met the failure: who asked warns of it.
    expect({ counted, warned }).toEqual({ counted: ['asked'], warned: ['asking step failed'] })
    await asking.stop()

    await asked.start()
    await paused(2)
    const rethrowing = made('rethrowing', async () => {
      throw asked.lastError!
    })
    await rethrowing.start()
    await paused(3)
    expect(rethrowing.lastError).toBe(asked.lastError)
    expect(counted).toEqual(['asked', 'asked'])
    expect(warned).toEqual(['asking step failed', 'asked step failed'])
    await rethrowing.stop()
    await asked.stop()
  })

  test('a stop waits for the step under way, whose failure is then no error', async () => {
    const { clock } = steppedClock()
    const step = gate()
    let failures = 0
    const running = loop(
      {
        name: 'work',
        pollMs: 1_000,
        async step() {
          await step.opened
          throw new Error('cut off')
        },
      },
      { clock, logger: silentLogger, onFailure: () => failures++ },
    )
    await running.start()
    const stopped = running.stop()
    step.open()
    await stopped
    expect(failures).toBe(0)
  })
})
