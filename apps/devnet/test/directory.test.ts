import { unplayed } from '@animechain/testing'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { devnetDefaults, genesis, l1Addresses, viemChains } from '@animechain/contracts'
import type { Address, Hash } from '@animechain/core'
import { writeDeployment, type Deployment } from '@animechain/stack'
import { devnet } from '../src/index.js'
import { checkSameChain } from '../src/directory.js'

test('a devnet that runs keeps its directory, also from one that would begin anew', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'animechain-'))
  try {
    writeFileSync(join(directory, 'lock'), String(process.ppid))
    writeFileSync(join(directory, 'l1-state.json'), '{}')
    await expect(devnet({ directory, reset: true })).rejects.toMatchObject({ code: 'DEVNET_DIRECTORY' })
    expect(existsSync(join(directory, 'l1-state.json'))).toBe(true)
    expect(existsSync(join(directory, 'lock'))).toBe(true)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test('files that a kill left half written are named, and the way out', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'animechain-'))
  const start = () =>
    devnet({ directory, l1Port: 0, l2Port: 0, metricsPort: 0, verifier: false, bridge: false })
  try {
    for (const half of ['{"version":1,"produc', 'null', '{}']) {
      writeFileSync(join(directory, 'devnet.json'), half)
      await expect(start()).rejects.toMatchObject({
        code: 'DEVNET_DIRECTORY',
        message: expect.stringMatching(/devnet\.json[\s\S]*--reset/),
      })
    }
    rmSync(join(directory, 'devnet.json'))
    for (const half of ['', '{"block":{"number":"0x', 'not JSON']) {
      writeFileSync(join(directory, 'l1-state.json'), half)
      await expect(start()).rejects.toMatchObject({
        code: 'DEVNET_DIRECTORY',
        message: expect.stringMatching(/l1-state\.json[\s\S]*--reset/),
      })
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test('a directory whose chain began otherwise is refused, and the way out is named', () => {
  const key: Address = `0x${'ab'.repeat(20)}`
  const roles = {
    timelockProposer: key,
    operator: key,
    guardian: key,
    sequencer: key,
    batcher: key,
    proposer: key,
    challenger: key,
  }
  const addresses = l1Addresses(key, {
    ...devnetDefaults,
    proving: unplayed.proving,
    l2ChainId: 26_463n,
    roles,
  })
  const begun = (genesisHash: Hash): Deployment => ({
    ...viemChains({ l1: { chainId: 31_337, rpcUrl: '' }, l2: { chainId: 26_463, rpcUrl: '' }, addresses }),
    addresses,
    rollup: {
      chainId: 26_463n,
      genesis: genesis({
        addresses,
        l1ChainId: 31_337,
        l2ChainId: 26_463,
        timestamp: 1_700_000_000n,
        gasLimit: 16_000_000n,
      }),
      genesisHash,
      l1StartBlock: 0n,
    },
  })
  const directory = mkdtempSync(join(tmpdir(), 'animechain-'))
  const file = join(directory, 'chain.json')
  try {
    checkSameChain(file, begun(`0x${'01'.repeat(32)}`))
    writeDeployment(file, begun(`0x${'01'.repeat(32)}`))
    checkSameChain(file, begun(`0x${'01'.repeat(32)}`))
    expect(() => checkSameChain(file, begun(`0x${'02'.repeat(32)}`))).toThrow('--reset')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
