import { describe, expect, test } from '@jest/globals'
import { hexToBytes, type ProofInputs } from '@animechain/core'
import { replayerRunner } from '@animechain/proving-interactive'
import { loadProgram, stateHash } from '@animechain/proving-machine'
import { machineThread } from '../src/machineThread.js'
import type { MachineAnswer } from '../src/machineMessages.js'

// Multiplies 6 by 7, and gives the product as its output.
const wasm = Uint8Array.from(
  Buffer.from(
    'AGFzbQEAAAABCAJgAX8AYAAAAg8BBGhvc3QGb3V0cHV0AAADAgEBBQMBAAEHEAIDcnVuAAEGbWVtb3J5AgAKEgEQAEEAQQZBB2w2AhxBABAACw==',
    'base64',
  ),
)
const word = (value: number) => `0x${value.toString(16).padStart(64, '0')}` as const
const inputs: ProofInputs = {
  inputs: [word(1), word(2), word(3), word(4)],
  preimages: [Uint8Array.of(1, 2, 3)],
  blobs: [],
  precompiles: [],
  sha256: [],
}

describe('the machine in a thread', () => {
  test('commits, stops and proves as the one in the caller’s', async () => {
    const there = machineThread(wasm)
    const [a, b] = [await there.open(inputs), await replayerRunner(loadProgram(wasm)).open(inputs)]
    const options = { from: 0n, height: 4, log2Stride: 0 }
    const [far, near] = [await a.commit(options), await b.commit(options)]
    expect(far.root).toBe(near.root)
    expect([far.height, far.distinct]).toEqual([near.height, near.distinct])
    expect(stateHash(await a.state(5n))).toBe(far.leaf(4))
    expect(await a.proveStep(5n)).toEqual(await b.proveStep(5n))
    await a.close()
    await expect(a.state(0n)).rejects.toMatchObject({ code: 'PROVING_THREAD' })
    await there.end()
  })

  test('opens a run again that was lost with the thread', async () => {
    const there = machineThread(wasm)
    const run = await there.open(inputs)
    const before = await run.proveStep(5n)
    await there.end()
    expect(await run.proveStep(5n)).toEqual(before)
    await there.end()
  })

  test('ends with a signal what it computes', async () => {
    const there = machineThread(wasm)
    const run = await there.open(inputs)
    const stop = new AbortController()
    const ended = there.until(stop.signal, async () => {
      const proof = run.proveStep(5n)
      stop.abort()
      return proof
    })
    await expect(ended).rejects.toMatchObject({ code: 'ABORTED' })
    await expect(there.until(stop.signal, () => run.state(1n))).rejects.toMatchObject({ code: 'ABORTED' })
    expect(stateHash(await run.state(1n))).toMatch(/^0x/)
    await there.end()
  })

  test('says when there is no thread, and when what it answers is not what was asked', async () => {
    const none = machineThread(wasm, () => undefined)
    await expect(none.open(inputs)).rejects.toMatchObject({ code: 'PROVING_THREAD' })
    const listeners: ((answer: unknown) => void)[] = []
    const confused = machineThread(wasm, () => ({
      postMessage: () => {
        const answer: MachineAnswer = { type: 'commitment', height: 0, leaves: hexToBytes(word(1)).slice() }
        for (const listener of listeners) listener(answer)
      },
      on: (event: string, listener: (value: never) => void) =>
        event === 'message' ? listeners.push(listener as (answer: unknown) => void) : undefined,
      ref: () => {},
      unref: () => {},
      terminate: async () => {},
    }))
    await expect(confused.open(inputs)).rejects.toThrow('answered commitment where done was asked')
  })
})
