import { expect, test } from '@jest/globals'
import { film } from './media.js'
import { stage, until } from './stage.js'

/** Pages that are opened, each a measurement of its own. */
const RUNS = 5

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!

test('first frame, seek, share of the ciphertext that is fetched', async () => {
  const bytes = film({ seconds: 120, size: '1280x720', mbit: 4 })
  const set = await stage(bytes)
  const runs: { opened: number; firstFrame: number; seek: number; share: number }[] = []
  try {
    for (let i = 0; i < RUNS; i++) {
      const page = await set.open()
      await until(page, 'a first frame', ({ firstFrame }) => firstFrame > 0)
      // Stopped: playing on fetches more with time, and is no part of what is measured.
      await page.evaluate(`void document.getElementById('video').pause()`)
      await page.evaluate(`void (document.getElementById('video').currentTime = 90)`)
      const now = await until(
        page,
        'a frame at 1:30',
        ({ seek, currentTime }) => seek > 0 && currentTime >= 90,
      )
      runs.push({ ...now, share: now.fetched / now.sealed })
      await page.close()
    }
  } finally {
    await set.stop()
  }
  const of = (name: 'opened' | 'firstFrame' | 'seek') => Math.round(median(runs.map((run) => run[name])))
  const share = median(runs.map((run) => run.share))
  process.stdout.write(
    [
      `film of 120 s, 1280x720, ${(bytes.length / 2 ** 20).toFixed(1)} MiB, five nodes on loopback, medians of ${RUNS} pages`,
      `session, shares and key: ${of('opened')} ms`,
      `first frame: ${of('firstFrame')} ms`,
      `seek to 1:30: ${of('seek')} ms`,
      `ciphertext fetched until then: ${(100 * share).toFixed(1)}%`,
      '',
    ].join('\n'),
  )
  expect(share).toBeLessThan(1)
}, 600_000)
