import {
  controlFacetBytecode,
  hostFacetBytecode,
  memoryFacetBytecode,
  numericFacetBytecode,
  oneStepProverAbi,
  oneStepProverBytecode,
} from '@animechain/contracts'
import { bytesToHex, type Address, type Hash, type Hex } from '@animechain/core'
import type { StepWitness } from '@animechain/proving-machine'
import { anvil, type Anvil } from '@animechain/testing'
import { decodeErrorResult, encodeDeployData, encodeFunctionData, getAddress } from 'viem'

/** Gas of the largest transaction on L1 (EIP-7825). */
const MAX_TRANSACTION_GAS = 2 ** 24
/** Calls of one JSON-RPC request. */
const BATCH = 100

/** What L1 says of a step: the hash of the state after it, or why the witness is refused. */
export type L1Answer = { next: Hash } | { refused: string }

/** The contract on a real L1. */
export interface L1Prover {
  /** Calls `step` for each witness; the answers in their order. */
  ask(witnesses: readonly StepWitness[]): Promise<L1Answer[]>
  /** Sends each as a transaction of its own. Gas that it took, its calldata paid; undefined where it reverted. */
  send(witnesses: readonly StepWitness[]): Promise<(number | undefined)[]>
  /** The output of a precompile of this L1; undefined when it fails. */
  precompile(number: number, input: Uint8Array): Promise<Uint8Array | undefined>
  stop(): Promise<void>
}

interface Reply {
  id: number
  result?: string
  error?: { message: string; data?: unknown }
}

/** Sends JSON-RPC calls as batches, one after another. */
async function batched(url: string, method: string, params: readonly unknown[][]): Promise<Reply[]> {
  const replies: Reply[] = []
  for (let at = 0; at < params.length; at += BATCH) {
    const body = params.slice(at, at + BATCH).map((p, id) => ({ jsonrpc: '2.0', id, method, params: p }))
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(600_000),
    })
    const some = (await response.json()) as Reply[]
    replies.push(...some.sort((a, b) => a.id - b.id))
  }
  return replies
}

function calldata({ state, proof, data }: StepWitness): Hex {
  return encodeFunctionData({
    abi: oneStepProverAbi,
    functionName: 'step',
    args: [state, proof, bytesToHex(data)],
  })
}

function refusal({ error }: Reply): string {
  const data = error?.data
  if (typeof data !== 'string' || data.length < 10) return error?.message ?? 'nothing'
  try {
    return decodeErrorResult({ abi: oneStepProverAbi, data: data as Hex }).errorName
  } catch {
    return `an unknown error ${data.slice(0, 10)}`
  }
}

const quantity = (value: number) => `0x${value.toString(16)}`

/** Sends transactions from the node's own account into blocks that are made for them. Their receipts. */
async function mined(l1: Anvil, transactions: readonly { to?: Address; data: Hex }[]) {
  const [from] = await l1.request<Address[]>('eth_accounts')
  const hashes: Hash[] = []
  for (const transaction of transactions)
    hashes.push(
      await l1.request('eth_sendTransaction', [{ from, ...transaction, gas: quantity(MAX_TRANSACTION_GAS) }]),
    )
  type Receipt = { status: Hex; gasUsed: Hex; contractAddress: Address }
  const receipts: Receipt[] = []
  for (const hash of hashes)
    for (let receipt: Receipt | null = null; receipt === null;) {
      receipt = await l1.request<Receipt | null>('eth_getTransactionReceipt', [hash])
      if (receipt) receipts.push(receipt)
      else await l1.request('evm_mine')
    }
  return receipts
}

/** Starts an L1 with Osaka's rules and puts the contracts on it. */
export async function l1Prover(): Promise<L1Prover> {
  const l1 = await anvil({ gasLimit: 1_000_000_000, args: ['--enable-tx-gas-limit'] })
  try {
    const facets = [numericFacetBytecode, controlFacetBytecode, memoryFacetBytecode, hostFacetBytecode]
    const deployed = await mined(
      l1,
      facets.map((data) => ({ data })),
    )
    const [numeric, control, memory, host] = deployed.map(({ contractAddress }) =>
      getAddress(contractAddress),
    )
    const [{ contractAddress: to } = { contractAddress: undefined }] = await mined(l1, [
      {
        data: encodeDeployData({
          abi: oneStepProverAbi,
          bytecode: oneStepProverBytecode,
          args: [numeric!, control!, memory!, host!],
        }),
      },
    ])
    return proverAt(l1, to!)
  } catch (error) {
    await l1.stop()
    throw error
  }
}

function proverAt(l1: Anvil, to: Address): L1Prover {
  const gas = quantity(MAX_TRANSACTION_GAS)
  return {
    async ask(witnesses) {
      const replies = await batched(
        l1.url,
        'eth_call',
        witnesses.map((witness) => [{ to, data: calldata(witness), gas }, 'latest']),
      )
      return replies.map((reply) =>
        reply.result?.length === 66 ? { next: reply.result as Hash } : { refused: refusal(reply) },
      )
    },
    async send(witnesses) {
      const receipts = await mined(
        l1,
        witnesses.map((witness) => ({ to, data: calldata(witness) })),
      )
      return receipts.map(({ status, gasUsed }) => (BigInt(status) === 1n ? Number(gasUsed) : undefined))
    },
    async precompile(number, input) {
      const address = `0x${number.toString(16).padStart(40, '0')}`
      const [reply] = await batched(l1.url, 'eth_call', [
        [{ to: address, data: bytesToHex(input), gas }, 'latest'],
      ])
      return reply?.result === undefined
        ? undefined
        : Uint8Array.from(Buffer.from(reply.result.slice(2), 'hex'))
    },
    stop: () => l1.stop(),
  }
}
