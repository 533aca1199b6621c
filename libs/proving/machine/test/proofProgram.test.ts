import { beforeAll, describe, expect, test } from '@jest/globals'
import {
  hexToBytes,
  predeploys,
  rollupChain,
  type Address,
  type BlockInput,
  type Hash,
} from '@animechain/core'
import { guestBinary, precompile, runProof, wasm, witnessHost } from '@animechain/execution-wasm'
import { memoryStorage } from '@animechain/storage-memory'
import { privateKeyToAccount } from 'viem/accounts'
import {
  checkStep,
  loadProgram,
  Machine,
  Replayer,
  stateHash,
  witness,
  type HostData,
  type Program,
} from '../src/index.js'
import { randomNumbers } from './randomModule.js'

// The program that fraud proofs are about, over a block of a chain in memory: ETH to somebody, and calls of a contract that asks a precompile of L1.

const account = privateKeyToAccount(`0x${'7'.padStart(64, '0')}`)
const zero: Hash = `0x${'00'.repeat(32)}`
const contract: Address = '0x00000000000000000000000000000000000c0de6'
/** Adds points of alt_bn128, and keeps whether that worked. */
const code = '0x60405f5f5f60065afa435500'
const chain = rollupChain({ chainId: 5n })
const attributes = {
  beneficiary: predeploys.sequencerFeeVault,
  gasLimit: 30_000_000n,
  prevRandao: zero,
  extraData: '0x',
} as const

/** What the program reads for such a block, and what it comes to on V8. */
async function recordBlock(): Promise<{ host: HostData; output: Hash }> {
  const engine = wasm()
  const storage = memoryStorage()
  await storage.start()
  const parent = await engine.open({
    chain,
    genesis: {
      ...attributes,
      timestamp: 1_000n,
      baseFeePerGas: 1_000n,
      alloc: { [account.address.toLowerCase()]: { balance: 10n ** 20n }, [contract]: { nonce: 1n, code } },
    },
    storage,
    blockHash: () => undefined,
  })
  const transactions = [contract, account.address, contract].map((to, nonce) =>
    account.signTransaction({
      ...{
        type: 'eip1559',
        chainId: 5,
        nonce,
        gas: 300_000n,
        maxFeePerGas: 10n ** 10n,
        maxPriorityFeePerGas: 3n,
      },
      ...{ to, value: 0n },
    }),
  )
  const input: BlockInput = {
    ...attributes,
    number: 1n,
    timestamp: 1_002n,
    parentBeaconBlockRoot: zero,
    transactions: (await Promise.all(transactions)).map((raw) => hexToBytes(raw)),
  }
  const recorded = await engine.recordWitness(parent, input)
  await engine.close()
  await storage.stop()
  // Three senders, one addition.
  expect(recorded.precompiles.size).toBe(4)
  return { host: witnessHost(recorded), output: await runProof(witnessHost(recorded)) }
}

let program: Program
let block: { host: HostData; output: Hash }

beforeAll(async () => {
  program = loadProgram(await guestBinary('proof'), { entry: 'runBlock' })
  block = await recordBlock()
}, 120_000)

/** Proves the step that comes next, as L1 does, and gives the hash of the state after it. */
function prove(replayer: Replayer): Hash {
  const { witness: shown, next } = witness(replayer.state, program, replayer, block.host)
  const checked = checkStep(shown, {
    blobValue: () => false,
    precompile: (number, input) => precompile(number, input),
  })
  expect(checked).toEqual(next)
  return stateHash(next)
}

describe('the proof program in the replayer', () => {
  test('comes to the output of V8, and its steps are those that L1 would check', async () => {
    const replayer = await Replayer.create(program, block.host)
    const steps = replayer.run()!
    expect(steps).toBeGreaterThan(500_000n)
    expect(replayer.registers).toMatchObject({ status: 1, output: block.output })
    const random = randomNumbers(3)
    for (let i = 0; i < 200; i++) {
      const at = BigInt(random(Number(steps)))
      replayer.seek(at)
      const next = prove(replayer)
      replayer.seek(at + 1n)
      expect([at, replayer.stateHash()]).toEqual([at, next])
    }
    const spans = replayer.commit({ from: 0n, height: 20, log2Stride: 18 })
    expect(spans.distinct).toBe(Number((steps + 2n ** 18n - 1n) >> 18n))
    replayer.seek(steps)
    expect(spans.leaf(2 ** 20 - 1)).toBe(replayer.stateHash())
  }, 120_000)

  test('ends in the state to which the machine comes step by step', async () => {
    const machine = new Machine(program, block.host)
    const steps = machine.run()
    const replayer = await Replayer.create(program, block.host)
    expect(replayer.run()).toBe(BigInt(steps))
    expect(replayer.state).toEqual(machine.state())
  }, 120_000)

  test('proves the first read of everything that it reads', async () => {
    // Each is withheld once, so that the replayer stops before the step that reads it.
    const given = new Set<string>()
    const withholding: HostData = {
      inputs: block.host.inputs,
      preimage(kind, key) {
        if (given.has(key)) return block.host.preimage(kind, key)
        given.add(key)
        return undefined
      },
    }
    const replayer = await Replayer.create(program, withholding)
    const kinds = new Set<number>()
    for (;;) {
      try {
        replayer.run()
        break
      } catch (error) {
        expect(error).toMatchObject({ code: 'PROVING_MISSING_PREIMAGE' })
      }
      const at = replayer.position
      kinds.add(Number(replayer.slot(replayer.registers.sp - 4)))
      const next = prove(replayer)
      replayer.seek(at + 1n)
      expect([at, replayer.stateHash()]).toEqual([at, next])
    }
    expect(given.size).toBeGreaterThan(10)
    expect([...kinds].sort()).toEqual([0, 3])
    expect(replayer.registers).toMatchObject({ status: 1, output: block.output })
  }, 120_000)
})
