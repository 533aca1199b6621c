import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { bytesToHex, isBaseError, keccak256, type Address, type Hash } from '@animechain/core'
import { deployL1, devnetDefaults, inboxAbi, type L1Addresses } from '@animechain/contracts'
import { daSuite } from '@animechain/conformance'
import { anvil, eventually, patient, testAccount, unplayed, type Anvil } from '@animechain/testing'
import { createPublicClient, createWalletClient, http } from 'viem'
import { altda, altDaContract, altDaWatch, announcing, keccakLayer } from '../src/index.js'
import { bytes, server, stopAll } from './kit.js'

let l1: Anvil
/** Windows are counted in blocks: more of them than one a second where a window is only waited for, fewer where something must happen in it. */
let mining: NodeJS.Timeout | undefined
const blocksEvery = (ms: number) => {
  clearInterval(mining)
  mining = setInterval(() => void l1.request('evm_mine').catch(() => undefined), ms)
}
const FAST = 40
const SLOW = 500
let addresses: L1Addresses
const batcher = testAccount(1)
const challenger = testAccount(2)
const role = testAccount(3).address
const clients = () => {
  const transport = http(l1.url, patient)
  return {
    publicClient: createPublicClient({ transport, pollingInterval: 100, cacheTime: 0 }),
    walletClient: createWalletClient({ transport, account: testAccount(0) }),
  }
}

beforeAll(async () => {
  l1 = await anvil({ blockTime: 1, mineAtOnce: true })
  const deployed = await deployL1({
    ...clients(),
    genesisOutputRoot: unplayed.genesisOutputRoot,
    config: {
      ...devnetDefaults,
      proving: unplayed.proving,
      l2ChainId: 7n,
      roles: {
        timelockProposer: role,
        operator: role,
        guardian: role,
        sequencer: role,
        batcher: batcher.address,
        proposer: role,
        challenger: role,
      },
      altDa: { challengeWindow: 4, resolveWindow: 30, takeWindow: 1_000, bond: 10n ** 16n },
    },
  })
  addresses = deployed.addresses
  blocksEvery(FAST)
}, 120_000)
const stopping: { stop(): Promise<void> }[] = []
afterAll(async () => {
  for (const each of stopping) await each.stop()
  clearInterval(mining)
  await stopAll()
  await l1?.stop()
})

const contract = () => ({ rpcUrl: l1.url, contract: addresses.altDa!, pollMs: 40 })
const writing = (url: string) => announcing(altda({ url }), { ...contract(), account: batcher })
const hashOf = (data: Uint8Array): Hash => bytesToHex(keccak256(data))
const seconds = { timeoutMs: 60_000 }

let url: string
beforeAll(async () => {
  url = (await server()).url
})
daSuite({
  name: 'altda, with its contract on L1',
  describe,
  test,
  create: async () => writing(url),
  features: { ranges: true },
  reader: async () => altda({ url }),
  unreachable: async () =>
    announcing(altda({ url: 'http://127.0.0.1:1' }), { ...contract(), rpcUrl: 'http://127.0.0.1:1' }),
  sizes: [0, 1_000],
})

describe('challenges on a real L1', () => {
  beforeEach(() => blocksEvery(SLOW))

  test('the inbox was installed with the adapter, which takes what outlived its window and nothing before', async () => {
    const { publicClient } = clients()
    const read = { address: addresses.inbox, abi: inboxAbi } as const
    const adapter = await publicClient.readContract({ ...read, functionName: 'adapters', args: [3] })
    expect(adapter.toLowerCase()).toBe(addresses.altDa)
    const da = writing(url)
    const data = bytes(70)
    const put = da.put(data)
    const states = new Set<string>()
    const at = altDaContract(contract())
    await eventually('the end of the window', async () => {
      const { state } = await at.stateOf(hashOf(data))
      states.add(state)
      return state === 'available'
    })
    expect((await put).status).toBe('ok')
    expect([...states]).toContain('open')
  }, 120_000)

  test('a watcher challenges what no server has; it expires, and the bond comes back', async () => {
    const gone = await server()
    const watch = altDaWatch({ ...contract(), account: challenger, da: altda({ url: gone.url }) })
    const withheld = bytes(333)
    const batcherSide = altDaContract({ ...contract(), account: batcher })
    await batcherSide.announce(hashOf(withheld))
    const balance = () => clients().publicClient.getBalance({ address: addresses.altDa! })
    const stateOf = () => batcherSide.stateOf(hashOf(withheld))
    await watch.start()
    stopping.push(watch)
    await eventually('the challenge', async () => (await stateOf()).state === 'challenged', seconds)
    blocksEvery(FAST)
    await eventually(
      'the bond',
      async () => (await balance()) === 0n && watch.challenges.length === 0,
      seconds,
    )
    expect((await stateOf()).state).toBe('none')
    await watch.stop()
  }, 120_000)

  test('a watcher of several places challenges nothing that one of them has', async () => {
    const [mine, another] = [await server(), await server()]
    const data = bytes(444)
    const elsewhere = altda({ url: another.url })
    await elsewhere.put(data)
    let found = 0
    const watching = announcing(altda({ url: mine.url }), {
      ...contract(),
      watcher: challenger,
      others: [
        {
          async get(...asked) {
            const got = await elsewhere.get(...asked)
            if (got.status === 'data') found++
            return got
          },
        },
      ],
    })
    const at = altDaContract({ ...contract(), account: batcher })
    await at.announce(hashOf(data))
    await watching.start()
    stopping.push(watching)
    const states = new Set<string>()
    await eventually('the end of the window', async () => {
      const { state } = await at.stateOf(hashOf(data))
      states.add(state)
      return state === 'available' && found > 0
    })
    expect(states).not.toContain('challenged')
    await watching.stop()
  }, 120_000)

  test('a challenge of what is there is answered by the batcher, and everybody has the bytes from L1', async () => {
    const data = bytes(5_000)
    const put = writing(url).put(data)
    const by = altDaContract({ ...contract(), account: challenger })
    await eventually(
      'the announcement',
      async () => (await by.stateOf(hashOf(data))).state === 'open',
      seconds,
    )
    await by.challenge(hashOf(data))
    const done = await put
    if (done.status !== 'ok') throw done.status === 'error' ? done.error : new Error(done.status)
    expect(await by.stateOf(hashOf(data))).toEqual({ state: 'available', until: 0n })
    // No server has it, L1 does.
    const empty = await server()
    const reader = announcing(altda({ url: empty.url }), contract())
    const got = await reader.get(done.commitment)
    expect(got.status === 'data' && bytesToHex(got.data)).toBe(bytesToHex(data))
    expect((await reader.status(done.commitment)).status).toBe('included')
    expect(await by.withdraw(batcher.address as Address)).toBe(true)
    await by.withdraw(challenger.address as Address)
    const { publicClient } = clients()
    expect(await publicClient.getBalance({ address: addresses.altDa! })).toBe(0n)
  }, 120_000)

  test('whoever is not the batcher cannot announce, and the error says so', async () => {
    const result = await announcing(altda({ url }), { ...contract(), account: challenger }).put(bytes(77))
    if (result.status !== 'error') throw new Error(result.status)
    expect(isBaseError(result.error) && result.error.code).toBe('ALTDA_L1')
    expect(result.error.message).toContain('AltDA_NotBatcher')
  }, 120_000)

  test('what a challenge could not be answered for is refused at construction', () => {
    const generic = { commitments: 'generic', verifiers: { 1: keccakLayer } } as const
    expect(() => announcing(altda({ url, ...generic }), contract())).toThrow('generic ones')
    expect(() => announcing(altda({ url, maxBytes: 120_001 }), contract())).toThrow('at most 120000 bytes')
    expect(() => announcing(altda({ url, exposure: 'private' }), contract())).toThrow('private ones')
  })
})
