import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { startStage, story } from '../src/dispute/story.js'
import type { TemporaryDevnet } from '../src/index.js'

describe('a liar on L1 against a verifier without any permission', () => {
  const svgPath = join(tmpdir(), `dispute-${process.pid}.svg`)
  let net: TemporaryDevnet | undefined
  beforeAll(async () => {
    // Spans of 2^18 steps, 64 of them: a block of sixty transfers takes nine million steps.
    net = await startStage(() => {}, { heights: { blocks: 13, spans: 6, steps: 18 } })
  }, 300_000)
  afterAll(async () => {
    await net?.dispose()
    rmSync(svgPath, { force: true })
  }, 180_000)

  test('loses at one instruction, also when the verifier is killed as it plays; the false withdrawal is refused, the honest one paid', async () => {
    // It tells what it does.
    const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true)
    await story(net!, { svgPath, kills: 2 }).finally(() => write.mockRestore())
    const svg = readFileSync(svgPath, 'utf8')
    expect(svg).toMatch(/^<svg /)
    expect(svg).toContain('one instruction, proven on L1')
  }, 900_000)
})
