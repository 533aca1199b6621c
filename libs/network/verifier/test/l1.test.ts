import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Address } from '@animechain/core'
import { diligenceAbi, drillsAbi, fastExitsAbi } from '@animechain/contracts'
import {
  assemble,
  blocksTree,
  bodyOf,
  certificateId,
  checkInTree,
  decodeMessage,
  encodeCertify,
  epochAt,
  signMessage,
  signerOf,
  type Attestation,
  type Ballot,
} from '@animechain/network-protocol'
import { memoryStorage } from '@animechain/storage-memory'
import { eventually, testAccount } from '@animechain/testing'
import { parseEther, zeroAddress } from 'viem'
import {
  diligenceCalls,
  diligenceReads,
  drillCalls,
  drillCommitment,
  drillReads,
  exitEvents,
  l1Alarms,
  stakeCalls,
  type L1Alarms,
  type Opening,
} from '../src/index.js'
import { gameOf } from '../src/service/chain.js'
import {
  bisect,
  booksOf,
  coverInTokens,
  fundBridges,
  lieOfExits,
  moved,
  payEarly,
  proveAll,
  refillersOf,
} from './exits.js'
import {
  attestTo,
  challengePeriod,
  gossiping,
  joinAs,
  l1World,
  later,
  nextEpoch,
  person,
  resolveAll,
  running,
  testChain,
  untilDetails,
  writerOf,
  type L1World,
  type RunningVerifier,
  type TestChain,
} from './l1World.js'
import { assertingTransaction, reorgTo, withRoot } from './reorg.js'
import { hash, removeFolders } from './world.js'

const long = { timeoutMs: 120_000 }
const [anna, ben, liar] = [person(10), person(11), person(12)]

describe('verifiers on a real L1', () => {
  let world: L1World
  let chain: TestChain
  let verifiers: RunningVerifier[]
  /** of the liar, who follows no rules */
  let node: Awaited<ReturnType<typeof gossiping>>

  beforeAll(async () => {
    world = await l1World()
    for (const each of [anna, ben, liar]) await joinAs(world, each)
    await nextEpoch(world)
    chain = testChain(world)
    await chain.extend()
    const first = await running(world, anna, { chain })
    verifiers = [first, await running(world, ben, { chain, peers: first.node.addresses })]
    node = await gossiping(world, first.node.addresses)
  }, 240_000)
  afterAll(async () => {
    await node?.stop()
    for (const each of verifiers ?? []) await each.stop()
    await world?.close()
    await removeFolders()
  })

  /** Ballots for a batch, as the liar's node has them from gossip. */
  async function ballots(batchIndex: bigint): Promise<Ballot[]> {
    const found: Ballot[] = []
    for (const { bytes } of node.recent('attestation', { group: `${batchIndex}` })) {
      const decoded = decodeMessage('attestation', bytes)
      if (!decoded.ok) continue
      const key = await signerOf('attestation', world.domain, decoded.value)
      if (key) found.push({ key, attestation: decoded.value })
    }
    return found
  }
  const attested = (batchIndex: bigint) =>
    eventually(
      `attestations to batch ${batchIndex}`,
      async () => {
        const found = await ballots(batchIndex)
        return found.length === 2 ? found : undefined
      },
      long,
    )
  const stakeOf = async ({ owner }: typeof anna) => (await world.reads.member(owner.address)).stake
  /** What the liar signs, against the right attestation of another. */
  const lieAbout = (right: Attestation, name: string): Attestation => ({
    ...right,
    outputRoot: hash(name),
    blocksRoot: hash(`${name}, blocks`),
  })

  test('attest to what L1 finalised; two of three are a certificate, which is released once its game is accepted', async () => {
    await later(world, 1)
    const found = await attested(0n)
    const { message } = found[0]!.attestation
    const body = bodyOf(message)
    const weights = await world.reads.weights(
      body.epoch,
      [anna, ben, liar].map(({ key }) => key.address),
    )
    expect(weights).toMatchObject({ epoch: body.epoch, total: parseEther('30') })
    const made = assemble(body, found, { weights, minSigners: 2 })
    if (!made.ok) throw new Error(made.why)
    const to = world.contracts.fastExits
    const data = encodeCertify(made.certificate)
    const sent = await writerOf(world, liar.owner).send({ what: 'certify', to, data, maxGas: 1_000_000n })
    expect(sent.status).toBe('ok')
    const at = { address: to, abi: fastExitsAbi } as const
    const certificate = () =>
      world.client.readContract({ ...at, functionName: 'certificateOf', args: [certificateId(body)] })
    expect(await certificate()).toMatchObject({ status: 1, epoch: body.epoch })
    await later(world, challengePeriod + 1)
    await resolveAll(world)
    await later(world, 1)
    await eventually('the release', async () => (await certificate()).status === 2, long)
    await untilDetails('no open certificate', verifiers[0]!, ({ certificates }) => certificates === 0)
  }, 240_000)

  test('have one slashed that attests to a wrong root, though it is leaving; the finder is credited', async () => {
    const batchIndex = await chain.extend()
    await later(world, 1)
    const [right] = await attested(batchIndex)
    const leaving = await writerOf(world, liar.owner).send(stakeCalls(world.contracts).leave())
    expect(leaving.status).toBe('ok')
    await attestTo(world, node, liar, lieAbout(right!.attestation.message, 'a lie'))
    for (const each of verifiers) await untilDetails('evidence of the lie', each, ({ wrong }) => wrong === 1)
    expect(await stakeOf(liar)).toBe(parseEther('10'))
    await later(world, challengePeriod + 1)
    await resolveAll(world)
    await later(world, 1)
    await eventually('the slashing', async () => (await stakeOf(liar)) === 0n, long)
    const credits = await Promise.all(
      [anna, ben].map(({ key }) => world.reads.credit(zeroAddress, key.address)),
    )
    // A tenth of what was slashed, to one of them; unless it was claimed for its owner already.
    expect(credits.reduce((a, b) => a + b)).toBeLessThanOrEqual(parseEther('1'))
    await untilDetails('nothing left to do', verifiers[0]!, ({ wrong }) => wrong === 0)
  }, 240_000)

  test('have one pay at once that signs two trees of a batch, and slashed that attests to two roots', async () => {
    const [twice, split] = [person(13), person(16)]
    for (const each of [twice, split]) await joinAs(world, each)
    await nextEpoch(world)
    const batchIndex = await chain.extend()
    await later(world, 1)
    const [right] = await attested(batchIndex)
    const { message } = right!.attestation
    await attestTo(world, node, split, message)
    await attestTo(world, node, split, { ...message, blocksRoot: hash('another tree') })
    await eventually('the penalty', async () => (await stakeOf(split)) === parseEther('9'), long)
    await attestTo(world, node, twice, message)
    await attestTo(world, node, twice, lieAbout(message, 'another root'))
    await eventually('the slashing', async () => (await stakeOf(twice)) === 0n, long)
    // Nobody waited for the batch to be decided.
    expect(await world.reads.isAccepted(message.game)).toBe(false)
  }, 240_000)

  /** What somebody checks in that attested to the right root, and made up the tree of blocks. */
  async function dishonest(epoch: bigint, right: Attestation) {
    const { key } = person(15)
    const firstBlock = right.l2BlockNumber - 2n
    const salt = hash('salt')
    const outputRoots = [1, 2, 3].map((block) => hash(`made up ${block}`))
    const tree = blocksTree({ key: key.address, salt, firstBlock, outputRoots })
    const message: Attestation = { ...right, epoch, blocksRoot: tree.root }
    const { signature } = await signMessage(key, 'attestation', world.domain, message)
    const body = bodyOf(message)
    const checkIn = checkInTree([
      { bodyId: certificateId(body), blocksRoot: tree.root, firstBlock, blocks: 3n },
    ])
    return {
      ...{ root: checkIn.root, batchIndex: right.batchIndex },
      opening: (word: bigint): Opening => ({
        ...{ body, blocksRoot: tree.root, signature, salt, checkInPath: checkIn.proof(0) },
        outputRoot: outputRoots[Number(word % 3n)]!,
        blockPath: tree.proof(Number(word % 3n)),
      }),
    }
  }

  test('check in and answer draws; who does not check in or answer pays, and who answers what is not so', async () => {
    const [silent, careless, away] = [person(14), person(15), person(17)]
    for (const each of [silent, careless, away]) await joinAs(world, each)
    const epoch = await nextEpoch(world)
    await chain.extend()
    await later(world, 1)
    const [right] = await attested((await world.settlement.assertionCount()) - 1n)
    const answered = await dishonest(epoch, right!.attestation.message)
    await nextEpoch(world)
    const to = world.contracts.diligence!
    const calls = diligenceCalls(to)
    const call = calls.checkIn(epoch, silent.key.address, hash('no tree'), 0n, 1)
    expect((await writerOf(world, silent.key).send(call)).status).toBe('ok')
    const guess = calls.checkIn(epoch, careless.key.address, answered.root, answered.batchIndex, 1)
    expect((await writerOf(world, careless.key).send(guess)).status).toBe('ok')
    const at = { address: to, abi: diligenceAbi } as const
    const statusOf = async ({ owner }: typeof anna) =>
      (await world.client.readContract({ ...at, functionName: 'checkInOf', args: [epoch, owner.address] }))
        .status
    for (const each of [anna, ben])
      await eventually('the check-in', async () => (await statusOf(each)) === 1, long)
    await nextEpoch(world)
    for (const each of [anna, ben])
      await eventually('the answer', async () => (await statusOf(each)) === 2, long)
    expect(await statusOf(silent)).toBe(1)
    const { word } = await diligenceReads(world.client, to).pick(epoch, careless.owner.address)
    const reveal = calls.reveal(epoch, careless.owner.address, answered.opening(word))
    expect(await writerOf(world, careless.key).send(reveal)).toMatchObject({ status: 'ok' })
    await later(world, 30)
    for (const each of [silent, away]) {
      await eventually('the penalty', async () => (await statusOf(each)) === 3, long)
      expect(await stakeOf(each)).toBe(parseEther('9.9'))
    }
    await later(world, challengePeriod + 1)
    await resolveAll(world)
    await later(world, 1)
    await eventually('the disproof', async () => (await statusOf(careless)) === 4, long)
    // A tenth for the answer, and not for the tree that it shows: it signed one.
    expect(await stakeOf(careless)).toBe(parseEther('9'))
  }, 240_000)

  test('and watchers without stake raise alarms on L1; the first of a drill wins its bounty, over a restart, and the others lose nothing more', async () => {
    const { client, contracts, reads, l1 } = world
    const drills = contracts.drills!
    const calls = drillCalls(drills)
    const onL1 = drillReads(client, drills)
    const [maker, account] = [testAccount(18), testAccount(19)]
    const made = writerOf(world, maker)
    const batchIndex = await chain.extend()
    await attested(batchIndex)
    // Nobody disputed the right one for as long as it takes: what comes now cannot win, and needs no dispute.
    await later(world, challengePeriod + 1)
    for (const each of await world.settlement.getAssertions(0n, 100))
      if (each.status === 'pending' && each.batchIndex < batchIndex) await world.settlement.resolve(each.id)
    const right = (await world.settlement.getAssertions(0n, 100)).find(
      (each) => each.batchIndex === batchIndex,
    )!
    const { batchAcc } = right
    const [salt, outputRoot] = [hash('salt of the drill'), hash('a drill')]
    const commitment = drillCommitment({ maker: maker.address, salt, batchIndex, batchAcc, outputRoot })
    const bounty = await onL1.leastBounty()
    expect(await made.send(calls.commitDrill(commitment, bounty))).toMatchObject({ status: 'ok' })
    await later(world, 1)
    const lie = await chain.assert(batchIndex, outputRoot)

    const store = memoryStorage()
    await store.start()
    const writer = writerOf(world, account)
    const watching = (feePerDay?: bigint, of = store) =>
      l1Alarms({
        ...{ client, drills, reads, writer, store: of },
        acceptedGame: async () => ((await reads.isAccepted(gameOf(right))) ? gameOf(right) : undefined),
        ...(feePerDay && { feePerDay }),
      })
    const poor = memoryStorage()
    await poor.start()
    const frugal = watching(1_000n, poor)
    await frugal.found(lie, right.outputRoot)
    await frugal.step()
    expect(await client.getTransactionCount({ address: account.address })).toBe(0)

    // Of the same second as the assertion, as anvil's next block can be, a commitment would not count.
    await l1.request('evm_setNextBlockTimestamp', [Number((await client.getBlock()).timestamp) + 1])
    const first = watching()
    await Promise.all([first.found(lie, right.outputRoot), first.found(lie, right.outputRoot)])
    await first.step()
    const paid = await client.getBalance({ address: account.address })
    expect(await client.getTransactionCount({ address: account.address })).toBe(1)
    // The members find it once it is final, after that.
    await later(world, 1)
    const committed = () => client.readContract({ address: drills, abi: drillsAbi, functionName: 'alarms' })
    await eventually('the alarms of both members', async () => (await committed()) === 3n, long)

    const again = watching()
    await again.found(lie, right.outputRoot)
    await again.step()
    expect(await client.getTransactionCount({ address: account.address })).toBe(1)
    await later(world, 1)
    expect(await made.send(calls.revealDrill(salt, gameOf(lie), gameOf(right)))).toMatchObject({
      status: 'ok',
    })
    expect(await world.settlement.resolve(right.id)).toMatchObject({ status: 'ok' })
    await later(world, 1)
    const stepUntil = (what: string, isSo: () => Promise<boolean>) =>
      eventually(
        what,
        async () => {
          await again.step()
          return isSo()
        },
        long,
      )
    const drill = async () => (await onL1.drill(commitment))!
    await stepUntil('the reveal', async () => (await drill()).winner === account.address)
    expect(await drill()).toMatchObject({ best: 1n, rightRoot: right.outputRoot, bounty })
    await later(world, 30)
    await stepUntil('the end', () => Promise.resolve(again.counts().ended.won === 1))
    expect(await onL1.credit(account.address)).toBe(0n)
    expect(await client.getBalance({ address: account.address })).toBeGreaterThan(paid + bounty / 2n)
    for (const each of verifiers)
      await untilDetails('a race that is lost', each, (details) => {
        const { ended } = details.l1Alarms as unknown as ReturnType<L1Alarms['counts']>
        return ended.lost === 1
      })
    expect(await l1.request('eth_getBalance', [drills, 'latest'])).toBe('0x0')
  }, 240_000)

  test('refill the portal and the bridge, to the wei, where exits were paid early under a lie of two thirds', async () => {
    const liars = [person(7), person(8)]
    const [payer] = liars.map(({ owner }) => owner)
    await fundBridges(world)
    for (const each of liars) {
      await joinAs(world, each, parseEther('200'))
      await coverInTokens(world, each, 100_000n)
    }
    await nextEpoch(world)
    const before = await booksOf(world)
    expect(before).toMatchObject({ reservedEther: 0n, reservedTokens: 0n, owed: 0n })
    const batchIndex = await chain.append()
    const output = lieOfExits(world)
    const lie = await chain.assert(batchIndex, output.root)
    const { batchAcc, blockNumber: l2BlockNumber, outputRoot, createdAt } = lie
    const epoch = epochAt(createdAt, await world.reads.rules())
    const body = { game: gameOf(lie), batchIndex, batchAcc, l2BlockNumber, outputRoot, epoch }
    const ballots = await Promise.all(
      liars.map(async ({ key }): Promise<Ballot> => {
        const message: Attestation = { ...body, blocksRoot: hash(`made up by ${key.address}`) }
        return {
          key: key.address.toLowerCase() as Address,
          attestation: await signMessage(key, 'attestation', world.domain, message),
        }
      }),
    )
    const keys = [anna, ben, ...liars].map(({ key }) => key.address)
    const weights = await world.reads.weights(epoch, keys)
    const made = assemble(body, ballots, { weights, minSigners: 2 })
    if (!made.ok) throw new Error(made.why)
    await proveAll(world, payer!, output, lie)
    // The lie must be old enough, and nobody disputes it yet.
    await world.l1.request('evm_increaseTime', [Number((await world.reads.rules()).minAge)])
    await payEarly(world, payer!, output, 0, { body, votes: made.certificate.votes })
    const events = exitEvents(world.client, world.contracts)
    const { posted } = await events.next(0n, await world.client.getBlockNumber())
    const id = certificateId(body)
    const { signers } = posted.find((each) => each.id === id)!
    await payEarly(world, payer!, output, 1, { body, signers })
    expect(await booksOf(world)).toEqual({
      ether: before.ether - moved.ether,
      ...{ tokens: before.tokens - moved.tokens, deposits: before.deposits - moved.tokens },
      ...{ reservedEther: moved.ether, reservedTokens: moved.tokens, owed: 0n },
    })

    const right = await chain.assert(batchIndex)
    const update = await bisect(world, payer!, right)
    await later(world, challengePeriod + 1)
    await update()
    await resolveAll(world)
    expect(await world.settlement.resolve(right.id)).toMatchObject({ status: 'ok' })
    await later(world, 1)
    const isRefilled = async () => {
      const now = await booksOf(world)
      return now.reservedEther === 0n && now.reservedTokens === 0n && now
    }
    expect(await eventually('the refill in ether and in tokens', isRefilled, long)).toEqual(before)
    // Members did it, the ether and the tokens.
    const refillers = await refillersOf(world, id)
    expect(refillers).toHaveLength(2)
    for (const from of refillers) expect(keys.slice(0, 2).map((key) => key.toLowerCase())).toContain(from)
    for (const each of liars) expect(await stakeOf(each)).toBe(0n)
    for (const each of verifiers)
      await untilDetails('nothing left to do', each, (now) => now.certificates === 0 && now.wrong === 0)
  }, 240_000)

  test('notice another assertion in the place of one that they attested to, after a reorg of L1, and sign nothing else for its batch', async () => {
    const { client, l1, settlement } = world
    const batchIndex = await chain.append()
    const fork = await client.getBlockNumber({ cacheTime: 0 })
    await l1.request('anvil_mine', ['0x4'])
    const right = await chain.assert(batchIndex)
    await later(world, 1)
    const before = await attested(batchIndex)
    const count = await settlement.assertionCount()
    const alarmsOf = (details: Record<string, unknown>) => (details.duties as { alarm?: number }).alarm ?? 0
    const raised = verifiers.map(({ verifier }) => alarmsOf(verifier.health().details))
    const asserting = await assertingTransaction(world, fork)
    const lie = { blockNumber: right.blockNumber, outputRoot: hash('another one in its place') }
    await reorgTo(world, fork, await withRoot(world, asserting, lie))
    // As many as before, with the same batch of the inbox.
    expect(await settlement.assertionCount()).toBe(count)
    const [other] = await settlement.getAssertions(count - 1n, 1)
    const { index, batchAcc } = right
    expect(other).toMatchObject({ index, batchIndex, batchAcc, outputRoot: lie.outputRoot })
    for (const [i, each] of verifiers.entries())
      await untilDetails('an alarm about it', each, (details) => alarmsOf(details) > raised[i]!)

    // The right root again, by somebody else: another game, for which there is no other signature.
    const { to, input: data, value } = asserting
    const call = { what: 'assert it anew', to: to!, data, value, maxGas: 2_000_000n }
    expect(await writerOf(world, testAccount(3)).send(call)).toMatchObject({ status: 'ok' })
    const [again] = await settlement.getAssertions(count, 1)
    expect(again).toMatchObject({ batchIndex, batchAcc, outputRoot: right.outputRoot })
    await later(world, 1)
    const why = { batchIndex, game: gameOf(again!), why: 'the batch is attested to', before: gameOf(right) }
    for (const { said, log } of verifiers) {
      await eventually(
        'why it is not attested to',
        async () => said.find(({ fields }) => fields.game === why.game),
        long,
      )
      expect(said.at(-1)).toEqual({ message: 'not attested', fields: why })
      expect((await log.find(batchIndex, batchAcc))!.message.game).toBe(gameOf(right))
    }
    expect(await ballots(batchIndex)).toEqual(before)
  }, 240_000)

  test('leave, and are paid after unbonding', async () => {
    const calls = stakeCalls(world.contracts)
    const owner = writerOf(world, ben.owner)
    expect((await owner.send(calls.leave())).status).toBe('ok')
    expect(await owner.send(calls.withdraw(ben.owner.address))).toMatchObject({
      status: 'rejected',
      reason: expect.stringContaining('StakeRegistry_NotYet'),
    })
    await later(world, Number((await world.reads.role()).unbonding) + 1)
    expect((await owner.send(calls.withdraw(ben.owner.address))).status).toBe('ok')
    expect((await world.reads.member(ben.owner.address)).key).toBe(zeroAddress)
  }, 240_000)
})
