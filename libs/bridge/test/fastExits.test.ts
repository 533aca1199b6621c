import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { erc20Abi, maxUint256, parseEther, zeroAddress, type Address, type Hex } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import {
  decodeMessage,
  encodeMessage,
  signMessage,
  type Attestation,
  type Signed,
} from '@animechain/network-protocol'
import { memoryStorage } from '@animechain/storage-memory'
import { testAccount } from '@animechain/testing'
import { bridge, type BridgeOptions, type ExitCertificate, type Withdrawal } from '../src/index.js'
import { by, fastWorld, MIN_AGE, STAKE, TOKEN_STAKE, verifiers, type FastWorld } from './fastWorld.js'

let world: FastWorld
let node: Awaited<ReturnType<FastWorld['verifierNode']>>
let snapshot: unknown
const servers: ReturnType<typeof createServer>[] = []

beforeAll(async () => {
  world = await fastWorld()
  snapshot = await world.l1.request('evm_snapshot')
}, 600_000)
beforeEach(async () => {
  await world.l1.request('evm_revert', [snapshot])
  snapshot = await world.l1.request('evm_snapshot')
  world.forget()
  // What a reverted L1 said is no attestation to this one.
  node = await world.verifierNode()
}, 60_000)
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})
afterAll(() => world?.stop())

/** A server that is not a verifier's. */
async function hostile(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An address, whatever its letters' case. */
const address = (of: Address) => expect.stringMatching(new RegExp(of, 'i'))
const ask = () => ({ targetChain: world.chains.l2, verifiers: [node.url] })
const target = () => ({ targetChain: world.chains.l2 })

/** Withdrawals in an assertion that the user has proven, and that these verifiers vouch for. */
async function proven(withdrawals: Withdrawal[], signers: readonly number[] = verifiers): Promise<Address> {
  await world.l2.block(withdrawals)
  const game = await world.assertOutput()
  for (const each of withdrawals) await world.prove(each)
  if (signers.length > 0) await node.hears(await world.attestations(game, signers))
  return game
}

async function certificateOf(game: Address): Promise<ExitCertificate> {
  const found = await world.client.getCertificate({ ...ask(), game })
  if (found.status !== 'standing' && found.status !== 'assembled')
    throw new Error(
      `expected a certificate: ${JSON.stringify(found, (_k, v) => (typeof v === 'bigint' ? `${v}` : v))}`,
    )
  return found.certificate
}

const finalize = (withdrawal: Withdrawal, certificate: ExitCertificate, from = by.user) =>
  world.wallet(from).finalizeWithdrawalFast({ ...target(), withdrawal, certificate })

describe('a fast exit', () => {
  test('of ETH, plain and by the bridge: a certificate is assembled, posted with the first exit, and stands for the next', async () => {
    const [plain, bridged] = [world.made.ether(parseEther('2')), world.made.bridgedEther(parseEther('3'))]
    // Before it is made: as if all verify.
    const before = await world.client.getFastExitQuote({ ...target(), amount: parseEther('2') })
    expect(before).toMatchObject({
      ...{ label: 'covered-fast', insured: true, refusal: undefined },
      fast: { waitSeconds: undefined, fee: parseEther('0.002') },
      cover: { total: (STAKE * 7n) / 2n, open: 0n, single: (STAKE * 7n) / 20n, signers: 7 },
      canonical: { waitSeconds: world.config.proofMaturityDelay, fee: 0n },
    })
    const game = await proven([plain, bridged])
    const certificate = await certificateOf(game)
    expect(certificate).toMatchObject({ body: { game }, votes: expect.any(Array) })
    const young = await world.client.getFastExitQuote({ ...ask(), withdrawal: plain })
    expect(young.label).toBe('covered-fast')
    expect(young.fast.waitSeconds).toBeGreaterThan(0)
    expect(young.canonical.waitSeconds).toBeGreaterThan(MIN_AGE)
    const tooYoung = await finalize(plain, certificate).catch((error: unknown) => error)
    expect(tooYoung).toMatchObject({ name: 'FastExitError', code: 'BRIDGE_FAST_TOO_YOUNG' })
    expect((tooYoung as { details: { secondsLeft: bigint } }).details.secondsLeft).toBeGreaterThan(0n)

    await world.pass(MIN_AGE)
    const had = await world.balance(by.receiver)
    await world.mined(await finalize(plain, certificate))
    expect((await world.balance(by.receiver)) - had).toBe(plain.value)
    expect(await world.client.getFastExitQuote({ ...ask(), withdrawal: plain })).toMatchObject({
      ...{ label: 'canonical', refusal: { code: 'BRIDGE_FAST_FINALIZED' } },
    })

    // What was assembled before does not serve any more; what stands does, also without any verifier.
    await expect(finalize(bridged, certificate)).rejects.toMatchObject({
      code: 'BRIDGE_FAST_BAD_CERTIFICATE',
    })
    const found = await world.client.getCertificate({ ...target(), game, logRange: 10n })
    expect(found).toMatchObject({
      status: 'standing',
      servers: [],
      certificate: { signers: expect.any(Array) },
    })
    await world.mined(await finalize(bridged, await certificateOf(game)))
    expect((await world.balance(by.receiver)) - had).toBe(plain.value + bridged.value)
    const reserved = await world.reservations()
    expect(reserved.map(({ args }) => [args.withdrawalHash, args.amount, args.fee])).toEqual([
      [plain.withdrawalHash, plain.value, plain.value / 1_000n],
      [bridged.withdrawalHash, bridged.value, bridged.value / 1_000n],
    ])
  }, 240_000)

  test('of a token: its fee is paid in the token, which is to be approved', async () => {
    const withdrawal = world.made.tokens(1_000n)
    const game = await proven([withdrawal])
    await world.pass(MIN_AGE)
    const certificate = await certificateOf(game)
    const payer = testAccount(verifiers[0]!).address
    const of = { ...ask(), withdrawal, payer }
    expect(await world.client.getFastExitQuote(of)).toMatchObject({
      ...{ label: 'canonical', insured: true, moved: { amount: 1_000n } },
      refusal: { code: 'BRIDGE_FAST_APPROVAL' },
      cover: { total: (TOKEN_STAKE * 7n) / 2n },
    })
    const call = { ...target(), withdrawal, certificate, proofSubmitter: testAccount(by.user).address }
    const wallet = world.wallet(verifiers[0]!)
    await expect(wallet.finalizeWithdrawalFast(call)).rejects.toMatchObject({
      ...{ code: 'BRIDGE_FAST_APPROVAL', message: expect.stringContaining('got 0') },
      details: { token: address(world.token.address), spender: address(world.exits.address), amount: 1n },
    })
    await world.mined(
      await wallet.writeContract({
        ...{ address: world.token.address, abi: erc20Abi, functionName: 'approve' as const },
        args: [world.exits.address, 1n],
      }),
    )
    expect(await world.client.getFastExitQuote(of)).toMatchObject({
      label: 'covered-fast',
      fast: { fee: 1n },
    })
    await world.mined(await wallet.finalizeWithdrawalFast(call))
    expect(await world.tokens(by.receiver)).toBe(1_000n)
    expect((await world.reservations())[0]!.args).toMatchObject({ amount: 1_000n, fee: 1n })
  }, 240_000)

  test('is refused with what was expected: unproven, uninsured, uncovered, without quorum, disputed, decided', async () => {
    const { made, client } = world
    const withData = world.l2.withdrawal({ data: '0x01' })
    const extra = made.tokens(5n, '0xff')
    const tooLarge = made.ether((STAKE * 7n) / 20n + 1n)
    const few = made.ether(1n)
    const unlocked = made.tokens(60_000n)
    const game = await proven([withData, extra, tooLarge, few, unlocked])
    await world.pass(MIN_AGE)
    const certificate = await certificateOf(game)
    const refusal = async (withdrawal: Withdrawal, quoted = true) => {
      const error = await finalize(withdrawal, certificate).then(
        () => ({ code: 'paid', message: '' }),
        (thrown: { code: string; message: string }) => thrown,
      )
      // The quote says the same.
      if (quoted)
        expect(await client.getFastExitQuote({ ...ask(), withdrawal })).toMatchObject({
          ...{ label: 'canonical', refusal: { code: error.code } },
        })
      return error
    }
    expect(await refusal(withData)).toMatchObject({ code: 'BRIDGE_FAST_NOT_INSURED' })
    expect(await refusal(extra)).toMatchObject({ code: 'BRIDGE_FAST_NOT_INSURED' })
    expect(await refusal(unlocked)).toMatchObject({
      code: 'BRIDGE_FAST_NO_COVER',
      details: { most: 50_000n },
    })
    const much = await refusal(tooLarge)
    expect(much).toMatchObject({
      ...{ code: 'BRIDGE_FAST_NO_COVER', details: { most: (STAKE * 7n) / 20n } },
    })
    expect(await refusal(made.ether(3n))).toMatchObject({ code: 'BRIDGE_FAST_NOT_PROVEN' })
    // The proof is the user's, not the stranger's.
    await expect(finalize(few, certificate, by.stranger)).rejects.toMatchObject({
      code: 'BRIDGE_FAST_NOT_PROVEN',
    })

    // Four of seven are too few signers and too little weight; five would do.
    const four = { ...certificate, votes: 'votes' in certificate ? certificate.votes.slice(0, 4) : [] }
    await expect(finalize(few, four)).rejects.toMatchObject({ code: 'BRIDGE_FAST_NO_QUORUM' })
    const swapped = 'votes' in certificate ? [...certificate.votes].reverse() : []
    await expect(finalize(few, { body: certificate.body, votes: swapped })).rejects.toMatchObject({
      code: 'BRIDGE_FAST_BAD_CERTIFICATE',
    })
    const elsewhere = { ...certificate, body: { ...certificate.body, game: zeroAddress } }
    await expect(finalize(few, elsewhere)).rejects.toMatchObject({ code: 'BRIDGE_FAST_WRONG_GAME' })

    // A rival stops it, and its quote; nothing is asked of anybody then.
    await world.assertBatch(certificate.body.batchIndex, `0x${'0b'.repeat(32)}`, {
      ...{ from: by.challenger, on: zeroAddress },
    })
    expect(await refusal(few)).toMatchObject({ code: 'BRIDGE_FAST_RIVAL' })
  }, 240_000)

  test('waits for the hour’s limit, which refills', async () => {
    const each = (STAKE * 7n) / 20n
    const exits = [1, 2, 3].map(() => world.made.ether(each))
    const game = await proven(exits)
    await world.pass(MIN_AGE)
    for (const exit of exits.slice(0, 2)) await world.mined(await finalize(exit, await certificateOf(game)))
    const [, , third] = exits
    const certificate = await certificateOf(game)
    // A quarter of the cover an hour, and 20% are gone.
    await expect(finalize(third!, certificate)).rejects.toMatchObject({ code: 'BRIDGE_FAST_NO_COVER' })
    const quote = await world.client.getFastExitQuote({ ...ask(), withdrawal: third! })
    expect(quote).toMatchObject({ label: 'canonical', refusal: { code: 'BRIDGE_FAST_NO_COVER' } })
    expect(quote.refusal!.message).toContain('an hour')
    expect(quote.cover!.hour).toBeLessThan(each)
    expect(quote.cover!.open).toBe(2n * each)
    await world.pass(1_800)
    await world.mined(await finalize(third!, certificate))
    expect(await world.reservations()).toHaveLength(3)
  }, 240_000)

  test('has no certificate without two thirds, and says how far it is', async () => {
    const withdrawal = world.made.ether(1n)
    const game = await proven([withdrawal], verifiers.slice(0, 4))
    expect(await world.client.getCertificate({ ...ask(), game })).toMatchObject({
      ...{ status: 'missing', weight: 4n * STAKE, needed: (14n * STAKE) / 3n },
      servers: [{ url: node.url, attestations: 4 }],
    })
    expect(await world.client.getFastExitQuote({ ...ask(), withdrawal })).toMatchObject({
      ...{ label: 'canonical', cover: undefined },
      refusal: { code: 'BRIDGE_FAST_NO_QUORUM', details: { weight: 4n * STAKE } },
    })
    // After the assertion is accepted for good, a certificate can still be made; it changes nothing.
    await node.hears(await world.attestations(game, [verifiers[4]!]))
    expect(await world.client.getCertificate({ ...ask(), game })).toMatchObject({ status: 'assembled' })
  }, 240_000)

  test('takes attestations from whoever has them, and nothing from servers that lie', async () => {
    const withdrawal = world.made.ether(1n)
    const game = await proven([withdrawal], [])
    const messages = await world.attestations(game)
    const parsed = messages.map((bytes) => {
      const decoded = decodeMessage('attestation', bytes)
      if (!decoded.ok) throw new Error(decoded.why)
      return decoded.value
    })
    const bytesOf = (signed: Signed<Attestation>[]) =>
      Buffer.concat(signed.map((each) => encodeMessage('attestation', each)))
    // Nobody's keys, as many as an answer has room for; and signatures that are moved to another root.
    const strangers = await Promise.all(
      Array.from({ length: 256 }, () =>
        signMessage(
          privateKeyToAccount(generatePrivateKey()),
          'attestation',
          world.domain,
          parsed[0]!.message,
        ),
      ),
    )
    const other: Hex = `0x${'bb'.repeat(32)}`
    const moved = parsed.map((each) => ({ ...each, message: { ...each.message, blocksRoot: other } }))
    const elsewhere = parsed.map((each) => ({ ...each, message: { ...each.message, outputRoot: other } }))
    let endless = 0
    const urls = await Promise.all([
      hostile((_request, response) => void response.end(bytesOf(strangers))),
      hostile((_request, response) => void response.end(bytesOf([...moved, ...elsewhere]))),
      hostile((_request, response) => void response.end(Buffer.alloc(384 * 3, 0xff))),
      hostile((_request, response) => void response.writeHead(302, { location: node.url }).end()),
      hostile((_request, response) => void response.writeHead(500).end('no')),
      hostile(() => undefined),
      hostile((request, response) => {
        const more = setInterval(() => response.write(Buffer.alloc(65_536)) || endless++, 1)
        request.socket.on('close', () => clearInterval(more))
      }),
      // Two that have some each.
      hostile((_request, response) => void response.end(bytesOf(parsed.slice(0, 4)))),
      hostile((_request, response) => void response.end(bytesOf(parsed.slice(2, 6)))),
    ])
    const found = await world.client.getCertificate({
      ...{ ...target(), game, timeoutMs: 3_000 },
      verifiers: [...urls, 'http://127.0.0.1:1'],
    })
    expect(found).toMatchObject({ status: 'assembled', weight: 6n * STAKE })
    expect(found.servers.map(({ attestations, problem }) => problem ?? attestations)).toEqual([
      256,
      7,
      expect.stringMatching(/message 0/),
      expect.any(String),
      'expected 200, got 500',
      'it did not answer in time',
      expect.stringMatching(/at most 98304 bytes, got more/),
      ...[4, 4],
      expect.any(String),
    ])
    await expect(
      world.client.getCertificate({ ...target(), game, verifiers: ['ftp://x'] }),
    ).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
    // A chain without fast exits, and a portal of before there were any.
    for (const portal of [testAccount(by.stranger).address, world.token.address]) {
      const contracts = { ...world.contracts, portal }
      await expect(world.client.getCertificate({ contracts, game })).rejects.toMatchObject({
        code: 'BRIDGE_FAST_NONE',
      })
    }
    const many = Array.from({ length: 17 }, () => node.url)
    await expect(world.client.getCertificate({ ...target(), game, verifiers: many })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
  }, 240_000)
})

describe('the relayer', () => {
  /** A clock that goes on when a test says so. */
  const handClock = () => {
    let now = Date.now()
    return {
      now: () => now,
      sleep: async () => {},
      advance: (seconds: number) => void (now += seconds * 1_000),
    }
  }
  async function service(options: Partial<BridgeOptions> = {}) {
    const storage = memoryStorage()
    await storage.start()
    const { addresses, chains } = world
    return bridge({
      ...{ l1: chains.l1, l2: chains.l2, storage },
      addresses: {
        portal: addresses.optimismPortal,
        l1StandardBridge: addresses.l1StandardBridge,
        l1Erc721Bridge: addresses.l1Erc721Bridge,
        l1Erc1155Bridge: addresses.l1Erc1155Bridge,
      },
      relayer: testAccount(by.relayer),
      ...{ graceMs: 0, fastLookMs: 0, fast: 'when-covered' as const, verifiers: [node.url] },
      ...options,
    })
  }
  /** Withdrawals in an assertion that nobody has proven. */
  async function made(withdrawals: Withdrawal[], signers: readonly number[] = verifiers): Promise<Address> {
    await world.l2.block(withdrawals)
    const game = await world.assertOutput()
    if (signers.length > 0) await node.hears(await world.attestations(game, signers))
    return game
  }
  const isPaid = ({ withdrawalHash }: Withdrawal) =>
    world.client.readContract({
      ...{ ...world.portal, functionName: 'finalizedWithdrawals' as const },
      args: [withdrawalHash],
    })

  test('pays early what is covered, and leaves the rest to the ordinary way, with the labels of both', async () => {
    const covered = world.made.ether(parseEther('1'))
    // Its fee is above what the relayer pays; that of tokens is not approved; a message is never fast.
    const dear = world.made.ether(parseEther('10.1'))
    const tokens = world.made.tokens(1_000n)
    const message = world.l2.withdrawal({ data: '0x01', gasLimit: 100_000n })
    const game = await made([covered, dear, tokens, message])
    const clock = handClock()
    const tested = await service({ clock })
    const of = (withdrawal: Withdrawal) => tested.withdrawal(withdrawal.withdrawalHash)!
    for (let i = 0; i < 2; i++) await tested.poll()
    expect(of(covered)).toMatchObject({ status: 'waitingToFinalize', label: 'covered-fast' })
    expect(of(covered).secondsToNextStep).toBeLessThanOrEqual(MIN_AGE)
    await world.pass(MIN_AGE)
    clock.advance(6)
    await tested.poll()
    expect(await Promise.all([covered, dear, tokens, message].map(isPaid))).toEqual([
      true,
      false,
      false,
      false,
    ])
    expect(of(covered)).toMatchObject({ status: 'finalized', label: 'covered-fast' })
    expect(of(dear)).toMatchObject({
      label: 'canonical',
      notFast: expect.stringContaining('the relayer pays'),
    })
    expect(of(tokens)).toMatchObject({ label: 'canonical', notFast: expect.stringContaining('allowance') })
    expect(of(message)).toMatchObject({
      label: 'canonical',
      notFast: expect.stringContaining('no insured class'),
    })
    expect(await tested.quote({ id: covered.withdrawalHash })).toMatchObject({ insured: true })
    expect(await tested.quote({ amount: 5n })).toMatchObject({ label: 'covered-fast' })
    expect(await tested.quote({ id: game as Hex })).toBeUndefined()
    await world.resolve(game)
    await world.pass(world.config.proofMaturityDelay + 1)
    clock.advance(6)
    await tested.poll()
    expect(await Promise.all([dear, tokens, message].map(isPaid))).toEqual([true, true, true])
    for (const each of [dear, tokens, message])
      expect(of(each)).toMatchObject({ status: 'finalized', label: 'canonical' })
    expect(await world.reservations()).toHaveLength(1)
  }, 240_000)

  test('pays early only where its policy says so, and what it spends on fees is bounded', async () => {
    const [first, second] = [world.made.ether(parseEther('2')), world.made.ether(parseEther('2'))]
    await made([first, second])
    await world.pass(MIN_AGE)
    const never = await service({ fast: 'never' })
    for (let i = 0; i < 2; i++) await never.poll()
    expect(never.withdrawal(first.withdrawalHash)).toMatchObject({ status: 'waitingToFinalize' })
    expect(never.withdrawal(first.withdrawalHash)).not.toHaveProperty('label')
    const clock = handClock()
    const bounded = await service({ clock, maxFastFeesPerAccount: 2n * 10n ** 15n })
    for (let i = 0; i < 3; i++) await bounded.poll()
    expect((await Promise.all([first, second].map(isPaid))).filter(Boolean)).toHaveLength(1)
    const waiting = bounded.withdrawals().find(({ status }) => status !== 'finalized')
    expect(waiting).toMatchObject({
      ...{ status: 'readyToFinalizeFast', waitsFor: expect.stringContaining('gwei of fees of an hour') },
    })
    clock.advance(3_600)
    await bounded.poll()
    expect(await Promise.all([first, second].map(isPaid))).toEqual([true, true])
  }, 240_000)

  test('takes the ordinary way where there is no certificate', async () => {
    const withdrawal = world.made.ether(1_000n)
    const game = await made([withdrawal], verifiers.slice(0, 3))
    const tested = await service({ verifiers: [node.url, 'http://127.0.0.1:1'] })
    for (let i = 0; i < 2; i++) await tested.poll()
    expect(tested.withdrawal(withdrawal.withdrawalHash)).toMatchObject({
      ...{ status: 'waitingToFinalize', label: 'canonical', failures: 0 },
      notFast: expect.stringContaining('Too few verifiers'),
    })
    await world.resolve(game)
    await world.pass(world.config.proofMaturityDelay + 1)
    await tested.poll()
    expect(tested.withdrawal(withdrawal.withdrawalHash)).toMatchObject({
      status: 'finalized',
      label: 'canonical',
    })
    expect(await world.reservations()).toHaveLength(0)
  }, 240_000)

  test('pays a fee once, wherever it stops: before it notes what it sent, after, and before it is included', async () => {
    const withdrawal = world.made.ether(parseEther('1'))
    await made([withdrawal])
    await world.pass(MIN_AGE)
    const kept = memoryStorage()
    await kept.start()
    /** Ends the process, as it were, when the fast transaction is to be noted the first time. */
    let dies = true
    const dying = {
      ...kept,
      batch: async (...args: Parameters<typeof kept.batch>) => {
        const text = args[0]
          .map((each) => (each.type === 'put' ? new TextDecoder().decode(each.value) : ''))
          .join()
        if (dies && text.includes('fastTransactionHash')) throw new Error('killed')
        return kept.batch(...args)
      },
    }
    const first = await service({ storage: dying })
    await first.poll()
    const nonceBefore = await world.client.getTransactionCount({ address: testAccount(by.relayer).address })
    // Nothing is included from here on.
    await world.l1.request('evm_setAutomine', [false])
    await world.l1.request('evm_setIntervalMining', [0])
    try {
      await first.poll()
      expect(await isPaid(withdrawal)).toBe(false)
      dies = false
      // A second run does not know of the first one's transaction, and makes the same again: one of them can be included.
      const second = await service({ storage: dying })
      const sending = second.poll()
      await until(
        async () =>
          Number(await world.l1.request('txpool_status').then((s) => (s as { pending: Hex }).pending)) > 0,
      )
      await new Promise((resolve) => setTimeout(resolve, 500))
      await world.l1.request('evm_mine')
      await sending
      const third = await service({ storage: dying })
      for (let i = 0; i < 2; i++) {
        const again = third.poll()
        await world.l1.request('evm_mine')
        await again
      }
      expect(third.withdrawal(withdrawal.withdrawalHash)).toMatchObject({
        ...{ status: 'finalized', label: 'covered-fast' },
      })
    } finally {
      await world.l1.request('evm_setAutomine', [true])
      await world.l1.request('evm_setIntervalMining', [1])
    }
    expect(await isPaid(withdrawal)).toBe(true)
    const reserved = await world.reservations()
    expect(reserved.map(({ args }) => args.fee)).toEqual([parseEther('0.001')])
    expect(await world.client.getTransactionCount({ address: testAccount(by.relayer).address })).toBe(
      nonceBefore + 1,
    )
  }, 240_000)

  test('waits for its own transaction that is not included yet, also after a restart', async () => {
    const withdrawal = world.made.ether(parseEther('1'))
    await made([withdrawal])
    await world.pass(MIN_AGE)
    const storage = memoryStorage()
    await storage.start()
    const first = await service({ storage })
    await first.poll()
    await world.l1.request('evm_setAutomine', [false])
    await world.l1.request('evm_setIntervalMining', [0])
    let stopped: Promise<void>
    try {
      // It is stopped while it waits for its transaction.
      stopped = first.poll()
      await until(async () => {
        const transfer = await service({ storage, relayer: undefined as never }).then((looks) =>
          looks.withdrawal(withdrawal.withdrawalHash),
        )
        return transfer?.fastTransactionHash !== undefined
      })
      const second = await service({ storage })
      for (let i = 0; i < 2; i++) await second.poll()
      expect(second.withdrawal(withdrawal.withdrawalHash)).toMatchObject({
        ...{ status: 'readyToFinalizeFast', waitsFor: 'its transaction to be included' },
      })
      await world.l1.request('evm_mine')
      await second.poll()
      expect(second.withdrawal(withdrawal.withdrawalHash)).toMatchObject({
        ...{ status: 'finalized', label: 'covered-fast', finalizeTransactionHash: expect.any(String) },
      })
      await stopped
    } finally {
      await world.l1.request('evm_setAutomine', [true])
      await world.l1.request('evm_setIntervalMining', [1])
    }
    expect(await world.reservations()).toHaveLength(1)
  }, 240_000)

  test('pays tokens early as far as the relayer’s account approved FastExits', async () => {
    const withdrawal = world.made.tokens(1_000n)
    await made([withdrawal])
    await world.pass(MIN_AGE)
    await world.mined(
      await world.wallet(0).writeContract({
        ...{ address: world.token.address, abi: erc20Abi, functionName: 'transfer' as const },
        args: [testAccount(by.relayer).address, 10n],
      }),
    )
    await world.mined(
      await world.wallet(by.relayer).writeContract({
        ...{ address: world.token.address, abi: erc20Abi, functionName: 'approve' as const },
        args: [world.exits.address, maxUint256],
      }),
    )
    const tested = await service()
    for (let n = 0; n < 2; n++) await tested.poll()
    expect(tested.withdrawal(withdrawal.withdrawalHash)).toMatchObject({
      status: 'finalized',
      label: 'covered-fast',
    })
    expect(await world.tokens(by.relayer)).toBe(9n)
    expect(await world.tokens(by.receiver)).toBe(1_000n)
  }, 240_000)
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('expected it to happen within a minute')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
