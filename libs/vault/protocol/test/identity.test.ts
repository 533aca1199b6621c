import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { keccak256, toHex, type Hex } from 'viem'
import { accountSubject, childId, indexObject, objectAt, projectId, subjectAccount } from '../src/index.ts'

const address = '0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045'
const hash = (text: string) => keccak256(toHex(text))

describe('identities', () => {
  // The example of ERC-7930: vitalik.eth's account on mainnet.
  test('an account of mainnet has the bytes of the standard', () => {
    expect(accountSubject({ chainId: 1, address })).toBe(
      '0x00010000010114d8da6bf26964af9d7eed9e03e53415d37aa96045',
    )
  })

  test('every account comes back from its bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (chainId) => {
        expect(subjectAccount(accountSubject({ chainId, address }))).toEqual({ chainId, address })
      }),
    )
  })

  test('no other bytes name an account', () => {
    const bytes = accountSubject({ chainId: 26_463, address })
    const others: Hex[] = [
      '0x',
      bytes.slice(0, -2) as Hex,
      `${bytes}00`,
      bytes.replace('0x0001', '0x0002') as Hex,
      bytes.replace('0x00010000', '0x00010001') as Hex,
      '0x0001000003006789'.concat('14', address.slice(2)) as Hex,
      '0x000100000014'.concat(address.slice(2)) as Hex,
    ]
    for (const other of others)
      expect(() => subjectAccount(other)).toThrow(expect.objectContaining({ code: 'VAULT_BAD_SUBJECT' }))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (random) => {
        try {
          expect(accountSubject(subjectAccount(toHex(random)))).toBe(toHex(random))
        } catch (error) {
          expect(error).toMatchObject({ code: 'VAULT_BAD_SUBJECT' })
        }
      }),
    )
  })

  test('a chain id that is none is refused', () => {
    for (const chainId of [0, -1, 1.5, Number.NaN])
      expect(() => accountSubject({ chainId, address })).toThrow('expected a positive integer')
  })

  test('ids bind chain, registry, owner, parent and salt', () => {
    const parameters = { chainId: 1, registry: address, owner: address, salt: hash('a') } as const
    const other = '0x0000000000000000000000000000000000000001'
    const ids = [
      projectId(parameters),
      projectId({ ...parameters, chainId: 2 }),
      projectId({ ...parameters, registry: other }),
      projectId({ ...parameters, owner: other }),
      projectId({ ...parameters, salt: hash('b') }),
      childId(hash('a'), hash('b')),
      childId(hash('b'), hash('a')),
      indexObject(hash('a')),
    ]
    expect(new Set(ids).size).toBe(ids.length)
    expect(objectAt(hash('a'), [hash('b'), hash('c')])).toBe(
      childId(childId(hash('a'), hash('b')), hash('c')),
    )
    expect(objectAt(hash('a'), [])).toBe(hash('a'))
  })
})
