import { networkRoles } from '@animechain/contracts'
import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { challengeTreeAbi } from '@animechain/contracts/ChallengeTree'
import { disputeGameFactoryAbi } from '@animechain/contracts/DisputeGameFactory'
import { fastExitsAbi } from '@animechain/contracts/FastExits'
import { feeSplitterAbi } from '@animechain/contracts/FeeSplitter'
import { inboxAbi } from '@animechain/contracts/Inbox'
import { optimismPortalAbi } from '@animechain/contracts/OptimismPortal'
import { stakeRegistryAbi } from '@animechain/contracts/StakeRegistry'
import { keccak256Hex, type Address, type Hash, type Hex } from '@animechain/core'
import {
  certificateId,
  encodeCertify,
  encodeSlashEquivocation,
  keyProofTypedData,
  toCompact,
  type CertificateBody,
} from '@animechain/network-protocol'
import { testAccount, withdrawalOutput, type TestOutput } from '@animechain/testing'
import { concatHex, encodeAbiParameters, encodeFunctionData, hexToBytes, toHex, zeroAddress } from 'viem'
import { ACTORS, FINDER, durationOf, withdrawalsOf, type Action } from './actions.js'
import { people, remoteToken, type World } from './chain.js'
import { diligenceKinds } from './diligence.js'
import { Drilling, rivalRoot } from './drilling.js'
import { drillKinds } from './drills.js'
import { attest, Duties, type Asserted } from './duties.js'
import { START } from './model.js'
import { setting } from './registry.js'
import { withdrawalsAt } from './withdrawals.js'

const VERIFIER = networkRoles.verifier
const BOND = 10n ** 17n
/** Levels of a history. */
const DEPTH = 13
/** Code that reverts whatever comes: PUSH0  PUSH0  REVERT. */
const REFUSING: Hex = '0x5f5ffd'
const LIE: Hash = `0x${'11'.repeat(32)}`

interface Claim extends Asserted {
  number: number
  output: TestOutput
  history: readonly Hash[]
  rival?: { game: Address; history: readonly Hash[]; wins: boolean }
}

interface Posted {
  id: Hash
  claim: Claim
  body: CertificateBody
  signers: readonly { member: Address; stake: bigint }[]
}

const registry = (functionName: string, args: readonly unknown[]): Hex =>
  encodeFunctionData({ abi: stakeRegistryAbi, functionName, args } as never)
const exits = (functionName: string, args: readonly unknown[]): Hex =>
  encodeFunctionData({ abi: fastExitsAbi, functionName, args } as never)

/** Does actions on the contracts. */
export class Contracts {
  now = START
  readonly claims: Claim[] = []
  readonly posted: Posted[] = []
  readonly duties: Duties
  readonly drilling: Drilling
  #open = false
  readonly #batches: { acc: Hash; lastBlock: bigint }[] = []

  constructor(readonly world: World) {
    this.duties = new Duties(world, this.claims)
    const batch = async (number: number, at: bigint) => (await this.#batch(number, at)).acc
    this.drilling = new Drilling(world, { claims: this.claims, batch })
  }

  /** Whether the contracts allowed it. */
  async act(action: Action): Promise<boolean> {
    const at = this.now + 1n
    this.now += durationOf(action)
    const { kind, a, b, amount } = action
    const { addresses } = this.world
    const member = people.members[a] ?? people.finder
    const stake = (data: Hex, value = 0n) => this.world.send(at, member, addresses.stakeRegistry, data, value)
    switch (kind) {
      case 'pass':
        return true
      case 'join':
        return stake(await this.#join(a), amount)
      case 'stake':
        return stake(registry('stake', [VERIFIER]), amount)
      case 'stakeToken':
        return stake(registry('stakeToken', [VERIFIER, this.world.token, amount]))
      case 'leave':
        return stake(registry('leave', [VERIFIER]))
      case 'withdraw':
        return stake(registry('withdraw', [VERIFIER, member]))
      case 'withdrawToken':
        return stake(registry('withdrawToken', [VERIFIER, this.world.token, member]))
      case 'takePlace':
        return stake(registry('takePlace', [VERIFIER, member]))
      case 'fees':
        return this.world.send(at, people.user, addresses.feeSplitter, '0x', amount)
      case 'split':
        return this.#split(a === 1, at)
      case 'take':
        return this.#take(member, amount, at)
      case 'claim':
        return this.#claim(amount, at)
      case 'certify':
        return this.#certify(b, at)
      case 'exit':
        return this.#exit(a, b, at)
      case 'decide':
        return this.#decide(at)
      case 'rival':
        return this.#rival(a === 0, at)
      default:
        if (drillKinds.has(kind)) return this.drilling.act(action, at)
        return diligenceKinds.has(kind) || kind === 'nameExits'
          ? this.duties.act(action, at)
          : this.#settlement(action, at)
    }
  }

  async #settlement({ kind, a, b }: Action, at: bigint): Promise<boolean> {
    const asset = (which: number) => (which === 0 ? zeroAddress : this.world.token)
    const it = this.posted[b]
    const send = (data: Hex, from = people.finder) =>
      this.world.send(at, from, this.world.addresses.fastExits, data)
    if (kind === 'claimCredit') {
      const who = a === FINDER ? people.finder : people.members[a]!
      return send(exits('claimCredit', [asset(b), who]), who)
    }
    if (kind === 'equivocate') {
      const claim = this.claims.at(-1)
      return claim !== undefined && send(await this.#equivocation(a, claim, at))
    }
    if (!it) return false
    switch (kind) {
      case 'settle':
        return send(exits('settle', [it.body, it.claim.winner?.game ?? it.body.game, it.signers]))
      case 'refillToken':
        return send(exits('refillToken', [it.id, this.world.token, remoteToken]))
      case 'shareFees':
        return send(exits('shareFees', [it.body, asset(a), it.signers]))
      default: {
        const { message, signature } = await attest(this.world, a, it.body)
        return send(exits('slashWrong', [message, signature, it.claim.winner?.game ?? it.body.game]))
      }
    }
  }

  async #join(i: number): Promise<Hex> {
    const key = people.keys[i]!
    const proof = await key.signTypedData(keyProofTypedData(this.world.domain, people.members[i]!))
    return registry('join', [VERIFIER, key.address, 'https://verifier.example', proof])
  }

  /** Another slasher takes stake, and gives 70% of it to the insurance. */
  async #take(member: Address, amount: bigint, at: bigint): Promise<boolean> {
    const { addresses, client, send } = this.world
    const before = await client.getBalance({ address: people.other })
    const slash = registry('slash', [VERIFIER, member, amount])
    if (!(await send(at, people.other, addresses.stakeRegistry, slash))) return false
    await send(at + 1n, people.other, addresses.stakeRegistry, registry('collect', [zeroAddress]))
    const taken = (await client.getBalance({ address: people.other })) - before
    return send(at + 2n, people.other, addresses.fastExits, exits('insure', []), (taken * 7n + 9n) / 10n)
  }

  /** Divides fees with a recipient that takes its part or refuses it. */
  async #split(refuses: boolean, at: bigint): Promise<boolean> {
    const { addresses, l1, send } = this.world
    await l1.request('anvil_setCode', [people.recipient, refuses ? REFUSING : '0x'])
    const data = encodeFunctionData({ abi: feeSplitterAbi, functionName: 'split' })
    return send(at, people.user, addresses.feeSplitter, data)
  }

  // --- claims

  async #claim(amount: bigint, at: bigint): Promise<boolean> {
    if (this.#open) return false
    const { addresses, client, send } = this.world
    const number = this.claims.length
    const { acc, lastBlock } = await this.#batch(number, at)
    const output = withdrawalOutput(withdrawalsAt(this.world, number, withdrawalsOf(amount, number)), number)
    const { data, history } = this.#assertion(output.root, { number, acc, lastBlock })
    const game = await this.#create(people.user, data, history, output.root, at + 1n)
    const gameIndex =
      (await client.readContract({
        ...{ address: addresses.disputeGameFactory, abi: disputeGameFactoryAbi, functionName: 'gameCount' },
      })) - 1n
    this.claims.push({
      ...{ number, output, history, epoch: (at + 1n) / setting.epochLength + 1n },
      body: {
        ...{ game, batchIndex: BigInt(number), batchAcc: acc, l2BlockNumber: lastBlock },
        outputRoot: output.root,
      },
    })
    for (const [i, withdrawal] of output.withdrawals.entries()) {
      const args = [withdrawal, gameIndex, output.proof, output.branches[i]!] as const
      const prove = encodeFunctionData({
        ...{ abi: optimismPortalAbi, functionName: 'proveWithdrawalTransaction', args },
      })
      if (!(await send(at + 2n + BigInt(i), people.user, addresses.optimismPortal, prove)))
        throw new Error(`Expected withdrawal ${i} of claim ${number} to be proven; it reverted.`)
    }
    this.#open = true
    return true
  }

  /** Accumulator and block of a batch of one block, which is appended where it is not there. */
  async #batch(number: number, at: bigint): Promise<{ acc: Hash; lastBlock: bigint }> {
    return (this.#batches[number] ??= await this.#append(number, at))
  }

  async #append(number: number, at: bigint): Promise<{ acc: Hash; lastBlock: bigint }> {
    const { addresses, client, send, epochStart } = this.world
    const inbox = { address: addresses.inbox, abi: inboxAbi } as const
    const count = await client.readContract({ ...inbox, functionName: 'depositCount' })
    const [before] = await client.readContract({ ...inbox, functionName: 'batchAt', args: [BigInt(number)] })
    const deposits = await client.readContract({ ...inbox, functionName: 'depositAcc', args: [count] })
    const header = {
      ...{ firstBlock: BigInt(number + 1), blockCount: 1, depositsReadAfter: count },
      lastTimestamp: epochStart + at,
    }
    const data = encodeFunctionData({
      ...{ abi: inboxAbi, functionName: 'appendBatch' },
      args: [header, before, deposits, 1, toHex(number + 1)],
    })
    if (!(await send(at, testAccount(1).address, addresses.inbox, data)))
      throw new Error(`Expected batch ${number} to be appended; it reverted.`)
    const [acc, lastBlock] = await client.readContract({
      ...{ ...inbox, functionName: 'batchAt', args: [BigInt(number + 1)] },
    })
    return { acc, lastBlock }
  }

  /** What `create` is given for a history all of whose blocks have one root. */
  #assertion(root: Hash, { number, acc, lastBlock }: { number: number; acc: Hash; lastBlock: bigint }) {
    const history = [root]
    for (let i = 0; i < DEPTH; i++)
      history.push(keccak256Hex(hexToBytes(concatHex([history[i]!, history[i]!]))))
    const parent = this.claims[number - 1]?.winner?.game ?? zeroAddress
    const extra = encodeAbiParameters(
      ['uint256', 'uint256', 'bytes32', 'address', 'bytes32'].map((type) => ({ type })),
      [lastBlock, BigInt(number), acc, parent, history[DEPTH]!],
    )
    return { data: concatHex([extra, ...history.slice(0, DEPTH)]), history }
  }

  async #create(
    from: Address,
    data: Hex,
    history: readonly Hash[],
    root: Hash,
    at: bigint,
  ): Promise<Address> {
    const { addresses, client, send } = this.world
    const factory = { address: addresses.disputeGameFactory, abi: disputeGameFactoryAbi } as const
    const create = encodeFunctionData({
      abi: disputeGameFactoryAbi,
      functionName: 'create',
      args: [0, root, data],
    })
    if (!(await send(at, from, addresses.disputeGameFactory, create, BOND)))
      throw new Error(`Expected an assertion of ${history[DEPTH]} to be made; it reverted.`)
    const count = await client.readContract({ ...factory, functionName: 'gameCount' })
    const [, , game] = await client.readContract({
      ...factory,
      functionName: 'gameAtIndex',
      args: [count - 1n],
    })
    return game
  }

  /** Ends the claim that is open: the rival wins, or it, if there is none or none that moved. */
  async #decide(at: bigint): Promise<boolean> {
    if (!this.#open) return false
    this.#open = false
    const claim = this.claims.at(-1)!
    const { body, history, rival } = claim
    claim.winner = rival?.wins ? rival : { game: body.game, history }
    const { send } = this.world
    if (rival) {
      const { tree, top } = await this.#treeOf(rival.game)
      const [root, half] = [claim.winner.history[DEPTH]!, claim.winner.history[DEPTH - 1]!]
      const edge = { mutual: top, root, left: half, right: half }
      const update = encodeFunctionData({ abi: challengeTreeAbi, functionName: 'update', args: [[edge]] })
      if (!(await send(at + 110n, people.user, tree, update)))
        throw new Error(`Expected the move about claim ${claim.number} to count; it reverted.`)
    }
    const resolve = encodeFunctionData({ abi: assertionGameAbi, functionName: 'resolve' })
    if (!(await send(at + 111n, people.user, claim.winner.game, resolve)))
      throw new Error(`Expected claim ${claim.number} to be decided; it reverted.`)
    return true
  }

  /** Asserts another root than the claim that is open; one of the two makes a move that is not answered. */
  async #rival(wins: boolean, at: bigint): Promise<boolean> {
    const claim = this.claims.at(-1)
    if (!this.#open || !claim || claim.rival) return false
    const { number, body } = claim
    const root = rivalRoot(number)
    const { data, history } = this.#assertion(root, {
      number,
      acc: body.batchAcc,
      lastBlock: body.l2BlockNumber,
    })
    const game = await this.#create(people.liar, data, history, root, at)
    claim.rival = { game, history, wins }
    const { tree, top } = await this.#treeOf(game)
    const half = (wins ? history : claim.history)[DEPTH - 1]!
    const move = encodeFunctionData({
      ...{ abi: challengeTreeAbi, functionName: 'bisect', args: [top, half, half] },
    })
    if (!(await this.world.send(at + 1n, wins ? people.liar : people.user, tree, move)))
      throw new Error(`Expected a move about claim ${number} to count; it reverted.`)
    return true
  }

  /** Where a game is disputed. */
  async #treeOf(game: Address): Promise<{ tree: Address; top: Hash }> {
    const { client } = this.world
    const of = { address: game, abi: assertionGameAbi } as const
    const [tree, top] = await Promise.all([
      client.readContract({ ...of, functionName: 'tree' }),
      client.readContract({ ...of, functionName: 'tournament' }),
    ])
    return { tree, top }
  }

  // --- certificates

  async #certify(mask: number, at: bigint): Promise<boolean> {
    if (!this.#open) return false
    const { addresses, client, send } = this.world
    const claim = this.claims.at(-1)!
    const body = { ...claim.body, epoch: at / setting.epochLength + 1n }
    const chosen = Array.from({ length: ACTORS }, (_, i) => i)
      .filter((i) => (mask >> i) & 1)
      .sort((x, y) =>
        people.keys[x]!.address.toLowerCase() < people.keys[y]!.address.toLowerCase() ? -1 : 1,
      )
    const votes = await Promise.all(
      chosen.map(async (i) => {
        const { message, signature } = await attest(this.world, i, body)
        return { blocksRoot: message.blocksRoot, ...toCompact(signature) }
      }),
    )
    if (!(await send(at, people.user, addresses.fastExits, encodeCertify({ body, votes })))) return false
    const signers = await Promise.all(
      chosen.map(async (i) => {
        const args = [VERIFIER, people.members[i]!] as const
        const { stake } = await client.readContract({
          ...{ address: addresses.stakeRegistry, abi: stakeRegistryAbi, functionName: 'memberOf', args },
        })
        return { member: people.members[i]!, stake }
      }),
    )
    this.posted.push({ id: certificateId(body), claim, body, signers })
    return true
  }

  async #exit(which: number, b: number, at: bigint): Promise<boolean> {
    const it = this.posted[b]
    // Of older claims the withdrawals are paid, or never are.
    if (!it || it.claim !== this.claims.at(-1)) return false
    const withdrawal = it.claim.output.withdrawals[which]!
    const args = [withdrawal, people.user, it.body, [], it.signers] as const
    const data = encodeFunctionData({ abi: optimismPortalAbi, functionName: 'finalizeFast', args })
    const { addresses, send } = this.world
    return send(at, people.user, addresses.optimismPortal, data, (withdrawal.value + 999n) / 1_000n)
  }

  async #equivocation(i: number, claim: Claim, at: bigint): Promise<Hex> {
    const body = { ...claim.body, epoch: at / setting.epochLength + 1n }
    const [first, second] = await Promise.all([
      attest(this.world, i, body),
      attest(this.world, i, { ...body, outputRoot: LIE }),
    ])
    return encodeSlashEquivocation({ first, second })
  }
}
