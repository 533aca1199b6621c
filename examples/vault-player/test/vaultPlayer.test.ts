import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { film } from './media.js'
import { answerHead, rangeOf } from '../src/ranges.js'
import { stage, until } from './stage.js'

describe('ranges', () => {
  test.each([
    [null, 'whole'],
    ['items=0-1', 'whole'],
    ['bytes=0-1,4-5', 'whole'],
    ['bytes=-', 'whole'],
    ['bytes=0-', { start: 0, end: 100 }],
    ['bytes=10-19', { start: 10, end: 20 }],
    ['bytes=90-500', { start: 90, end: 100 }],
    ['bytes=-30', { start: 70, end: 100 }],
    ['bytes=-300', { start: 0, end: 100 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=5-4', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
  ])('%s', (header, expected) => {
    expect(rangeOf(header, 100)).toEqual(expected)
  })

  test('are answered with 206, all of it with 200, none with 416', () => {
    const about = { length: 100, type: 'video/mp4' }
    expect(answerHead('bytes=10-19', about)).toMatchObject({
      status: 206,
      headers: { 'content-range': 'bytes 10-19/100', 'content-length': '10', 'cache-control': 'no-store' },
    })
    expect(answerHead(null, about)).toMatchObject({ status: 200, headers: { 'content-length': '100' } })
    expect(answerHead('bytes=100-', about)).toMatchObject({
      status: 416,
      headers: { 'content-range': 'bytes */100' },
    })
  })
})

describe('the player', () => {
  let set: Awaited<ReturnType<typeof stage>>
  beforeAll(async () => {
    set = await stage(film({ seconds: 16, size: '640x360', mbit: 4 }))
  }, 300_000)
  afterAll(() => set?.stop())

  test('plays and seeks an encrypted film, and fetches but a part of it', async () => {
    const page = await set.open()
    const first = await until(page, 'a first frame', ({ firstFrame, width }) => firstFrame > 0 && width > 0)
    expect(first).toMatchObject({ trouble: '', width: 640 })
    expect(Math.round(first.duration)).toBe(16)
    await page.evaluate(`void (document.getElementById('video').currentTime = 13)`)
    const later = await until(
      page,
      'a frame at 0:13',
      ({ seek, currentTime }) => seek > 0 && currentTime >= 13,
    )
    expect(later.fetched).toBeGreaterThan(0)
    expect(later.fetched).toBeLessThan(0.8 * later.sealed)
    const stored = await page.evaluate<string[]>(
      `(async () => [...Object.keys(localStorage), ...Object.keys(sessionStorage), ...(await indexedDB.databases()).map(({ name }) => name), ...(await caches.keys())])()`,
    )
    expect(stored).toEqual([])
    await page.close()
  }, 120_000)

  test('says why not to whom the pass is not for', async () => {
    const page = await set.open(2)
    const now = await until(page, 'a denial', ({ trouble }) => trouble !== '')
    expect(now.state).toBe('stopped')
    expect(now.trouble).toContain('is denied: the grant is for somebody else')
    await page.close()
  }, 120_000)
})
