import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { silentLogger, type Hash, type Hex } from '@animechain/core'
import { decideAttestations, type AttesterState } from '@animechain/network-verifier'
import type { Rollup, RollupEvents } from '@animechain/node'
import { emitter } from '@animechain/runtime'
import { config } from '../src/index.js'
import { commandConfig } from '../src/memberConfig.js'
import { networkFiles, secretOf } from '../src/network/files.js'
import { networkContracts } from '../src/network/l1.js'
import { derivedChain, isMember, memberService, wrongAssertions } from '../src/network/service.js'

const required = ['--l1-rpc-url', 'http://127.0.0.1:1', '--deployment', 'chain.json', '--data-dir', 'data']
const key = `0x${'11'.repeat(32)}`
const valuesOf = (argv: string[]) => {
  const loaded = config.load({ argv: [...required, ...argv], env: {} })
  if (loaded.status !== 'ok') throw new Error(loaded.text)
  return loaded.values
}

const folders: string[] = []
const folder = () => folders[folders.push(mkdtempSync(join(tmpdir(), 'animechain-member-'))) - 1]!
afterEach(() => folders.splice(0).forEach((each) => rmSync(each, { recursive: true, force: true })))

describe('a member of the verifier network', () => {
  test('is who has a hot key, or a remote signer of it; nobody else', () => {
    expect(isMember(valuesOf([]))).toBe(false)
    expect(isMember(valuesOf(['--attester-key', key]))).toBe(true)
    expect(isMember(valuesOf(['--signer-url', 'http://127.0.0.1:1']))).toBe(true)
  })

  test('is told of every wrong assertion that its node finds, also before it runs', () => {
    type Found = RollupEvents['wrongAssertion']
    const events = emitter<Pick<RollupEvents, 'wrongAssertion'>>(silentLogger)
    const wrong = wrongAssertions({ on: events.on as Rollup['on'] }, silentLogger)
    const find = (id: number) =>
      events.emit('wrongAssertion', { assertion: { id: `0x${id}` }, expected: `0x${id}` } as unknown as Found)
    const taken: unknown[] = []
    const take = ({ id }: { id: Hex }, derived: Hash): Promise<void> => {
      taken.push([id, derived])
      return id === '0x1' ? Promise.reject(new Error('a full disk')) : Promise.resolve()
    }
    // One that floods L1 with lies, each with a bond, is not kept without bound.
    for (let id = 0; id < 300; id++) find(id)
    wrong.to(take)
    expect(taken).toHaveLength(256)
    find(300)
    wrong.to(undefined)
    find(301)
    expect(taken.slice(256)).toEqual([['0x300', '0x300']])
    wrong.to(take)
    expect(taken.slice(257)).toEqual([['0x301', '0x301']])
  })

  test('must gossip', () => {
    const node = { gossip: undefined } as Parameters<typeof memberService>[0]
    expect(() => memberService(node, valuesOf(['--attester-key', key]))).toThrow('--gossip-port')
  })

  test('needs a chain that has a network', () => {
    const addresses = { anchorStateRegistry: key.slice(0, 42) } as never
    expect(() => networkContracts({ addresses })).toThrow('stakeRegistry and fastExits')
  })

  test('keeps a secret of its own, for its owner only', async () => {
    const { secret: path } = networkFiles(folder())
    const [one, two] = await Promise.all([secretOf(path), secretOf(path)])
    expect(one).toHaveLength(32)
    expect(two).toEqual(one)
    expect(await secretOf(path)).toEqual(one)
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o77).toBe(0)
    expect(await secretOf(networkFiles(folder()).secret)).not.toEqual(one)
    writeFileSync(path, readFileSync(path, 'utf8').slice(1))
    await expect(secretOf(path)).rejects.toMatchObject({ code: 'VERIFIER_SECRET' })
  })

  test('commands name what they take', () => {
    const help = commandConfig.help()
    for (const word of ['join', 'leave', 'withdraw', 'status', 'prove-key', '--owner-key', 'json'])
      expect(help).toContain(word)
  })
})

describe('a member with a shadow engine', () => {
  const word = (byte: string) => `0x${byte.repeat(32)}` as const
  const batch = { acc: word('ac'), firstBlock: 1n, lastBlock: 3n, outputRoot: word('01') }
  type Node = Parameters<typeof derivedChain>[0]
  /** What is decided about a right assertion for batch 0, as the engines are. */
  function decided(shadow: { block?: bigint; difference?: object } | undefined): string {
    const rollup = { derivedBatch: (index: bigint) => (index === 0n ? batch : undefined) }
    const chain = derivedChain({ rollup, ...(shadow && { shadow: { status: shadow } }) } as unknown as Node)
    const claim = { batchAcc: batch.acc, blockNumber: 3n, outputRoot: batch.outputRoot, history: word('02') }
    const state: AttesterState = {
      assertions: [
        {
          ...{ id: word('b2').slice(0, 42) as `0x${string}`, index: 0n, batchIndex: 0n, ...claim, bond: 1n },
          ...{ parent: undefined, asserter: word('a5'), status: 'pending' },
          ...{ createdAt: 10n, challengeDeadline: 20n },
        },
      ],
      judged: new Map(),
      own: ({ batchIndex }) => (chain.batch(batchIndex) ? claim : undefined),
      ...{ isSigned: () => false, isActive: () => true, epochAt: () => 1n, epoch: 1n },
      ...{ certificateEpochs: 30n, floor: 0n },
    }
    const [duty] = decideAttestations(state).duties
    return duty && 'why' in duty ? `${duty.is}: ${duty.why}` : duty!.is
  }

  test.each([
    ['attests where both engines executed the batch', { block: 3n }, 'attest'],
    ['as does one without', undefined, 'attest'],
    ['waits for the second engine', { block: 2n }, 'wait: batch 0 is not derived yet'],
    ['that has executed nothing yet', {}, 'wait: batch 0 is not derived yet'],
    [
      'attests to nothing once they differ, not even to what both agreed on',
      { block: 7n, difference: { number: 8n } },
      'wait: batch 0 is not derived yet',
    ],
  ])('%s', (_name, shadow, expected) => {
    expect(decided(shadow)).toBe(expected)
  })
})
