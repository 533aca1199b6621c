import { describe, expect, test } from '@jest/globals'
import type { Address, Hash, Hex } from '@animechain/core'
import { logsWithTransfers, type TracedFrame } from '../src/methods/transfers.js'

const at = (n: number): Address => `0x${n.toString(16).padStart(40, '0')}`
const log = (n: number, position: number) => ({
  address: at(n),
  topics: [] as Hash[],
  data: '0x' as Hex,
  position: `0x${position.toString(16)}` as Hex,
})
const frame = (over: Partial<TracedFrame>): TracedFrame => ({ type: 'CALL', from: at(1), to: at(2), ...over })
const ether = `0x${'ee'.repeat(20)}`

describe('logs with transfers', () => {
  test('transfers and logs come in the order of execution', () => {
    const inner = frame({ from: at(2), to: at(3), value: '0x2', logs: [log(3, 0)] })
    const last = frame({ type: 'SELFDESTRUCT', from: at(2), to: at(4), value: '0x3' })
    const logs = logsWithTransfers(
      frame({ value: '0x1', calls: [inner, last], logs: [log(0xa, 0), log(0xb, 1), log(0xc, 2)] }),
    )
    expect(logs.map(({ address, data }) => (address === ether ? Number(data) : address))).toEqual([
      1,
      at(0xa),
      2,
      at(3),
      at(0xb),
      3,
      at(0xc),
    ])
  })

  test('nothing of what failed, and nothing for what a DELEGATECALL names', () => {
    const failed = frame({ value: '0x2', error: 'execution reverted' })
    const delegate = frame({ type: 'DELEGATECALL', value: '0x1' })
    expect(logsWithTransfers(frame({ calls: [failed, delegate] }))).toEqual([])
    expect(logsWithTransfers(failed)).toEqual([])
  })

  test('a transfer is a log as of a token', () => {
    expect(logsWithTransfers(frame({ value: '0x5' }))).toEqual([
      {
        address: ether,
        topics: [
          '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef',
          `0x${'1'.padStart(64, '0')}`,
          `0x${'2'.padStart(64, '0')}`,
        ],
        data: `0x${'5'.padStart(64, '0')}`,
      },
    ])
  })
})
