import {
  BaseError,
  bytesToHex,
  silentLogger,
  systemClock,
  type Address,
  type Hash,
  type Hex,
} from '@animechain/core'
import { availabilityChallengeAbi, committeeRegistryAbi } from '@animechain/contracts'
import { l1HeaderBytes, l1Sender, type L1Outcome } from '@animechain/l1'
import type { Acknowledgement, Availability, BlobDescriptor, Signed } from '@animechain/vault-protocol'
import {
  createPublicClient,
  encodeFunctionData,
  http,
  numberToHex,
  parseEventLogs,
  type Abi,
  type PublicClient,
} from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import type { Standing } from './plan.js'
import type { ChallengeRecord } from './records.js'

const abi = availabilityChallengeAbi
/** Blocks in which a transaction that was sent is looked for. */
const SPAN = 2_000n
/** Questions for the log of an end: four hundred thousand blocks. */
const QUESTIONS = 200
/** Blocks by which a reorganisation may have moved it. */
const BEFORE = 64n

/** A promise that its node can be held to. */
export type Promised =
  | { kind: 'acknowledged'; what: Signed<Acknowledgement>; descriptor: BlobDescriptor }
  | {
      kind: 'certified'
      adapter: Address
      what: Availability
      signature: Hex
      /** who signed, and the shard that this key has */
      signer: Address
      shard: number
      descriptor: BlobDescriptor
    }

/** Whose promise it is, and about what. */
export function promiseOf(promised: Promised): { key: Address; blob: Hash; shard: number; until: bigint } {
  if (promised.kind === 'certified') {
    const { signer, shard, what } = promised
    return { key: signer, shard, blob: what.blob, until: what.until }
  }
  const { node, blob, shard, until } = promised.what.message
  return { key: node, blob, shard, until }
}

/** A challenge on L1. */
export interface Found extends Standing {
  id: bigint
  challenger: Address
}

/** Where the contracts are, and who pays. */
export interface ContractOptions {
  url: string
  chainId: number
  contract: Address
  account: PrivateKeyAccount
  /** L1 base fee above which nothing is sent, wei */
  maxFeePerGas?: bigint | undefined
  signal: AbortSignal
}

const isSame = (a: Address, b: Address) => a.toLowerCase() === b.toLowerCase()

const openData = (promised: Promised): Hex => {
  const blob = promised.descriptor as never
  return promised.kind === 'acknowledged'
    ? encodeFunctionData({
        abi,
        functionName: 'openAcknowledged',
        args: [promised.what.message, promised.what.signature, blob],
      })
    : encodeFunctionData({
        abi,
        functionName: 'openCertified',
        args: [promised.adapter, promised.what, promised.signature, blob],
      })
}

/**
 * @throws {BaseError} `VAULT_CHALLENGE_REFUSED` with what L1 said: nothing changed; `VAULT_CHALLENGE_UNSEEN` where the transaction may be mined all the same
 */
function expectOk(what: string, outcome: L1Outcome): Extract<L1Outcome, { status: 'ok' }> {
  if (outcome.status === 'ok') return outcome
  if (outcome.status === 'error')
    throw new BaseError(`The transaction to ${what} was not seen in a block: ${outcome.error.message}`, {
      code: 'VAULT_CHALLENGE_UNSEEN',
      cause: outcome.error,
    })
  const why = outcome.status === 'rejected' ? outcome.reason : `its base fee is ${outcome.baseFee} wei`
  throw new BaseError(`L1 did not take the transaction to ${what}: ${why}`, {
    code: 'VAULT_CHALLENGE_REFUSED',
  })
}

/** Finds an account's challenges on L1 again. */
function challengeFinder(client: PublicClient, contract: Address, challenger: Address) {
  const at = { address: contract, abi } as const
  const challengeOf = async (
    id: bigint,
  ): Promise<Found & { blob: Hash; member: Address; shard: number }> => ({
    ...(await client.readContract({ ...at, functionName: 'challengeOf', args: [id] })),
    id,
  })
  return {
    /**
     * The challenge that a record is of: by its number, or by the log of its opening. Undefined: L1 has none.
     * @param others numbers of other records
     */
    async find(record: ChallengeRecord, others: ReadonlySet<bigint>): Promise<Found | undefined> {
      const { id, blob, shard, member } = record
      const isIt = (found: Awaited<ReturnType<typeof challengeOf>>) =>
        isSame(found.challenger, challenger) &&
        isSame(found.member, member) &&
        found.blob === blob &&
        found.shard === shard
      const known = id === undefined ? undefined : await challengeOf(id)
      if (known && isIt(known)) return known
      const fromBlock = record.fromBlock > BEFORE ? record.fromBlock - BEFORE : 0n
      const logs = await client.getContractEvents({
        ...{ ...at, eventName: 'ChallengeOpened', fromBlock, toBlock: record.fromBlock + SPAN },
        args: { member, blob },
      })
      const ids = logs.map(({ args }) => args.id!).filter((each) => !others.has(each))
      const found = await Promise.all(ids.map(challengeOf))
      return found.findLast(isIt)
    },
    /** Whether a challenge that is over was answered, or ended without a draw; undefined where L1 does not say. */
    async wasAnswered(id: bigint, record: ChallengeRecord, until: bigint): Promise<boolean | undefined> {
      let fromBlock = record.fromBlock
      for (let asked = 0; fromBlock <= until && asked < QUESTIONS; asked++, fromBlock += SPAN) {
        const toBlock = fromBlock + SPAN - 1n
        const parameters = { ...at, eventName: 'ChallengeClosed', fromBlock, toBlock, args: { id } } as const
        const [closed] = await client.getContractEvents(parameters)
        if (closed) return closed.args.answered
      }
      return undefined
    },
  }
}

/** `AvailabilityChallenge` and the committees, as a challenger uses them. */
export async function challengeContract(options: ContractOptions) {
  const { url, contract, account, maxFeePerGas, signal } = options
  const transport = http(url, { timeout: 20_000 })
  const client = createPublicClient({ transport, pollingInterval: 500 })
  const chainId = await client.getChainId()
  if (chainId !== options.chainId)
    throw new BaseError(`Expected chain ${options.chainId} at --l1-rpc-url, got ${chainId}.`, {
      code: 'VAULT_CHALLENGE_REFUSED',
    })
  const at = { address: contract, abi } as const
  const read = client.readContract
  const registry = {
    address: await read({ ...at, functionName: 'registry' }),
    abi: committeeRegistryAbi,
  } as const
  const sender = l1Sender({
    ...{ client, transport, account, logger: silentLogger, clock: systemClock },
    ...{ resendAfterMs: 30_000, attempts: 10 },
  })
  const send = async (what: string, data: Hex, value = 0n) => {
    const call = { what, to: contract, data, value, abi: abi as Abi }
    const submit = { signal, ...(maxFeePerGas === undefined ? {} : { maxFeePerGas }) }
    return expectOk(what, await sender.send(call, submit))
  }
  return {
    client: client as PublicClient,
    registry: registry.address,
    ...challengeFinder(client, contract, account.address),
    times: {
      draw: await read({ ...at, functionName: 'DRAW_TIME' }),
      response: await read({ ...at, functionName: 'responseTime' }),
    },
    async head() {
      const { number, timestamp, baseFeePerGas } = await client.getBlock()
      return { number, timestamp, baseFee: baseFeePerGas ?? 0n }
    },
    memberOf: (key: Address) => read({ ...registry, functionName: 'ownerOfKey', args: [key] }),
    bondFor: (member: Address) => read({ ...at, functionName: 'bondFor', args: [member] }),
    credit: () => read({ ...at, functionName: 'credit', args: [account.address] }),
    /** @returns the number of the challenge */
    async open(promised: Promised, bond: bigint): Promise<bigint> {
      const { logs } = await send('open a challenge', openData(promised), bond)
      const [opened] = parseEventLogs({ abi, eventName: 'ChallengeOpened', logs: logs as never })
      return opened!.args.id
    },
    async draw({ id, drawBlock }: Found) {
      const block = await client.request({
        method: 'eth_getBlockByNumber',
        params: [numberToHex(drawBlock), false],
      })
      const header = bytesToHex(l1HeaderBytes(block))
      return send(
        `draw the leaf of challenge ${id}`,
        encodeFunctionData({ abi, functionName: 'draw', args: [id, header] }),
      )
    },
    fail: ({ id }: Found) =>
      send(`end challenge ${id}`, encodeFunctionData({ abi, functionName: 'fail', args: [id] })),
    expire: ({ id }: Found) =>
      send(`end challenge ${id}`, encodeFunctionData({ abi, functionName: 'expire', args: [id] })),
    claim: () =>
      send(
        'have bonds paid back',
        encodeFunctionData({ abi, functionName: 'claimCredit', args: [account.address] }),
      ),
  }
}

/** {@link challengeContract} */
export type ChallengeContract = Awaited<ReturnType<typeof challengeContract>>
