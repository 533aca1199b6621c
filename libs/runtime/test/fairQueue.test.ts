import { describe, expect, test } from '@jest/globals'
import { fairQueue, type From } from '../src/fairQueue.js'

const from = (client: string, connection = '1'): From => ({ client, connection })

describe('jobs that wait', () => {
  test('come by turns of their clients, whoever asked for most', () => {
    const queue = fairQueue<string>(() => 0)
    for (let i = 0; i < 3; i++) queue.push(from('greedy'), `greedy ${i}`)
    queue.push(from('modest'), 'modest 0')
    const order: string[] = []
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      order.push(job)
      queue.charge(from(job.split(' ')[0]!), 100)
    }
    expect(order).toEqual(['greedy 0', 'modest 0', 'greedy 1', 'greedy 2'])
  })

  test('come by turns of connections within a client', () => {
    const queue = fairQueue<string>(() => 0)
    for (let i = 0; i < 2; i++) queue.push(from('proxy', 'a'), `a${i}`)
    queue.push(from('proxy', 'b'), 'b0')
    const order: string[] = []
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      order.push(job)
      queue.charge(from('proxy', job[0]), 50)
    }
    expect(order).toEqual(['a0', 'b0', 'a1'])
  })

  test('remember what a connection was served while its job ran', () => {
    const queue = fairQueue<string>(() => 0)
    queue.push(from('proxy', 'a'), 'a0')
    queue.shift()
    queue.charge(from('proxy', 'a'), 5_000)
    queue.push(from('proxy', 'a'), 'a1')
    queue.push(from('proxy', 'b'), 'b0')
    queue.charge(from('proxy', 'c'), 1)
    expect(queue.shift()).toBe('a1')
    queue.charge(from('proxy', 'a'), 5_000)
    queue.push(from('proxy', 'a'), 'a2')
    expect(queue.shift()).toBe('b0')
  })

  test('are of the client that was served least, but nobody saves up turns', () => {
    let time = 0
    const queue = fairQueue<string>(() => time)
    queue.push(from('long'), 'l0')
    queue.push(from('long'), 'l1')
    queue.shift()
    queue.charge(from('long'), 5_000)
    // A newcomer counts like the least served of those that wait: one turn each from here on.
    queue.push(from('new'), 'n0')
    queue.push(from('new'), 'n1')
    const first = queue.shift()!
    queue.charge(from(first.startsWith('l') ? 'long' : 'new'), 10)
    expect([first, queue.shift()].sort()).toEqual(['l1', 'n0'])
    time = 1e6
    expect(queue.size).toBe(1)
  })

  test('what was served long ago is forgotten by halves', () => {
    let time = 0
    const queue = fairQueue<string>(() => time)
    queue.charge(from('once'), 1_000)
    time = 100_000
    queue.push(from('once'), 'o0')
    queue.push(from('other'), 'x0')
    queue.charge(from('other'), 10)
    expect(queue.shift()).toBe('o0')
  })

  test('can be passed over, counted, taken out and drained', () => {
    const queue = fairQueue<string>(() => 0)
    queue.push(from('a'), 'a0')
    queue.push(from('b'), 'b0')
    queue.push(from('b'), 'b1')
    queue.push(from('b'), 'again', true)
    expect(queue.waitingOf('b')).toBe(3)
    expect(queue.shift((client) => client !== 'a')).toBe('again')
    expect(queue.remove(from('b'), 'b0')).toBe(true)
    expect(queue.remove(from('b'), 'b0')).toBe(false)
    expect(queue.shift(() => false)).toBeUndefined()
    expect(queue.drain().sort()).toEqual(['a0', 'b1'])
    expect(queue.size).toBe(0)
  })
})
