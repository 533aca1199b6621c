import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { bridge, type Withdrawal } from '@animechain/bridge'
import { genesis } from '@animechain/contracts'
import { silentLogger } from '@animechain/core'
import { writeDeployment } from '@animechain/stack'
import { memoryStorage } from '@animechain/storage-memory'
import { testAccount } from '@animechain/testing'
import { parseEther, zeroHash, type Hash, type PublicClient } from 'viem'
import { by, fastWorld, MIN_AGE, verifiers, type FastWorld } from '../../../libs/bridge/test/fastWorld.js'
import { earlyPayment, type Early } from '../src/fastExit.js'
import { commandConfig, httpApi, runCommand, serveConfig } from '../src/index.js'

let world: FastWorld
let node: Awaited<ReturnType<FastWorld['verifierNode']>>
let folder: string
let snapshot: unknown

beforeAll(async () => {
  world = await fastWorld()
  folder = await mkdtemp(join(tmpdir(), 'bridge-fast-'))
  snapshot = await world.l1.request('evm_snapshot')
}, 600_000)
beforeEach(async () => {
  await world.l1.request('evm_revert', [snapshot])
  snapshot = await world.l1.request('evm_snapshot')
  world.forget()
  node = await world.verifierNode()
}, 60_000)
afterAll(async () => {
  await world?.stop()
  if (folder) await rm(folder, { recursive: true })
})

async function proven(withdrawal: Withdrawal, from: number) {
  await world.l2.block([withdrawal])
  const game = await world.assertOutput()
  await world.prove(withdrawal, from)
  return game
}

/** Tries of an account to have its withdrawal paid early, and what is said of them. */
function tries(withdrawal: Withdrawal, from: number): { once(): Promise<Early>; said: string[] } {
  const said: string[] = []
  const once = earlyPayment({
    client: world.client as unknown as PublicClient,
    wallet: world.wallet(from),
    ...{ contracts: world.contracts, withdrawal, verifiers: [node.url] },
    async settle(label, send) {
      await world.mined(await send())
      said.push(label)
    },
    say: (line) => void said.push(line),
  })
  return { once, said }
}

describe('withdraw --fast', () => {
  test('waits for verifiers and for the age of the assertion, saying each once, and then pays the fee', async () => {
    const withdrawal = world.made.ether(parseEther('1'))
    const game = await proven(withdrawal, by.user)
    const { once, said } = tries(withdrawal, by.user)
    expect([await once(), await once()]).toEqual(['wait', 'wait'])
    await node.hears(await world.attestations(game))
    expect([await once(), await once()]).toEqual(['wait', 'wait'])
    await world.pass(MIN_AGE)
    expect(await once()).toBe('sent')
    expect(said).toEqual([
      'Not paid early yet: Too few verifiers vouch for the assertion.',
      'Covered: waiting until the assertion is old enough to be paid early',
      'Finalised early, for a fee of 0.001 ETH',
    ])
    expect(await world.reservations()).toHaveLength(1)
  }, 240_000)

  test('approves the fee of a token itself, and leaves what is never fast to the ordinary way', async () => {
    const from = verifiers[0]!
    const tokens = world.made.tokens(1_000n)
    const game = await proven(tokens, from)
    await node.hears(await world.attestations(game))
    await world.pass(MIN_AGE)
    const paying = tries(tokens, from)
    expect([await paying.once(), await paying.once()]).toEqual(['wait', 'sent'])
    expect(paying.said).toEqual([
      expect.stringContaining('Approved the fee of 1 of'),
      expect.stringContaining('Finalised early, for a fee of 1 of'),
    ])
    const message = world.l2.withdrawal({ data: '0x01' })
    await proven(message, by.user)
    const refused = tries(message, by.user)
    expect(await refused.once()).toBe('never')
    expect(refused.said[0]).toMatch(/^Not paid early: .*no insured class/)
  }, 240_000)
})

describe('quotes', () => {
  /** What a command says. */
  async function command(...argv: string[]): Promise<string[]> {
    const path = join(folder, 'chain.json')
    const { chains, addresses, config } = world
    writeDeployment(path, {
      ...{ ...chains, addresses },
      rollup: {
        chainId: config.l2ChainId,
        genesis: genesis({
          ...{ addresses, l1ChainId: 31_337, l2ChainId: Number(config.l2ChainId) },
          ...{ timestamp: 1n, gasLimit: 16_000_000n },
        }),
        genesisHash: zeroHash,
        l1StartBlock: 0n,
      },
    })
    const urls = { l1: world.l1.url, l2: chains.l2.rpcUrls.default.http[0]! }
    const given = ['--deployment', path, '--l1-rpc-url', urls.l1, '--l2-rpc-url', urls.l2]
    const loaded = commandConfig.load({ argv: [...argv, ...given, '--verifiers', node.url], env: {} })
    if (loaded.status !== 'ok') throw new Error(`expected values, got ${loaded.status}`)
    const said: string[] = []
    await runCommand(loaded.positionals, loaded.values, (line) => void said.push(line))
    return said
  }

  test('are told by a command, before a withdrawal is made and after', async () => {
    expect(await command('quote', '--amount', '2')).toEqual([
      'label: covered-fast',
      expect.stringMatching(/^covered-fast: 2 ETH as soon as .* for a fee of 0\.002 ETH and about \d+ gas$/),
      expect.stringMatching(
        /cover of 7 verifiers: 105 ETH, of which 0 ETH are taken; one exit 10\.5 ETH, left/,
      ),
      expect.stringMatching(/^canonical: 2 ETH in 7200 s if nobody disputes it, without a fee/),
    ])
    const withdrawal = world.made.ether(parseEther('1'))
    await world.l2.block([withdrawal])
    const { transactionHash } = world.l2.receipt(1)
    expect(await command('quote', transactionHash)).toEqual([
      `withdrawal ${withdrawal.withdrawalHash}`,
      'label: canonical',
      expect.stringContaining('covered-fast: no. The withdrawal is not proven.'),
      expect.stringContaining('cover of 7 verifiers'),
      expect.stringContaining('canonical: 1 ETH'),
    ])
    await expect(
      command(
        'quote',
        '--asset',
        'erc721',
        '--l1-token',
        world.token.address,
        '--l2-token',
        world.remoteToken,
      ),
    ).rejects.toThrow('nothing else is paid early')
    await expect(command('quote', '0x12')).rejects.toThrow('64 hex digits')
  }, 240_000)

  test('and labels are served over HTTP', async () => {
    const storage = memoryStorage()
    await storage.start()
    const service = bridge({
      ...{ l1: world.chains.l1, l2: world.chains.l2, addresses: world.contracts, storage, graceMs: 0 },
      ...{ fastLookMs: 0, fast: 'when-covered', verifiers: [node.url], relayer: testAccount(by.relayer) },
    })
    const api = httpApi({ bridge: service, host: '127.0.0.1', port: 0, logger: silentLogger })
    await api.start()
    const get = async (path: string) => {
      const response = await fetch(`${api.url}${path}`)
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }
    }
    try {
      const withdrawal = world.made.ether(parseEther('1'))
      const game = await proven(withdrawal, by.relayer)
      await node.hears(await world.attestations(game))
      await service.poll()
      const path = `/v1/withdrawals/${withdrawal.withdrawalHash}`
      expect(await get(path)).toMatchObject({ body: { status: 'waitingToFinalize', label: 'covered-fast' } })
      expect(await get(`${path}/quote`)).toMatchObject({
        status: 200,
        body: { label: 'covered-fast', fast: { fee: '1000000000000000' }, canonical: { fee: '0' } },
      })
      await world.pass(MIN_AGE)
      await service.poll()
      expect(await get(path)).toMatchObject({ body: { status: 'finalized', label: 'covered-fast' } })
      expect(await get('/v1/quotes?amount=20000000000000000000')).toMatchObject({
        status: 200,
        body: { label: 'canonical', refusal: { code: 'BRIDGE_FAST_NO_COVER' }, cover: { signers: 7 } },
      })
      const unknown: Hash = zeroHash
      expect(await get(`/v1/withdrawals/${unknown}/quote`)).toMatchObject({ status: 404 })
      for (const wrong of ['', '?amount=-1', '?amount=0', '?amount=1&token=0x12', '?amount=x'])
        expect(await get(`/v1/quotes${wrong}`)).toMatchObject({ status: 400 })
      expect(await get(`${path}/quote/more`)).toMatchObject({ status: 404 })
    } finally {
      await api.stop()
    }
  }, 240_000)

  test('verifiers are URLs of HTTP, in all settings', () => {
    const needed = [
      '--l1-rpc-url',
      'http://a',
      '--l2-rpc-url',
      'http://b',
      '--deployment',
      'c',
      '--data-dir',
      'd',
    ]
    const load = (verifiers: string) =>
      serveConfig.load({ argv: [...needed, '--verifiers', verifiers], env: {} })
    expect(load('http://a:1,https://b')).toMatchObject({
      values: { fast: 'never', verifiers: ['http://a:1', 'https://b'], maxFastFee: 10n ** 16n },
    })
    expect(() => load('ftp://a')).toThrow('at most 16 URLs of HTTP')
  })
})
