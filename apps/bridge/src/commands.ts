import {
  expectChain,
  getFastExitQuote,
  proofs,
  receiptOrNone,
  route,
  type Asset,
  type Direction,
  type Withdrawal,
} from '@animechain/bridge'
import { batchCodec } from '@animechain/codec'
import { BaseError, InvalidInputError, readBatchBase, type Hash } from '@animechain/core'
import type { ConfigValues } from '@animechain/observability'
import { optimistic } from '@animechain/settlement-optimistic'
import { readDeployment, type Deployment } from '@animechain/stack'
import {
  bytesToBigInt,
  createPublicClient,
  createWalletClient,
  formatEther,
  http,
  parseAbi,
  parseEther,
  type Address,
  type PublicClient,
  type TransactionReceipt,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import {
  finalizeWithdrawal,
  getL2TransactionHashes,
  getWithdrawals,
  getWithdrawalStatus,
  buildProveWithdrawal,
  proveWithdrawal,
  waitToProve,
} from 'viem/op-stack'
import { assertOutputs } from './assertOutputs.js'
import { bridgeAddresses, chainsOf, exitContracts, type Chains } from './chains.js'
import type { commandConfig } from './config.js'
import { earlyPayment, quoteLines } from './fastExit.js'
import { complete } from './withdrawal.js'

const portalAbi = parseAbi(['function finalizedWithdrawals(bytes32 withdrawalHash) view returns (bool)'])

type Values = ConfigValues<(typeof commandConfig)['table']>
type Say = (line: string) => void

interface Context extends Chains {
  values: Values
  deployment: Deployment
  say: Say
}

/** For a request to L1, milliseconds. */
const L1_TIMEOUT_MS = 20_000

/** One command of the command line. Resolves when it is done; throws what stands in its way. */
export async function runCommand(words: readonly string[], values: Values, say: Say): Promise<void> {
  const deployment = readDeployment(values.deployment)
  const context: Context = { values, deployment, say, ...chainsOf(deployment, values) }
  await expectChain(clients(context).l1, context.l1)
  const [command, argument] = words
  switch (command) {
    case 'deposit':
    case 'withdraw':
      return transfer(context, command)
    case 'status':
      return status(context, argument)
    case 'quote':
      return quote(context, argument)
    case 'force':
      return force(context)
    case 'assert':
      return assertOutput(context)
    case 'resolve':
      return resolve(context)
    default:
      throw new InvalidInputError(
        'command',
        'serve, deposit, withdraw, status, quote, force, assert or resolve',
        command ?? 'nothing',
      )
  }
}

const clients = ({ l1, l2, l1Transport }: Context) => ({
  l1: createPublicClient({ chain: l1, transport: l1Transport(L1_TIMEOUT_MS), pollingInterval: 500 }),
  l2: createPublicClient({ chain: l2, transport: http(), pollingInterval: 500 }),
})

/** Signs with the key of the command. */
const walletOf = (context: Context, side: 'l1' | 'l2') =>
  createWalletClient({
    chain: context[side],
    transport: side === 'l1' ? context.l1Transport(L1_TIMEOUT_MS) : http(),
    account: account(context),
  })

function account({ values }: Context) {
  if (!values.key)
    throw new InvalidInputError(
      'key',
      'a private key in --key, ANIMECHAIN_KEY or the file that ANIMECHAIN_KEY_FILE names',
      'nothing',
    )
  return privateKeyToAccount(values.key)
}

function asset(values: Values): Asset {
  if (values.asset === 'eth') return { type: 'eth' }
  if (!values.l1Token || !values.l2Token)
    throw new InvalidInputError('token', '--l1-token and --l2-token', 'nothing')
  return { type: values.asset, l1Token: values.l1Token, l2Token: values.l2Token }
}

function amount(values: Values): bigint {
  if (values.asset === 'erc721') return 1n
  const text = values.amount ?? ''
  if (values.asset === 'eth' ? !/^\d+(\.\d{1,18})?$/.test(text) : !/^\d+$/.test(text))
    throw new InvalidInputError(
      'amount',
      values.asset === 'eth' ? 'ether as a decimal number, e.g. 0.5' : 'a whole number of the smallest unit',
      text || 'nothing',
    )
  return values.asset === 'eth' ? parseEther(text) : BigInt(text)
}

async function transfer(context: Context, direction: Direction): Promise<void> {
  const { values, deployment, say } = context
  const signer = account(context)
  const { l1, l2 } = clients(context)
  const steps = route(bridgeAddresses(deployment), {
    direction,
    asset: asset(values),
    amount: amount(values),
    to: (values.to ?? signer.address) as Address,
    ...(values.tokenId === undefined ? {} : { tokenId: values.tokenId }),
  })
  let receipt: TransactionReceipt | undefined
  for (const step of steps) {
    const chain = context[step.chain]
    const wallet = walletOf(context, step.chain)
    const hash = await wallet.sendTransaction({ chain, to: step.to, data: step.data, value: step.value })
    receipt = await (step.chain === 'l1' ? l1 : l2).waitForTransactionReceipt({
      hash,
      timeout: values.timeout * 1_000,
    })
    if (receipt.status !== 'success')
      throw new BaseError(`${step.label}: the transaction ${hash} reverted.`, { code: 'BRIDGE_REVERTED' })
    say(
      `${step.label}${step.value > 0n ? ` of ${formatEther(step.value)} ETH` : ''}: ${hash} in ${step.chain} block ${receipt.blockNumber}`,
    )
  }
  if (!values.wait || !receipt) return
  if (direction === 'deposit') {
    const [hash] = getL2TransactionHashes({ logs: receipt.logs })
    const arrived = await l2.waitForTransactionReceipt({ hash: hash!, timeout: values.timeout * 1_000 })
    if (arrived.status !== 'success')
      throw new BaseError(`The deposit ${hash} ran on L2 and its call reverted.`, { code: 'BRIDGE_REVERTED' })
    say(`Arrived on L2: ${hash} in block ${arrived.blockNumber}`)
  } else await completeWithdrawal(context, receipt)
}

async function completeWithdrawal(context: Context, receipt: TransactionReceipt): Promise<void> {
  const { say, values } = context
  const { l1, l2 } = clients(context)
  const wallet = walletOf(context, 'l1')
  const targetChain = context.l2 as never
  const timeout = AbortSignal.timeout(values.timeout * 1_000)
  // One listener for all the waiting.
  const late = new Promise<never>((_resolve, reject) =>
    timeout.addEventListener('abort', () =>
      reject(
        new BaseError(
          `The withdrawal was not complete within ${values.timeout} s; go on with: animechain-bridge status ${receipt.transactionHash}`,
          { code: 'BRIDGE_TIMEOUT' },
        ),
      ),
    ),
  )
  late.catch(() => undefined)
  const inTime = <T>(work: Promise<T>) => Promise.race([work, late])
  const [started] = getWithdrawals(receipt)
  if (!started) throw noWithdrawal(receipt.transactionHash)
  const id = started.withdrawalHash
  const portal = { address: context.deployment.addresses.optimismPortal, abi: portalAbi } as const
  const isFinalized = () =>
    inTime(l1.readContract({ ...portal, functionName: 'finalizedWithdrawals', args: [id] }))
  // Of the key's own proof: anybody else can make another, and make it anew, and the newest is never mature.
  const own = proofs(l1 as PublicClient, portal.address)
  const settle = async (label: string, send: () => Promise<Hash>) => {
    try {
      const hash = await send()
      const { status, blockNumber } = await inTime(l1.waitForTransactionReceipt({ hash }))
      if (status !== 'success')
        throw new BaseError(`${label}: the transaction ${hash} reverted.`, { code: 'BRIDGE_REVERTED' })
      say(`${label}: ${hash} in l1 block ${blockNumber}`)
    } catch (error) {
      // Finalising is open to anyone: a relayer may have been faster.
      if (!(await isFinalized())) throw error
      say(`${label}: somebody else has finalised the withdrawal already`)
    }
  }
  const finalizeEarly = earlyPayment({
    ...{ client: l1 as PublicClient, wallet: wallet as never, contracts: exitContracts(context.deployment) },
    ...{ withdrawal: started, verifiers: values.verifiers, settle, say },
  })
  await complete({
    isFinalized,
    proof: async () => (await inTime(own.proofBy(wallet.account.address, id))).state,
    async prove() {
      say('Waiting for an output that covers the withdrawal')
      const { game, withdrawal } = await inTime(waitToProve(l1, { receipt, targetChain } as never))
      const proof = await buildProveWithdrawal(l2, { game, withdrawal } as never)
      await settle('Proved', () => proveWithdrawal(wallet, { ...(proof as object), targetChain } as never))
    },
    finalize: () =>
      settle('Finalised', () => finalizeWithdrawal(wallet, { withdrawal: started, targetChain } as never)),
    ...(values.fast ? { finalizeEarly } : {}),
    pause: () => inTime(new Promise<void>((resolve) => setTimeout(resolve, 1_000))),
    say,
  })
}

async function status(context: Context, argument: string | undefined): Promise<void> {
  const hash = checkHash(argument)
  const { say } = context
  const { l1, l2 } = clients(context)
  const onL2 = await receiptOrNone(l2 as PublicClient, hash)
  if (onL2) {
    const withdrawals = getWithdrawals(onL2)
    if (withdrawals.length === 0)
      return say(`${hash} is in L2 block ${onL2.blockNumber} (${onL2.status}) and starts no withdrawal`)
    for (const [logIndex, withdrawal] of withdrawals.entries())
      say(
        `withdrawal ${withdrawal.withdrawalHash}: ${await getWithdrawalStatus(l1, { receipt: onL2, logIndex, targetChain: context.l2 as never, chain: context.l1 })}`,
      )
    return
  }
  const onL1 = await receiptOrNone(l1 as PublicClient, hash)
  if (!onL1) return say(`${hash} is on neither chain`)
  for (const l2Hash of getL2TransactionHashes({ logs: onL1.logs })) {
    const arrived = await receiptOrNone(l2 as PublicClient, l2Hash)
    say(
      `deposit ${l2Hash}: ${arrived ? `${arrived.status} in L2 block ${arrived.blockNumber}` : 'waiting for L2'}`,
    )
  }
}

/** What an early payment costs, beside the ordinary way: of the withdrawals of an L2 transaction, or of an amount. */
async function quote(context: Context, hash: string | undefined): Promise<void> {
  const { say, values, deployment } = context
  const { l1, l2 } = clients(context)
  const of = { contracts: exitContracts(deployment), verifiers: values.verifiers }
  const tell = async (exit: { withdrawal: Withdrawal } | { amount: bigint }) => {
    for (const line of quoteLines(await getFastExitQuote(l1, { ...of, ...exit }))) say(line)
  }
  if (hash !== undefined) {
    const receipt = await l2.getTransactionReceipt({ hash: checkHash(hash) })
    const withdrawals = getWithdrawals(receipt)
    for (const withdrawal of withdrawals) {
      say(`withdrawal ${withdrawal.withdrawalHash}`)
      await tell({ withdrawal })
    }
    if (withdrawals.length === 0) throw noWithdrawal(hash)
    return
  }
  const moved = asset(values)
  if (moved.type !== 'eth' && moved.type !== 'erc20')
    throw new InvalidInputError('asset', 'eth or erc20: nothing else is paid early', moved.type)
  const tokens = moved.type === 'eth' ? {} : { token: moved.l1Token, remoteToken: moved.l2Token }
  await tell({ ...tokens, amount: amount(values) })
}

const noWithdrawal = (hash: string) =>
  new BaseError(`The transaction ${hash} starts no withdrawal.`, { code: 'BRIDGE_NO_WITHDRAWAL' })

function checkHash(hash: string | undefined): Hash {
  if (!hash || !/^0x[0-9a-fA-F]{64}$/.test(hash))
    throw new InvalidInputError('transaction hash', '0x and 64 hex digits', hash ?? 'nothing')
  return hash as Hash
}

/** Reads the waiting deposits by force, with the labels under which wallets look for them (docs/spec/protocol.md 1.2). */
async function force(context: Context): Promise<void> {
  const { say } = context
  const settlement = await settlementOf(context)
  const base = await readBatchBase(settlement, (await settlement.view()).depositCount)
  const outcome = await settlement.forceBatch(await forcedBody(settlement), base)
  if (outcome.status === 'rejected')
    throw new BaseError('There is nothing to force now.', {
      code: 'BRIDGE_NOTHING_TO_FORCE',
      metaMessages: [
        `The inbox said: ${outcome.reason}`,
        `A deposit can be forced once it has waited ${(await settlement.rules()).forceDelaySeconds} s.`,
      ],
    })
  if (outcome.status !== 'ok')
    throw outcome.status === 'error'
      ? outcome.error
      : new BaseError('L1 fees are too high.', { code: 'BRIDGE_FEES' })
  say(`Forced a batch: ${outcome.location.l1TransactionHash} in l1 block ${outcome.location.l1BlockNumber}`)
}

async function settlementOf(context: Context) {
  const { deployment, values } = context
  const settlement = optimistic({
    l1: {
      rpcUrl: values.l1RpcUrl,
      ...(values.l1Quorum === undefined ? {} : { quorum: values.l1Quorum }),
      chainId: deployment.l1.id,
    },
    contracts: deployment.addresses,
    startBlock: deployment.rollup.l1StartBlock,
    accounts: { proposer: account(context) },
  })
  await settlement.start()
  return settlement
}

/**
 * Asserts the outputs of the batches that have no assertion yet, as the L2 node in `--l2-rpc-url` computed them: anybody may when the proposer does not.
 * Use a node of your own, a verifier: a wrong output costs the bond.
 */
async function assertOutput(context: Context): Promise<void> {
  const { say, l2 } = context
  const settlement = await settlementOf(context)
  const { batchCount } = await settlement.view()
  if (batchCount === 0n) throw new BaseError('There is no batch to assert yet.', { code: 'BRIDGE_NO_BATCH' })
  const node = createPublicClient({ chain: l2, transport: http() })
  const outputAt = async (blockNumber: bigint) => {
    const output = (await node.request({
      method: 'optimism_outputAtBlock' as never,
      params: [`0x${blockNumber.toString(16)}`] as never,
    })) as { outputRoot: Hash }
    return output.outputRoot
  }
  const { made, refused } = await assertOutputs({ settlement, outputAt, say })
  if (refused) done('An output was not asserted', refused)
  if (made === 0) say('Every batch that can be asserted is asserted already')
}

/** Settles every assertion that is decided, and claims the bonds of the key. */
async function resolve(context: Context): Promise<void> {
  const { say } = context
  const settlement = await settlementOf(context)
  const count = await settlement.assertionCount()
  // The newest are the ones that matter to a withdrawal.
  const assertions = await settlement.getAssertions(count > 100n ? count - 100n : 0n, 100)
  for (const { id, blockNumber } of assertions) {
    if (await settlement.decision(id)) {
      const outcome = await settlement.resolve(id)
      say(
        outcome.status === 'ok'
          ? `Resolved the assertion about block ${blockNumber}: ${id}`
          : `Not resolved: ${id} (${outcome.status})`,
      )
    }
  }
  const owed = await settlement.owed()
  if (owed > 0n && (await settlement.claim()).status === 'ok') say(`Claimed ${formatEther(owed)} ETH`)
}

function done(what: string, outcome: { status: string; reason?: string; error?: Error }): void {
  if (outcome.status === 'ok') return
  throw new BaseError(`${what}.`, {
    code: 'BRIDGE_REFUSED',
    metaMessages: [outcome.reason ?? outcome.status],
    cause: outcome.error,
  })
}

/**
 * The body of a forced batch: one block with the waiting deposits that it has room for, and their labels. The header speaks for its
 * time (docs/spec/protocol.md 3). One label too many would cost all deposits theirs, so it is counted as the inbox counts.
 */
export async function forcedBody(
  settlement: Pick<ReturnType<typeof optimistic>, 'view' | 'getDeposits'>,
): Promise<Uint8Array> {
  const view = await settlement.view()
  // The inbox reads what fits under the gas limit that was recorded with the entry read last; the first batch has that of the installation.
  const from = view.depositsRead > 0n ? view.depositsRead - 1n : 0n
  const read = await settlement.getDeposits(from, view.depositCount)
  let room = read[0]?.context.gasLimit ?? 0n
  const waiting = read.slice(Number(view.depositsRead - from))
  const fitting = waiting.findIndex(({ kind, opaqueData }) => {
    // mint(32) ‖ value(32) ‖ gasLimit(8)
    if (kind === 0) room -= bytesToBigInt(opaqueData.subarray(64, 72))
    return room < 0n
  })
  const entries = fitting < 0 ? waiting : waiting.slice(0, fitting)
  const labels = entries.flatMap(({ label }) => (label ? [label] : []))
  return batchCodec().encode({
    blocks: [{ timestampDelta: 1, depositCount: entries.length, transactions: [] }],
    labels,
  })
}
