import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { devnetDefaults } from '@animechain/contracts'
import { concatBytes, hexToBytes } from '@animechain/core'
import {
  checkStep,
  Commitment,
  loadProgram,
  Machine,
  op,
  stateHash,
  status,
  type L1Checks,
  type Program,
  type StepWitness,
} from '@animechain/proving-machine'
import { anvil, testAccount, type Anvil } from '@animechain/testing'
import { dispute } from '../src/dispute.js'
import { ecrecover } from '../src/ecrecover.js'
import { deployProver, type Prover } from '../src/l1.js'
import { disputeOnL1 } from '../src/onL1.js'
import { Player } from '../src/player.js'
import { scenario } from '../src/scenario.js'
import { blocksOf, blockWitness } from '../src/witness.js'
import { compileLedger } from './program.js'

const checks: L1Checks = {
  precompile: (number, input) => (number === 1 ? ecrecover(input) : undefined),
  blobValue: () => false,
}
const heights = { blocks: 2, spans: 10, steps: 10 }

let program: Program
let l1: Anvil
let prover: Prover
beforeAll(async () => {
  program = loadProgram(compileLedger())
  l1 = await anvil()
  prover = await deployProver(l1.url, testAccount(0))
})
afterAll(() => l1?.stop())

const opcodeAt = (pc: number) => program.code[16 * pc]!
const isRead = (code: number) => code === op.input || code === op.preimage

describe('in the machine', () => {
  test('a block halts with its output root, and L1 takes every read of it by its witness', async () => {
    const { genesis, batches, chain } = await scenario()
    const blocks = blocksOf(genesis, batches, chain)
    const machine = new Machine(program, blockWitness(blocks[1]!, batches, 2n, chain))
    const reads: StepWitness[] = []
    while (machine.registers.status === status.running) {
      const code = opcodeAt(machine.registers.pc)
      if (!isRead(code) && code !== op.output) {
        machine.run(1)
        continue
      }
      const { witness, next } = machine.witness()
      expect(checkStep(witness, checks)).toEqual(next)
      expect(await prover.step(witness)).toMatchObject({ next: stateHash(next) })
      machine.run(1)
      expect(machine.hash()).toBe(stateHash(next))
      if (isRead(code)) reads.push(witness)
    }
    expect(machine.registers).toMatchObject({ status: status.halted, output: blocks[2]!.outputRoot })
    expect(reads.length).toBeGreaterThan(50)
    // Other data, or less, is not what the key names.
    for (const witness of reads) {
      const changed = witness.data.map((byte, i) => (i === witness.data.length - 1 ? byte ^ 1 : byte))
      for (const data of [changed, witness.data.slice(0, -1), new Uint8Array()])
        expect(() => checkStep({ ...witness, data }, checks)).toThrow('The witness does not fit the state.')
    }
  })

  test('the replayer commits to the states that the stepper goes through', async () => {
    const { genesis, batches, chain } = await scenario()
    const player = new Player('honest', { genesis, batches, chain }, program, heights)
    const machine = new Machine(program, blockWitness(player.blocks[0]!, batches, 1n, chain))
    const hashes: Uint8Array[] = []
    while (machine.registers.status === status.running) {
      machine.run(2 ** heights.steps)
      hashes.push(hexToBytes(machine.hash()))
    }
    const { commitment, end } = await player.spans(1)
    expect(commitment.root).toBe(new Commitment(heights.spans, concatBytes(...hashes)).root)
    expect(end).toEqual(machine.state())
  })

  test('a forged payment comes down to the step that asks L1 who signed it', async () => {
    const { genesis, batches, chain, lie } = await scenario()
    const players = [
      new Player('honest', { genesis, batches, chain }, program, heights),
      new Player('liar', { genesis, batches, chain: lie }, program, heights),
    ] as const
    const lines: string[] = []
    const verdict = await dispute(players, { program, heights, l1: checks }, (line) => lines.push(line))
    const { state, data } = verdict.honest.witness
    expect(verdict.block).toBe(2)
    expect(opcodeAt(state.pc)).toBe(op.preimage)
    // Kind 3: the number of ecrecover, and the forged signature's 128 bytes.
    expect(data.length).toBe(160)
    expect(ecrecover(data.subarray(32))).not.toEqual(lie.ecrecover(data.subarray(32)))
    expect(verdict.honest.checked).toBe(verdict.honest.claimed)
    expect(verdict.liar.claimed).not.toBe(verdict.honest.claimed)
    expect(verdict.liar.checked).toBeUndefined()
    expect(await prover.step(verdict.honest.witness)).toMatchObject({ next: verdict.honest.claimed })
    expect(await prover.step(verdict.liar.witness)).toEqual({ error: 'OneStepProver_WrongLeaf' })
    expect(lines.filter((line) => line.includes('bisect at height'))).toHaveLength(22)
  })

  test('a whole dispute on L1: the forged payment loses its claim, and its bond pays the winner', async () => {
    const { genesis, batches, chain, lie } = await scenario()
    const { body, blockCount } = batches[0]!
    const lines: string[] = []
    const snapshot = await l1.request('evm_snapshot')
    const ending = await disputeOnL1(l1, { program, genesis, body: body!, blockCount, chain, lie }, (line) =>
      lines.push(line),
    )
    await l1.request('evm_revert', [snapshot])
    expect([ending.honest, ending.liar]).toEqual(['accepted', 'rejected'])
    expect(ending.won).toBeGreaterThan(0n)
    expect(ending.lost).toBeGreaterThanOrEqual(devnetDefaults.assertionBond)
    // A step that L1 does itself: it asks its own ecrecover.
    expect(ending.moves.get('honest prove')).toBe(1)
    expect([ending.moves.has('liar prove'), ending.moves.has('liar refused prove')]).toEqual([false, true])
  }, 240_000)
})
