import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { TemporaryDevnet } from '../src/index.js'
import { networkStory, startNetworkStage } from '../src/network/story.js'

describe('seven verifiers, exits that they cover, and a theft that all of them sign', () => {
  let net: TemporaryDevnet | undefined
  beforeAll(async () => {
    // As in the test of disputes: fewer and larger spans make a dispute shorter.
    net = await startNetworkStage(() => {}, { heights: { blocks: 13, spans: 6, steps: 18 } })
  }, 300_000)
  afterAll(() => net?.dispose(), 180_000)

  test('every step of the demo holds, with all seven corrupt', async () => {
    const said: string[] = []
    const write = jest
      .spyOn(process.stdout, 'write')
      .mockImplementation((line) => said.push(String(line)) > 0)
    await networkStory(net!, { corrupt: 'all' }).finally(() => write.mockRestore())
    expect(said.filter((line) => line.includes('✓')).length).toBeGreaterThanOrEqual(16)
  }, 900_000)
})
