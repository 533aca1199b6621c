import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { certificateId, epochAt } from '@animechain/network-protocol'
import { memoryStorage } from '@animechain/storage-memory'
import { testAccount } from '@animechain/testing'
import { parseEther, toHex, zeroAddress, type Address, type Hex } from 'viem'
import { bridge, type Bridge, type ExitCertificate, type Withdrawal } from '../src/index.js'
import { by, fastWorld, MIN_AGE, verifiers, type FastWorld } from './fastWorld.js'

const DEPTH = 64n
const VALUE = parseEther('2')
const FEE = VALUE / 1_000n

let world: FastWorld
let node: Awaited<ReturnType<FastWorld['verifierNode']>>

beforeAll(async () => {
  world = await fastWorld()
  // A block for each transaction and none besides, so that it is known how deep a reorg is.
  await world.l1.request('evm_setIntervalMining', [0])
  await world.l1.request('evm_setAutomine', [true])
}, 600_000)
beforeEach(async () => {
  node = await world.verifierNode()
})
afterAll(() => world?.stop())

const head = () => world.client.getBlock({ blockTag: 'latest' })
/** The next block has this time. */
const at = (time: bigint) => world.l1.request('evm_setNextBlockTimestamp', [Number(time)])
const ask = () => ({ targetChain: world.chains.l2, verifiers: [node.url] })
const isPaid = ({ withdrawalHash }: Withdrawal) =>
  world.client.readContract({
    ...{ ...world.portal, functionName: 'finalizedWithdrawals' as const },
    args: [withdrawalHash],
  })
const nonceOf = (index: number) =>
  world.client.getTransactionCount({ address: testAccount(index).address, blockTag: 'latest' })

/** A transaction as it was signed, and when it was included. */
interface Signed {
  from: string
  hash: Hex
  raw: Hex
  time: bigint
}

/** L1 goes back 64 blocks, to this one, and has 64 others instead, which are empty. Answers the transactions that are gone, the oldest first. */
async function reorgTo(fork: bigint): Promise<Signed[]> {
  const { number } = await head()
  expect(number - fork).toBeLessThan(DEPTH)
  const gone: Signed[] = []
  for (let n = fork + 1n; n <= number; n++) {
    const block = await world.client.getBlock({ blockNumber: n, includeTransactions: true })
    for (const { from, hash } of block.transactions) {
      const raw = await world.l1.request<Hex>('eth_getRawTransactionByHash', [hash])
      gone.push({ from: from.toLowerCase(), hash, raw, time: block.timestamp })
    }
  }
  await world.l1.request('anvil_mine', [toHex(fork + DEPTH - number), '0x1'])
  const before = await head()
  await world.l1.request('anvil_reorg', [Number(DEPTH), []])
  const after = await head()
  expect([before.number, after.number]).toEqual([fork + DEPTH, fork + DEPTH])
  expect(after.hash).not.toBe(before.hash)
  return gone
}

const sentBy = (gone: readonly Signed[], index: number) =>
  gone.filter(({ from }) => from === testAccount(index).address.toLowerCase())

/** Includes a signed transaction once more. Answers whether it worked. */
async function again({ raw, hash }: Signed): Promise<'success' | 'reverted'> {
  await world.l1.request('eth_sendRawTransaction', [raw])
  return (await world.client.waitForTransactionReceipt({ hash })).status
}

/** What there is, wei. */
async function books() {
  const { client, portal, exits } = world
  const [bridged, fees, reserved, receiver] = await Promise.all([
    client.getBalance(portal),
    client.getBalance(exits),
    client.readContract({ ...exits, functionName: 'reserved', args: [zeroAddress] }),
    world.balance(by.receiver),
  ])
  return { bridged, fees, reserved, receiver }
}
type Books = Awaited<ReturnType<typeof books>>
/** The books after one exit was paid early: what the portal paid is reserved, and its fee is there once. */
const afterOne = ({ bridged, fees, reserved, receiver }: Books): Books => ({
  bridged: bridged - VALUE,
  fees: fees + FEE,
  reserved: reserved + VALUE,
  receiver: receiver + VALUE,
})

/** What is reserved under a certificate, and the fees of it, wei. */
const under = async ({ body }: ExitCertificate) => {
  const of = { ...world.exits, args: [certificateId(body), zeroAddress] as const }
  return Promise.all([
    world.client.readContract({ ...of, functionName: 'reservedOf' }),
    world.client.readContract({ ...of, functionName: 'feesOf' }),
  ])
}

/** The certificate that can be made of what the verifiers' node has. */
async function assembled(game: Address) {
  const found = await world.client.getCertificate({ ...ask(), game })
  if (found.status !== 'assembled') throw new Error(`expected votes, got ${found.status}`)
  return found.certificate
}

/** Whether L1 takes votes for a body, without posting them. */
const certify = ({ body }: Pick<ExitCertificate, 'body'>, { votes }: Awaited<ReturnType<typeof assembled>>) =>
  world.client.simulateContract({
    ...{ ...world.exits, functionName: 'certify' as const, args: [body, votes] as const },
    account: testAccount(by.stranger),
  })
const finalize = (withdrawal: Withdrawal, certificate: ExitCertificate) =>
  world.wallet(by.user).finalizeWithdrawalFast({
    ...{ targetChain: world.chains.l2, withdrawal, certificate },
    proofSubmitter: testAccount(by.relayer).address,
  })

/** A relayer, with a clock that a test moves. */
async function relayer() {
  let now = Date.now()
  const storage = memoryStorage()
  await storage.start()
  const { addresses, chains } = world
  const service: Bridge = await bridge({
    ...{ l1: chains.l1, l2: chains.l2, storage, relayer: testAccount(by.relayer) },
    addresses: {
      portal: addresses.optimismPortal,
      l1StandardBridge: addresses.l1StandardBridge,
      l1Erc721Bridge: addresses.l1Erc721Bridge,
      l1Erc1155Bridge: addresses.l1Erc1155Bridge,
    },
    ...{ graceMs: 0, fastLookMs: 0, fast: 'when-covered', verifiers: [node.url] },
    clock: { now: () => now, sleep: async () => {} },
  })
  return {
    /** Looks, a while later. */
    async poll(times = 1) {
      for (let n = 0; n < times; n++) {
        now += 60_000
        await service.poll()
      }
    },
    of: ({ withdrawalHash }: Withdrawal) => service.withdrawal(withdrawalHash),
  }
}

/** Begins an epoch of stake, so that what comes next is all in it. */
async function beginEpoch(): Promise<void> {
  const of = world.registry
  const [epochStart, epochLength] = await Promise.all([
    world.client.readContract({ ...of, functionName: 'epochStart' }),
    world.client.readContract({ ...of, functionName: 'epochLength' }),
  ])
  const { timestamp } = await head()
  await at(epochStart + epochAt(timestamp, { epochStart, epochLength }) * epochLength)
  await world.l1.request('evm_mine')
}

/** A withdrawal that the relayer paid early, out of a certificate that it posted. */
async function paidEarly() {
  const withdrawal = world.made.ether(VALUE)
  const service = await relayer()
  await beginEpoch()
  const start = await head()
  const before = await books()
  await world.l2.block([withdrawal])
  const game = await world.assertOutput()
  const asserted = await head()
  await node.hears(await world.attestations(game))
  const certificate = await assembled(game)
  await service.poll(2)
  await world.pass(MIN_AGE)
  await service.poll()
  expect(service.of(withdrawal)).toMatchObject({ status: 'finalized', label: 'covered-fast' })
  expect(await books()).toEqual(afterOne(before))
  expect(await under(certificate)).toEqual([VALUE, FEE])
  return { withdrawal, service, start, before, game, asserted, certificate }
}

/** Nobody gets a withdrawal paid once more, and the books are as after one. */
async function paidOnce(withdrawal: Withdrawal, before: Books, tried: readonly ExitCertificate[]) {
  expect(await isPaid(withdrawal)).toBe(true)
  for (const certificate of tried)
    await expect(finalize(withdrawal, certificate)).rejects.toMatchObject({ code: 'BRIDGE_FAST_FINALIZED' })
  expect(await books()).toEqual(afterOne(before))
}

describe('L1 goes back 64 blocks under a certificate', () => {
  test('another batch comes: what was signed for the first is worth nothing, and the withdrawal is paid out of a new certificate, once', async () => {
    const { withdrawal, service, start, before, game, certificate } = await paidEarly()
    const [prove, pay] = sentBy(await reorgTo(start.number), by.relayer)
    expect(await books()).toEqual(before)
    expect(await isPaid(withdrawal)).toBe(false)
    expect(await under(certificate)).toEqual([0n, 0n])

    // The same blocks with the same output, in other bytes.
    world.buildOn(zeroAddress)
    const other = await world.assertOutput('0x01')
    const found = await world.client.getCertificate({ ...ask(), game: other })
    expect(found).toMatchObject({ status: 'missing', weight: 0n, servers: [{ attestations: 0 }] })
    const { outputRoot, l2BlockNumber, batchIndex } = certificate.body
    expect(found.body).toMatchObject({ outputRoot, l2BlockNumber, batchIndex })
    expect(found.body.batchAcc).not.toBe(certificate.body.batchAcc)
    expect(found.body.game).not.toBe(game)
    // The proof holds there too: its output is the same. The certificate does not, whatever it is said to be of.
    expect(await again(prove!)).toBe('success')
    await world.pass(MIN_AGE)
    expect(await again(pay!)).toBe('reverted')
    await expect(certify(certificate, certificate)).rejects.toThrow('FastExits_WrongGame')
    for (const body of [
      { ...certificate.body, game: other },
      { ...certificate.body, batchAcc: found.body.batchAcc },
    ])
      await expect(certify({ body }, certificate)).rejects.toThrow('FastExits_WrongGame')
    await expect(certify(found, certificate)).rejects.toThrow(/BadSignature|NotActive/)
    await expect(finalize(withdrawal, certificate)).rejects.toMatchObject({ code: 'BRIDGE_FAST_WRONG_GAME' })
    await service.poll()
    expect(service.of(withdrawal)).toMatchObject({
      ...{ status: 'waitingToFinalize', label: 'canonical' },
      notFast: expect.stringContaining('Too few verifiers'),
    })
    expect(await books()).toEqual(before)

    await node.hears(await world.attestations(other))
    await service.poll(2)
    expect(service.of(withdrawal)).toMatchObject({ status: 'finalized', label: 'covered-fast' })
    expect(await world.reservations()).toHaveLength(1)
    expect(await under(certificate)).toEqual([0n, 0n])
    expect(await under(found as never)).toEqual([VALUE, FEE])
    const standing = await world.client.getCertificate({ ...ask(), game: other })
    await paidOnce(withdrawal, before, [
      certificate,
      (standing as { certificate: ExitCertificate }).certificate,
    ])
  }, 120_000)

  test.each([true, false])(
    'the same game comes again in the same epoch, and the payment (%s) or not: it is paid once, and the relayer pays one fee',
    async (comesAgain) => {
      const { withdrawal, service, before, game, asserted, certificate } = await paidEarly()
      const { length } = await world.reservations()
      // The batch stays: its accumulator names the block of L1 that it came in.
      const gone = await reorgTo(asserted.number - 1n)
      expect(await books()).toEqual(before)
      const { timestamp } = await head()
      await at(timestamp > asserted.timestamp ? timestamp : asserted.timestamp)
      expect(await again(sentBy(gone, by.proposer)[0]!)).toBe('success')
      expect(await assembled(game)).toEqual(certificate)
      const [prove, pay] = sentBy(gone, by.relayer)
      if (comesAgain) {
        expect(await again(prove!)).toBe('success')
        await world.pass(MIN_AGE)
        expect(await again(pay!)).toBe('success')
      } else await world.pass(MIN_AGE)
      const nonce = await nonceOf(by.relayer)
      await service.poll(3)
      expect(service.of(withdrawal)).toMatchObject({ status: 'finalized', label: 'covered-fast' })
      expect((await nonceOf(by.relayer)) - nonce).toBe(comesAgain ? 0 : 2)
      expect(await world.reservations()).toHaveLength(length)
      expect(await under(certificate)).toEqual([VALUE, FEE])
      // What was signed before has a number that is used.
      await expect(again(pay!)).rejects.toThrow()
      await paidOnce(withdrawal, before, [certificate])
    },
    120_000,
  )

  test('the same game comes again in another epoch: votes of the old one and of the new one pay it once together', async () => {
    const { withdrawal, service, before, game, asserted, certificate } = await paidEarly()
    const gone = await reorgTo(asserted.number - 1n)
    await at(asserted.timestamp + 2n * BigInt(world.config.network!.epochLength))
    expect(await again(sentBy(gone, by.proposer)[0]!)).toBe('success')
    const found = await world.client.getCertificate({ ...ask(), game })
    // The relayer looks for votes of the epoch that the game is of now.
    expect(found).toMatchObject({ status: 'missing', weight: 0n, body: { game } })
    expect(found.body).toEqual({ ...certificate.body, epoch: certificate.body.epoch + 2n })
    await service.poll(2)
    await world.pass(MIN_AGE)
    await service.poll()
    expect(service.of(withdrawal)).toMatchObject({ status: 'waitingToFinalize', label: 'canonical' })
    // They vouch for this very assertion, so that who kept them may use them.
    await world.mined(await finalize(withdrawal, certificate))
    await service.poll()
    expect(service.of(withdrawal)).toMatchObject({ status: 'finalized', label: 'covered-fast' })
    await node.hears(await world.attestations(game, verifiers))
    await paidOnce(withdrawal, before, [certificate])
    expect(await under(found as never)).toEqual([0n, 0n])
    expect(await under(certificate)).toEqual([VALUE, FEE])
  }, 120_000)
})
