import { bytesToHex, type Address, type Hash, type Hex } from '@animechain/core'
import { diligenceAbi } from '@animechain/contracts/Diligence'
import { l1HeaderBytes } from '@animechain/l1'
import type { Attestation, CertificateBody, Equivocation, Signed } from '@animechain/network-protocol'
import {
  decodeFunctionData,
  encodeFunctionData,
  getAbiItem,
  numberToHex,
  type PublicClient,
  type Transport,
} from 'viem'
import type { CheckInStatus, DiligenceEpoch } from '../duties/diligence.js'
import { reading } from './failures.js'
import type { NetworkCall } from './writer.js'

/** What a member that was drawn shows: docs/spec/network.md, section 8. */
export interface Opening {
  body: CertificateBody
  blocksRoot: Hash
  signature: Hex
  checkInPath: readonly Hash[]
  salt: Hash
  outputRoot: Hash
  blockPath: readonly Hash[]
}

/** What a member answered. */
export interface RevealedAnswer {
  batchIndex: bigint
  batchAcc: Hash
  blockNumber: bigint
  outputRoot: Hash
}

/** What a member was drawn for. */
export interface Pick {
  drawn: boolean
  leaf: bigint
  word: bigint
}

/** An answer on L1. */
export interface Revealed {
  epoch: bigint
  member: Address
  answer: RevealedAnswer
  transactionHash: Hash
}

const statuses: readonly CheckInStatus[] = ['none', 'checkedIn', 'revealed', 'missed', 'disproved']
const RANGE = 2_000n
const MAX_GAS = 3_000_000n
const revealed = getAbiItem({ abi: diligenceAbi, name: 'Revealed' })

/** Reads `Diligence`. */
export function diligenceReads(client: PublicClient<Transport>, address: Address) {
  const at = { address, abi: diligenceAbi } as const
  const pickOf = (epoch: bigint, member: Address): Promise<Pick> =>
    client.readContract({ ...at, functionName: 'pickOf', args: [epoch, member] })

  async function members(epoch: bigint, isDrawn: boolean) {
    const [found] = await client.readContract({ ...at, functionName: 'checkedIn', args: [epoch] })
    return Promise.all(
      found.map(async (member) => {
        const [checkIn, pick] = await Promise.all([
          client.readContract({ ...at, functionName: 'checkInOf', args: [epoch, member] }),
          isDrawn ? pickOf(epoch, member) : undefined,
        ])
        const status = statuses[checkIn.status] ?? 'none'
        return { member, status, isDrawn: pick?.drawn ?? false, isEmpty: checkIn.count === 0 }
      }),
    )
  }
  async function epochOf(epoch: bigint): Promise<Omit<DiligenceEpoch, 'isActive'>> {
    const [found, pot] = await Promise.all([
      client.readContract({ ...at, functionName: 'epochOf', args: [epoch] }),
      client.readContract({ ...at, functionName: 'potOf', args: [epoch] }),
    ])
    const isDrawn = BigInt(found.seed) !== 0n
    const { drawBlock, revealUntil, closed: isClosed } = found
    return { epoch, drawBlock, isDrawn, revealUntil, isClosed, pot, members: await members(epoch, isDrawn) }
  }
  async function isDue(epoch: bigint, member: Address, status: CheckInStatus): Promise<boolean> {
    const [checkIn, isDrawn] = await Promise.all([
      client.readContract({ ...at, functionName: 'checkInOf', args: [epoch, member] }),
      client.readContract({ ...at, functionName: 'isDrawn', args: [epoch, member] }),
    ])
    return isDrawn && statuses[checkIn.status] === status
  }
  return {
    /** Whether half of the weight of an epoch checked in batches. */
    hadBatches: (epoch: bigint): Promise<boolean> =>
      reading('whether an epoch had batches', () =>
        client.readContract({ ...at, functionName: 'hadBatches', args: [epoch] }),
      ),
    /** Whether a draw meets a member whose check-in has this status. */
    isDue: (epoch: bigint, member: Address, status: CheckInStatus) =>
      reading('whether a member is drawn', () => isDue(epoch, member, status)),
    epoch: (epoch: bigint) => reading('an epoch of diligence', () => epochOf(epoch)),
    pick: (epoch: bigint, member: Address) => reading('what was drawn', () => pickOf(epoch, member)),
    credit: (account: Address) =>
      reading('the credit of an account', () =>
        client.readContract({ ...at, functionName: 'credit', args: [account] }),
      ),
    /** Input of a transaction that answered. */
    inputOf: (hash: Hash): Promise<Hex> =>
      reading('a transaction that answered', async () =>
        client.getTransaction({ hash }).then(({ input }) => input),
      ),
    /** RLP of the header of a block; throws `L1_HEADER_INVALID`. */
    header: (number: bigint): Promise<Hex> =>
      reading('the header of a block', async () =>
        bytesToHex(
          l1HeaderBytes(
            await client.request({
              method: 'eth_getBlockByNumber',
              params: [numberToHex(number), false],
            }),
          ),
        ),
      ),
    /** Answers from a block on, of a bounded number of blocks, and the block to go on from. */
    revealed: (from: bigint, final: bigint): Promise<{ found: Revealed[]; next: bigint }> =>
      reading('answers of members', async () => {
        const to = from + RANGE - 1n < final ? from + RANGE - 1n : final
        const logs = await client.getLogs({
          ...{ address, event: revealed, strict: true },
          fromBlock: from,
          toBlock: to,
        })
        return {
          found: logs.map(({ args, transactionHash }) => ({ ...args, transactionHash })),
          next: to + 1n,
        }
      }),
  }
}

/** The attestation that an answer was made with, from its transaction's input; undefined where it went through another contract. */
export function attestationOfReveal(input: Hex): Signed<Attestation> | undefined {
  try {
    const { functionName, args } = decodeFunctionData({ abi: diligenceAbi, data: input })
    if (functionName !== 'reveal') return undefined
    const { body, blocksRoot, signature } = args[2]
    return { message: { ...body, blocksRoot }, signature }
  } catch {
    return undefined
  }
}

/** What {@link diligenceReads} makes. */
export type DiligenceReads = ReturnType<typeof diligenceReads>

/** Calls of `Diligence`. */
export function diligenceCalls(to: Address) {
  const call = (what: string, data: Hex): NetworkCall => ({ what, to, data, maxGas: MAX_GAS })
  const abi = diligenceAbi
  return {
    /** By the owner account or its present key. A root of zero and no batches: none were attested. */
    checkIn: (epoch: bigint, key: Address, root: Hash, firstBatch: bigint, count: number) =>
      call(
        `check in for epoch ${epoch}`,
        encodeFunctionData({
          abi,
          functionName: 'checkIn',
          args: [epoch, key, root, Number(firstBatch), count],
        }),
      ),
    openDraw: (epoch: bigint) =>
      call(
        `fix the block that draws epoch ${epoch}`,
        encodeFunctionData({ abi, functionName: 'openDraw', args: [epoch] }),
      ),
    draw: (epoch: bigint, header: Hex) =>
      call(`draw epoch ${epoch}`, encodeFunctionData({ abi, functionName: 'draw', args: [epoch, header] })),
    reveal: (epoch: bigint, member: Address, opening: Opening) =>
      call(
        `answer for epoch ${epoch}`,
        encodeFunctionData({ abi, functionName: 'reveal', args: [epoch, member, opening] }),
      ),
    missed: (epoch: bigint, member: Address) =>
      call(
        `take the penalty of ${member} for epoch ${epoch}`,
        encodeFunctionData({ abi, functionName: 'missed', args: [epoch, member] }),
      ),
    /** Of a member that did not check in, by the key that it had. */
    absent: (epoch: bigint, key: Address) =>
      call(
        `take the penalty of the member with key ${key}, which did not check in for epoch ${epoch}`,
        encodeFunctionData({ abi, functionName: 'absent', args: [epoch, key] }),
      ),
    disprove: ({ epoch, member, answer }: Revealed, game: Address, outputRoot: Hash, path: readonly Hash[]) =>
      call(
        `disprove the answer of ${member} for epoch ${epoch}`,
        encodeFunctionData({
          abi,
          functionName: 'disprove',
          args: [epoch, member, answer, game, outputRoot, path],
        }),
      ),
    /** Has the signer of two trees of one batch pay. */
    contradict: ({ first, second }: Omit<Equivocation, 'key'>) =>
      call(
        `take the penalty for two trees of batch ${first.message.batchIndex}`,
        encodeFunctionData({
          abi,
          functionName: 'contradict',
          args: [first.message, first.signature, second.message, second.signature],
        }),
      ),
    close: (epoch: bigint) =>
      call(
        `share the rewards of epoch ${epoch}`,
        encodeFunctionData({ abi, functionName: 'close', args: [epoch] }),
      ),
    claimCredit: (receiver: Address) =>
      call('claim rewards', encodeFunctionData({ abi, functionName: 'claimCredit', args: [receiver] })),
  }
}

/** What {@link diligenceCalls} makes. */
export type DiligenceCalls = ReturnType<typeof diligenceCalls>
