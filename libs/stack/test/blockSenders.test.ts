import { describe, expect, test } from '@jest/globals'
import type { Address } from '@animechain/core'
import { hexToBytes } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { arrivingSenders } from '../src/blockSenders.js'

const account = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const sign = async (nonce: number) =>
  hexToBytes(
    await account.signTransaction({
      type: 'eip1559',
      chainId: 7,
      nonce,
      gas: 21_000n,
      to: account.address,
      maxFeePerGas: 1n,
      maxPriorityFeePerGas: 1n,
    }),
  )
const sender = account.address.toLowerCase() as Address

describe('senders of transactions that arrive', () => {
  test('are recovered together, and answered in order', async () => {
    const groups: number[] = []
    let release = () => {}
    const first = new Promise<void>((resolve) => (release = resolve))
    const recover = arrivingSenders(async (raws) => {
      groups.push(raws.length)
      // The first group takes longer than the second.
      if (groups.length === 1) await first
      return raws.map(() => sender)
    })
    const raw = await sign(0)
    const order: number[] = []
    const ask = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => recover(raw).then(() => void order.push(from + i)))
    const some = ask(0, 20)
    await new Promise(setImmediate)
    const others = ask(20, 30)
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    expect(groups).toEqual([20, 30])
    expect(order).toEqual([])
    release()
    await Promise.all([...some, ...others])
    expect(order).toEqual(Array.from({ length: 50 }, (_, i) => i))
  })

  test('come from this thread when they are few, or when the threads cannot', async () => {
    const failing = arrivingSenders(async () => {
      throw new Error('busy')
    })
    const raw = await sign(1)
    expect(await failing(raw)).toBe(sender)
    expect(await Promise.all(Array.from({ length: 40 }, () => failing(raw)))).toEqual(Array(40).fill(sender))
    const broken = raw.slice()
    broken.fill(0xff, broken.length - 64)
    await expect(failing(broken)).rejects.toThrow()
  })

  test('come from the threads when they are many; one without is refused alone', async () => {
    const recover = arrivingSenders()
    const raw = await sign(2)
    const broken = raw.slice()
    broken.fill(0xff, broken.length - 64)
    const answers = await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) => recover(i === 7 ? broken : raw)),
    )
    expect(answers.map(({ status }) => status)).toEqual(
      Array.from({ length: 40 }, (_, i) => (i === 7 ? 'rejected' : 'fulfilled')),
    )
  })
})
