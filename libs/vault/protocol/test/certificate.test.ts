import { describe, expect, test } from '@jest/globals'
import { bytesToHex } from '@animechain/core'
import { decodeAbiParameters, keccak256, toHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import {
  availabilitySigner,
  availabilityTypedData,
  certificateEvidence,
  certificateTypes,
  privateCommitment,
} from '../src/index.ts'

const hash = (text: string) => keccak256(toHex(text))
const members = ['a', 'b', 'c', 'd'].map((name) => privateKeyToAccount(hash(name)))
const domain = { chainId: 31_337, adapter: '0x00000000000000000000000000000000000000da' } as const
const message = { blob: hash('blob'), keyHash: hash('key'), length: 1_000n, committee: 3n, until: 9n }
const place = { index: 5, path: Array.from({ length: 16 }, (_, i) => hash(`sibling ${i}`)) }
const sign = (i: number) => members[i]!.signTypedData(availabilityTypedData(domain, message))

describe('certificates', () => {
  test('signatures stand in the order of their signers', async () => {
    const evidence = await certificateEvidence(
      domain,
      message,
      await Promise.all([0, 1, 2, 3].map(sign)),
      place,
    )
    const [back, signatures, index, path] = decodeAbiParameters(
      [
        { type: 'tuple', components: certificateTypes.Availability },
        { type: 'bytes[]' },
        { type: 'uint256' },
        { type: 'bytes32[16]' },
      ],
      evidence,
    )
    expect(back).toEqual(message)
    expect({ index: Number(index), path }).toEqual(place)
    const signers = await Promise.all(signatures.map((each) => availabilitySigner(domain, message, each)))
    expect(signers).toEqual(
      members.map(({ address }) => address).sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)),
    )
  })

  test('a member counts once', async () => {
    const signatures = [await sign(0), await sign(1), await sign(0)]
    await expect(certificateEvidence(domain, message, signatures, place)).rejects.toThrow(
      'one signature of each member',
    )
  })

  test('the place of a key has sixteen siblings', async () => {
    await expect(
      certificateEvidence(domain, message, [], { index: 0, path: place.path.slice(1) }),
    ).rejects.toThrow('expected 16 siblings, got 15')
  })

  test('a commitment names everything that is certified but the time', () => {
    const commitment = bytesToHex(privateCommitment(message))
    expect(commitment).toBe(
      `0x0401${hash('blob').slice(2)}${hash('key').slice(2)}00000000000003e80000000000000003`,
    )
  })
})
