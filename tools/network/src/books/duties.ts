import { diligenceAbi } from '@animechain/contracts/Diligence'
import { optimismPortalAbi } from '@animechain/contracts/OptimismPortal'
import { bytesToHex, type Address, type Hash, type Hex } from '@animechain/core'
import { l1HeaderBytes } from '@animechain/l1'
import {
  blocksTree,
  certificateId,
  checkInTree,
  signMessage,
  type CertificateBody,
} from '@animechain/network-protocol'
import { encodeFunctionData, toHex, zeroAddress } from 'viem'
import { FINDER, type Action } from './actions.js'
import { people, type World } from './chain.js'

/** What an assertion says, and how it ended. */
export interface Asserted {
  body: Omit<CertificateBody, 'epoch'>
  /** in which its game was made */
  epoch: bigint
  /** Who won. */
  winner?: { game: Address; history: readonly Hash[] }
}

interface Told {
  claims: readonly Asserted[]
  count: number
  /** What was answered, of which claim. */
  answer?: { claim: Asserted; outputRoot: Hash }
}

const diligence = (functionName: string, args: readonly unknown[]): Hex =>
  encodeFunctionData({ abi: diligenceAbi, functionName, args } as never)

/** Root over an output that nobody has. */
const BOAST: Hash = `0x${'b0'.repeat(32)}`
const saltOf = (i: number): Hash => toHex(i + 1, { size: 32 })

/** The tree of a verifier for an assertion: every batch has one block. */
const treeOf = (i: number, { l2BlockNumber, outputRoot }: Omit<CertificateBody, 'epoch'>) =>
  blocksTree({
    ...{ key: people.keys[i]!.address, salt: saltOf(i) },
    ...{ firstBlock: l2BlockNumber, outputRoots: [outputRoot] },
  })

/** What a verifier says of an assertion, signed. */
export const attest = (
  { domain }: World,
  i: number,
  body: CertificateBody,
  blocksRoot: Hash = treeOf(i, body).root,
) => signMessage(people.keys[i]!, 'attestation', domain, { ...body, blocksRoot })

/** Does actions on Diligence. */
export class Duties {
  readonly #told = new Map<string, Told>()

  constructor(
    readonly world: World,
    readonly claims: readonly Asserted[],
  ) {}

  /** Whether the contract allowed it. */
  act({ kind, a, b, amount }: Action, at: bigint): Promise<boolean> {
    const { addresses, send } = this.world
    const member = people.members[a] ?? people.finder
    const epoch = BigInt(b)
    const call = (functionName: string, args: readonly unknown[], from = people.finder) =>
      send(at, from, addresses.diligence, diligence(functionName, args))
    switch (kind) {
      case 'give':
        return send(at, people.user, addresses.diligence, '0x', amount)
      case 'checkIn':
        return this.#checkIn(a, b, Number(amount), at)
      case 'draw':
        return this.#draw(epoch, at)
      case 'reveal':
        return this.#reveal(a, b, at)
      case 'missed':
        return call('missed', [epoch, member])
      case 'absent':
        return call('absent', [epoch, people.keys[a]!.address])
      case 'disprove':
        return this.#disprove(a, b, at)
      case 'contradict':
        return this.#contradict(a, b, at)
      case 'close':
        return call('close', [epoch])
      case 'insure':
        return call('insure', [])
      case 'nameExits':
        return this.#nameExits(a === 1, at)
      default: {
        const who = a === FINDER ? people.finder : member
        return call('claimCredit', [who], who)
      }
    }
  }

  #nameExits(isNamed: boolean, at: bigint): Promise<boolean> {
    const { addresses, owner, send } = this.world
    const data = encodeFunctionData({
      ...{ abi: optimismPortalAbi, functionName: 'setFastExits' },
      args: [isNamed ? addresses.fastExits : zeroAddress],
    })
    return send(at, owner, addresses.optimismPortal, data)
  }

  async #checkIn(i: number, b: number, count: number, at: bigint): Promise<boolean> {
    const all = this.claims.filter((claim) => claim.epoch === BigInt(b))
    const claims = count <= all.length ? all.slice(0, count) : []
    const root = claims.length < count ? BOAST : checkInTree(claims.map((each) => leafOf(i, each))).root
    const first = Number(claims[0]?.body.batchIndex ?? 0n)
    const data = diligence('checkIn', [BigInt(b), people.keys[i]!.address, root, first, count])
    const { addresses, send } = this.world
    if (!(await send(at, people.members[i]!, addresses.diligence, data))) return false
    this.#told.set(`${b} ${i}`, { claims, count })
    return true
  }

  /** Fixes a block, mines up to it, and shows its header. */
  async #draw(epoch: bigint, at: bigint): Promise<boolean> {
    const { addresses, client, epochStart, l1, send } = this.world
    if (!(await send(at, people.user, addresses.diligence, diligence('openDraw', [epoch])))) return false
    const { drawBlock } = await client.readContract({
      ...{ address: addresses.diligence, abi: diligenceAbi, functionName: 'epochOf', args: [epoch] },
    })
    for (const time of [at + 1n, at + 2n]) {
      await l1.request('evm_setNextBlockTimestamp', [Number(epochStart + time)])
      await l1.request('evm_mine', [])
    }
    const block = await l1.request('eth_getBlockByNumber', [toHex(drawBlock), false])
    const header = bytesToHex(l1HeaderBytes(block))
    return send(at + 3n, people.user, addresses.diligence, diligence('draw', [epoch, header]))
  }

  async #reveal(i: number, b: number, at: bigint): Promise<boolean> {
    const [told, member, epoch] = [this.#told.get(`${b} ${i}`), people.members[i]!, BigInt(b)]
    const { addresses, client, send } = this.world
    const { leaf } = await client.readContract({
      ...{ address: addresses.diligence, abi: diligenceAbi, functionName: 'pickOf', args: [epoch, member] },
    })
    // Who has nothing to show tries it with something.
    const claim = told?.claims[Number(leaf)] ?? this.claims.at(-1)
    if (!claim) return false
    const { message, signature } = await attest(this.world, i, { ...claim.body, epoch })
    const { blocksRoot, ...body } = message
    const batches = told?.claims.length ? told.claims : [claim]
    const opening = {
      ...{ body, blocksRoot, signature, salt: saltOf(i), outputRoot: body.outputRoot },
      checkInPath: checkInTree(batches.map((each) => leafOf(i, each))).proof(batches.indexOf(claim)),
      blockPath: treeOf(i, body).proof(0),
    }
    const data = diligence('reveal', [epoch, member, opening])
    if (!(await send(at, people.finder, addresses.diligence, data))) return false
    told!.answer = { claim, outputRoot: body.outputRoot }
    return true
  }

  /** Shows that the output root of an answer is not the one in the history of the assertion that won. */
  async #disprove(i: number, b: number, at: bigint): Promise<boolean> {
    const told = this.#told.get(`${b} ${i}`)
    // The model does not know which of several batches was asked about.
    if (!told?.answer || told.count !== 1) return false
    const { claim, outputRoot } = told.answer
    const { batchIndex, batchAcc, l2BlockNumber, game } = claim.body
    const history = claim.winner?.history ?? []
    const data = diligence('disprove', [
      ...[BigInt(b), people.members[i]!, { batchIndex, batchAcc, blockNumber: l2BlockNumber, outputRoot }],
      ...[claim.winner?.game ?? game, history[0] ?? BOAST, history.slice(0, -1)],
    ])
    const { addresses, send } = this.world
    return send(at, people.finder, addresses.diligence, data)
  }

  /** Shows two trees of one assertion. */
  async #contradict(i: number, b: number, at: bigint): Promise<boolean> {
    const claim = this.claims[b]
    if (!claim) return false
    const body = { ...claim.body, epoch: claim.epoch }
    const [first, second] = await Promise.all([
      attest(this.world, i, body),
      attest(this.world, i, body, BOAST),
    ])
    const { addresses, send } = this.world
    const data = diligence('contradict', [
      ...[first.message, first.signature],
      ...[second.message, second.signature],
    ])
    return send(at, people.finder, addresses.diligence, data)
  }
}

/** A batch as a check-in has it. */
const leafOf = (i: number, { body, epoch }: Asserted) => ({
  ...{ bodyId: certificateId({ ...body, epoch }), blocksRoot: treeOf(i, body).root },
  ...{ firstBlock: body.l2BlockNumber, blocks: 1n },
})
