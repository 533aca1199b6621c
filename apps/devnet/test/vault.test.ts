import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { createPublicClient, http } from 'viem'
import { temporaryDevnet, type TemporaryDevnet } from '../src/temporary.ts'
import { vaultStory } from '../src/vault/story.ts'

// A confidential chain, so that the committee has both: files of a studio, and the chain's own batches.
let net: TemporaryDevnet
beforeAll(async () => {
  net = await temporaryDevnet({ da: 'private', vaultPort: 0, bridge: false })
}, 180_000)
afterAll(() => net?.dispose())

describe('the private store on a confidential chain', () => {
  test('a studio, an animator and a stranger: every step of the demo holds', async () => {
    const said: string[] = []
    const write = jest
      .spyOn(process.stdout, 'write')
      .mockImplementation((line) => said.push(String(line)) > 0)
    await vaultStory(net, { filmBytes: 3 * 2 ** 20 }).finally(() => write.mockRestore())
    expect(said.filter((line) => line.includes('✓')).length).toBeGreaterThanOrEqual(18)
  }, 240_000)

  test('a member exports what the dashboard of the private store shows', async () => {
    const text = await (await fetch(`${net.metricsUrls.vault1}/metrics`)).text()
    const dashboard = readFileSync(new URL('../../../ops/grafana/da-node.json', import.meta.url), 'utf8')
    const names = new Set(dashboard.match(/animechain_vault_[a-z_]+/g))
    expect(names.size).toBeGreaterThan(5)
    for (const name of names) expect(text).toContain(name)
  })

  test('the verifier derives from the committee what the sequencer made, with the view key alone', async () => {
    const [sequencer, verifier] = [net.l2Url, net.verifierUrl!].map((url) =>
      createPublicClient({ transport: http(url) }),
    )
    const { number, hash } = await verifier!.getBlock({ blockTag: 'safe' })
    expect(number).toBeGreaterThan(0n)
    expect((await sequencer!.getBlock({ blockNumber: number })).hash).toBe(hash)
  })
})
