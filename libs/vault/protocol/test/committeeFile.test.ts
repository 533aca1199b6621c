import { describe, expect, test } from '@jest/globals'
import { formatCommittee, parseCommittee, type CommitteeFile } from '../src/index.ts'

const address = '0x00000000000000000000000000000000000000aa'
const committee: CommitteeFile = {
  version: 1,
  epoch: 2n ** 64n - 1n,
  chainId: 26_463,
  registry: address,
  l1ChainId: 1,
  committeeRegistry: address,
  storage: { threshold: 1, members: [{ url: 'http://127.0.0.1:9580', address }] },
  keys: {
    threshold: 1,
    members: [{ url: 'https://keys.example', address, shareKey: `0x${'11'.repeat(32)}` }],
  },
}

describe('the file of a committee', () => {
  test('is read as it was written', () => {
    expect(parseCommittee(formatCommittee(committee))).toEqual(committee)
  })

  test('is refused with the field that is wrong', () => {
    const changes: [unknown, string][] = [
      ['', 'expected it to be JSON'],
      ['null', 'expected it to be an object'],
      [{ version: 2 }, 'expected version'],
      [{ epoch: 1 }, 'expected epoch'],
      [{ chainId: 0 }, 'expected chainId'],
      [{ registry: '0x12' }, 'expected registry'],
      [{ adapter: 5 }, 'expected adapter'],
      [{ keys: undefined }, 'expected keys.members'],
      [
        { storage: { ...committee.storage, threshold: 2 } },
        'expected storage.threshold to be a number from 1 to 1',
      ],
      [{ storage: { ...committee.storage, threshold: 0 } }, 'expected storage.threshold'],
      [
        { storage: { threshold: 1, members: [{ url: 'file:///etc', address }] } },
        'expected storage.members[0].url',
      ],
      [{ storage: { threshold: 1, members: [null] } }, 'expected storage.members[0].url'],
      [
        { keys: { threshold: 1, members: [{ url: 'http://a', address }] } },
        'expected keys.members[0].shareKey',
      ],
    ]
    for (const [change, message] of changes) {
      const text =
        typeof change === 'string'
          ? change
          : JSON.stringify({ ...JSON.parse(formatCommittee(committee)), ...(change as object) })
      expect(() => parseCommittee(text)).toThrow(message)
    }
  })
})
