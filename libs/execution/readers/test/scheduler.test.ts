import { describe, expect, test } from '@jest/globals'
import { AbortedError, ExecutionError } from '@animechain/core'
import type { Job } from '../src/message.js'
import { defaultLimits, scheduler, type Limits, type Scheduler } from '../src/scheduler.js'
import type { Thread, ThreadEvents } from '../src/thread.js'

/** A thread whose jobs end when the test says so. */
class FakeThread implements Thread {
  job: string | undefined
  cancelled = false
  ended = false
  deaf = false
  #settle: { resolve(value: unknown): void; reject(error: Error): void } | undefined
  constructor(readonly events: ThreadEvents) {
    setImmediate(() => events.ready(this))
  }
  run(job: Job): Promise<unknown> {
    this.job = job as unknown as string
    this.cancelled = false
    return new Promise((resolve, reject) => (this.#settle = { resolve, reject }))
  }
  cancel(): void {
    this.cancelled = true
    if (!this.deaf) this.fail(new AbortedError('The call'))
  }
  async end(cause?: Error): Promise<void> {
    if (this.ended) return
    this.ended = true
    this.events.end(this, cause)
    this.fail(new ExecutionError('The thread ended.', 'EXECUTION_READER', { cause }))
  }
  finish(value: unknown): void {
    const waiting = this.#settle
    this.#settle = this.job = undefined
    waiting?.resolve(value)
  }
  fail(error: Error): void {
    const waiting = this.#settle
    this.#settle = this.job = undefined
    waiting?.reject(error)
  }
}

const job = (name: string) => name as unknown as Job
const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2))
}

function set(limits: Partial<Limits> = {}): { reads: Scheduler; threads: FakeThread[]; ask: Ask } {
  const threads: FakeThread[] = []
  const reads = scheduler({ ...defaultLimits, sliceMs: 20, graceMs: 20, ...limits }, (events) => {
    const thread = new FakeThread(events)
    threads.push(thread)
    return thread
  })
  const ask: Ask = async (name, client = 'a', signal) =>
    reads.run(job(name), { origin: { client, ...(signal && { signal }) }, timeoutMs: 60_000 })
  return { reads, threads, ask }
}
type Ask = (name: string, client?: string, signal?: AbortSignal) => Promise<unknown>
const running = (threads: FakeThread[]) => threads.flatMap(({ job: name }) => name ?? []).sort()

describe('reads', () => {
  test('start threads as they are needed, no more than there may be', async () => {
    const { reads, threads, ask } = set({ threads: 2 })
    const answers = ['1', '2', '3'].map((name) => ask(name))
    await until(() => running(threads).length === 2)
    expect(threads).toHaveLength(2)
    threads[0]!.finish('done')
    await until(() => running(threads).length === 2)
    for (const thread of threads) thread.finish('done')
    expect(await Promise.all(answers)).toEqual(['done', 'done', 'done'])
    expect(threads).toHaveLength(2)
    await reads.close()
  })

  test('that are long leave a thread to short ones, and a place to others', async () => {
    const { reads, threads, ask } = set({ threads: 4 })
    // Endless calls of one client: two keep their places, the others give theirs up again and again.
    const endless = ['e1', 'e2', 'e3', 'e4', 'e5'].map((name) => ask(name, 'greedy').catch(() => 'ended'))
    await until(() => running(threads).length === 2 && reads.waiting === 3)
    // A short call of another client runs at once.
    const short = ask('short', 'other')
    await until(() => running(threads).includes('short'))
    threads.find((thread) => thread.job === 'short')!.finish(7)
    expect(await short).toBe(7)
    // A long one of another client finds its place too, and keeps it.
    const long = ask('long', 'other')
    await until(() => running(threads).includes('long'))
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(running(threads)).toContain('long')
    threads.find((thread) => thread.job === 'long')!.finish(8)
    expect(await long).toBe(8)
    await reads.close()
    expect(await Promise.all(endless)).toEqual(Array(5).fill('ended'))
  })

  test('of one client that are not endless get on beside endless ones', async () => {
    const { reads, threads, ask } = set({ threads: 4, longSliceMs: 40 })
    const endless = ['e1', 'e2', 'e3', 'e4'].map((name) => ask(name).catch(() => 'ended'))
    // All have had their time as long ones: one has the place for the longest of a client, one goes on as long as nobody needs its place.
    await new Promise((resolve) => setTimeout(resolve, 400))
    await until(() => running(threads).length === 2 && reads.waiting === 2)
    const before = running(threads)
    const honest = ask('honest')
    await until(() => running(threads).includes('honest'))
    // Past its time as a short one: it takes a place from an endless one.
    await until(() => running(threads).length === 2)
    expect(running(threads)).toContain('honest')
    expect(running(threads).filter((name) => before.includes(name))).toHaveLength(1)
    threads.find((thread) => thread.job === 'honest')!.finish('done')
    expect(await honest).toBe('done')
    await reads.close()
    expect(await Promise.all(endless)).toEqual(Array(4).fill('ended'))
  })

  test('that are among the longest take turns by connections', async () => {
    const { reads, threads } = set({ threads: 2, longSliceMs: 20 })
    const ask = (name: string, connection: string) =>
      reads.run(job(name), { origin: { client: 'a', connection }, timeoutMs: 60_000 }).catch(() => 'ended')
    const endless = ['e1', 'e2', 'e3'].map((name) => ask(name, name))
    await until(() => running(threads).length === 1 && reads.waiting === 2)
    const honest = ask('honest', 'h')
    const end = () => threads.find(({ job: name }) => name?.startsWith('e'))!.finish('out of time')
    for (let i = 0; i < 3 && !running(threads).includes('honest'); i++) {
      await until(() => running(threads).length === 1)
      await new Promise((resolve) => setTimeout(resolve, 60))
      if (!running(threads).includes('honest')) end()
    }
    await until(() => running(threads).includes('honest'))
    threads.find((thread) => thread.job === 'honest')!.finish('done')
    expect(await honest).toBe('done')
    await reads.close()
    await Promise.all(endless)
  })

  test('that gave way begin again when a place is free', async () => {
    const { reads, threads, ask } = set({ threads: 2 })
    const first = ask('first')
    await until(() => running(threads).includes('first'))
    await new Promise((resolve) => setTimeout(resolve, 40))
    const second = ask('second')
    await until(() => running(threads).includes('second'))
    await until(() => !running(threads).includes('second'))
    expect(running(threads)).toEqual(['first'])
    threads.find((thread) => thread.job === 'first')!.finish(1)
    expect(await first).toBe(1)
    await until(() => running(threads).includes('second'))
    threads.find((thread) => thread.job === 'second')!.finish(2)
    expect(await second).toBe(2)
    await reads.close()
  })

  test('whose client is gone end, and what does not end is ended', async () => {
    const { reads, threads, ask } = set({ threads: 1 })
    const gone = new AbortController()
    const kept = ask('runs', 'a', gone.signal)
    const waits = ask('waits', 'a', gone.signal)
    await until(() => running(threads).includes('runs'))
    threads[0]!.deaf = true
    gone.abort()
    await expect(kept).rejects.toMatchObject({ code: 'ABORTED' })
    await expect(waits).rejects.toMatchObject({ code: 'ABORTED' })
    await until(() => threads[0]!.ended)
    // Another takes its place.
    const next = ask('next')
    await until(() => threads.length === 2 && running(threads).includes('next'))
    threads[1]!.finish('here')
    expect(await next).toBe('here')
    await reads.close()
  })

  test('are not given to a thread that answered after it was told to end', async () => {
    const { reads, threads, ask } = set({ threads: 1 })
    const gone = new AbortController()
    const late = ask('late', 'a', gone.signal)
    await until(() => running(threads).includes('late'))
    const [first] = threads
    first!.deaf = true
    // Ending takes a moment, in which its job ends after all.
    const end = first!.end.bind(first)
    let told = false
    first!.end = async () => {
      if (told) return
      told = true
      first!.finish('too late')
      await new Promise((resolve) => setTimeout(resolve, 20))
      await end()
    }
    gone.abort()
    await expect(late).rejects.toMatchObject({ code: 'ABORTED' })
    await until(() => told)
    const next = ask('next')
    await until(() => threads.length === 2 && running(threads).includes('next'))
    threads[1]!.finish('here')
    expect(await next).toBe('here')
    await reads.close()
  })

  test('are told when their thread crashes, and the others go on', async () => {
    const { reads, threads, ask } = set({ threads: 1 })
    const [crashes, waits] = [ask('crashes'), ask('waits')]
    await until(() => running(threads).includes('crashes'))
    await threads[0]!.end(new Error('out of memory'))
    await expect(crashes).rejects.toMatchObject({ code: 'EXECUTION_READER' })
    await until(() => running(threads).includes('waits'))
    threads[1]!.finish('fine')
    expect(await waits).toBe('fine')
    await reads.close()
  })

  test('past their time end with their thread', async () => {
    const { reads, threads } = set({ threads: 1 })
    const late = reads.run(job('late'), { timeoutMs: 10 })
    await until(() => running(threads).includes('late'))
    threads[0]!.deaf = true
    await expect(late).rejects.toMatchObject({ code: 'EXECUTION_TIMEOUT' })
    await until(() => threads[0]!.ended)
    await reads.close()
  })

  test('are refused when too many wait, of one client and of all', async () => {
    const { reads, ask } = set({ threads: 1, maxWaiting: 5, maxWaitingPerClient: 3 })
    const greedy = Array.from({ length: 5 }, () => ask('x', 'greedy').catch(({ code }) => code as string))
    const others = ['b', 'c', 'd'].map((client) => ask('x', client).catch(({ code }) => code as string))
    expect(reads.waiting).toBe(5)
    await reads.close()
    expect([...(await Promise.all(greedy)), ...(await Promise.all(others))]).toEqual([
      ...Array(3).fill('EXECUTION_CLOSED'),
      ...Array(2).fill('EXECUTION_READS_BUSY'),
      'EXECUTION_CLOSED',
      'EXECUTION_CLOSED',
      'EXECUTION_READS_BUSY',
    ])
  })

  test('are refused after they have waited too long', async () => {
    const { reads, threads, ask } = set({ threads: 1, maxWaitMs: 30 })
    const runs = ask('runs').catch(({ code }) => code as string)
    await until(() => running(threads).includes('runs'))
    await expect(ask('waits')).rejects.toMatchObject({ code: 'EXECUTION_READS_BUSY' })
    await reads.close()
    expect(await runs).toBe('EXECUTION_CLOSED')
    await expect(ask('after')).rejects.toMatchObject({ code: 'EXECUTION_CLOSED' })
  })

  test('do not wait for threads that cannot be started', async () => {
    const reads = scheduler(defaultLimits, (events) => {
      const thread: FakeThread = new FakeThread({ ...events, ready: () => void thread.end(new Error('no')) })
      return thread
    })
    await expect(reads.run(job('x'), { timeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'EXECUTION_READER',
    })
    await reads.close()
  })
})
