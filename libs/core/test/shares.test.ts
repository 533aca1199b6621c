import { describe, expect, test } from '@jest/globals'
import { hostAllowed } from '../src/hosts.js'
import { shares, type Shares } from '../src/shares.js'

/** Holders that note when they gave way; the older one first. */
function world(of: Shares) {
  const gone: string[] = []
  let age = 0
  const hold = (client: string, name: string) => {
    const rank = age++
    return of.hold(client, { rank: () => rank, giveWay: () => gone.push(name) })
  }
  return { gone, hold }
}

describe('shares', () => {
  test('a client at its own bound loses its oldest holding, others lose nothing', () => {
    const of = shares({ total: 100, perClient: 10 })
    const { gone, hold } = world(of)
    expect(hold('b', 'b1').grow(10)).toBe(true)
    expect(hold('a', 'a1').grow(6)).toBe(true)
    expect(hold('a', 'a2').grow(6)).toBe(true)
    expect(gone).toEqual(['a1'])
    expect(of.used).toBe(16)
  })

  test('when all is taken, the client that holds most gives way to a newcomer', () => {
    const of = shares({ total: 10 })
    const { gone, hold } = world(of)
    for (let i = 0; i < 8; i++) expect(hold('greedy', `g${i}`).grow(1)).toBe(true)
    for (let i = 0; i < 2; i++) expect(hold('modest', `m${i}`).grow(1)).toBe(true)
    expect(hold('new', 'n').grow(1)).toBe(true)
    expect(gone).toEqual(['g0'])
    expect(hold('greedy', 'again').grow(1)).toBe(true)
    expect(gone).toEqual(['g0', 'g1'])
  })

  test('refuses the one that would have to give way to itself', () => {
    const of = shares({ total: 10 })
    const { gone, hold } = world(of)
    const only = hold('a', 'a1')
    expect(only.grow(9)).toBe(true)
    expect(only.grow(1)).toBe(true)
    expect(only.grow(1)).toBe(false)
    expect(hold('a', 'a2').grow(11)).toBe(false)
    expect(gone).toEqual([])
  })

  test('what is given back can be taken again, however often it ends', () => {
    const of = shares({ total: 4 })
    const { gone, hold } = world(of)
    const held = hold('a', 'a')
    held.grow(4)
    held.shrink(3)
    expect(hold('b', 'b').grow(3)).toBe(true)
    held.end()
    held.end()
    expect(of.used).toBe(3)
    expect(held.grow(1)).toBe(true)
    expect([held.amount, of.used, gone]).toEqual([1, 4, []])
  })
})

test('a server answers to addresses, localhost and its own names', () => {
  for (const host of ['localhost', 'LOCALHOST:80', '127.0.0.1:9545', '[::1]:9545', 'node.example', undefined])
    expect(hostAllowed(host, ['Node.Example'])).toBe(true)
  for (const host of ['evil.example', 'localhost.evil.example', 'node.example.evil', ''])
    expect(hostAllowed(host, ['node.example'])).toBe(false)
  expect(hostAllowed('evil.example', ['*'])).toBe(true)
})
