import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { diligenceAbi, fastExitsAbi } from '@animechain/contracts'
import {
  assemble,
  blocksTree,
  bodyOf,
  certificateId,
  checkInTree,
  decodeMessage,
  encodeCertify,
  signMessage,
  signerOf,
  type Attestation,
  type Ballot,
} from '@animechain/network-protocol'
import { eventually } from '@animechain/testing'
import { parseEther, zeroAddress } from 'viem'
import { diligenceCalls, diligenceReads, stakeCalls, type Opening } from '../src/index.js'
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
