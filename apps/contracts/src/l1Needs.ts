import { BaseError } from '@animechain/core'
import { numberToHex, type PublicClient, type Transport } from 'viem'
import type { DeployValues } from './chainConfig.js'

/** Gas that one L1 block must have room for: the installation of all proxies. */
const LEAST_BLOCK_GAS = 5_000_000n
/** BLOBBASEFEE PUSH0 MSTORE, PUSH1 32 PUSH0 RETURN: runs as a constructor wherever Cancun does. */
const CANCUN_CODE = '0x4a5f5260205ff3'

/** One thing that a rollup needs of its L1. */
export interface L1Need {
  what: string
  met: boolean
  /** What is asked for, and what happens without it. */
  detail: string
  /** Nothing is deployed without it; the others are said aloud. */
  required: boolean
}

interface RawBlock {
  number: `0x${string}`
  baseFeePerGas?: string
  gasLimit: `0x${string}`
}

/** Asks an L1 endpoint for what contracts and nodes need of it. */
export async function l1Needs(
  client: PublicClient<Transport>,
  values: Pick<DeployValues, 'wait'>,
): Promise<L1Need[]> {
  const raw = (method: string, params: readonly unknown[]) =>
    client.request({ method, params } as never) as Promise<unknown>
  const block = (await raw('eth_getBlockByNumber', ['latest', false])) as RawBlock
  const tag = (name: string) =>
    raw('eth_getBlockByNumber', [name, false]).then(
      (found) => found !== null,
      (error: Error) => /block not found/i.test(error.message) || error.name === 'BlockNotFoundError',
    )
  const has = (request: Promise<unknown>) =>
    request.then(
      () => true,
      () => false,
    )
  const proofOf = ['0x4e59b44847b379578588920ca78fbf26c0b4956c', [`0x${'00'.repeat(32)}`]]
  const [cancun, final, safe, proofs, logs] = await Promise.all([
    has(raw('eth_call', [{ data: CANCUN_CODE }, 'latest'])),
    tag('finalized'),
    tag('safe'),
    has(raw('eth_getProof', [...proofOf, block.number])),
    has(raw('eth_getLogs', [{ fromBlock: block.number, toBlock: numberToHex(BigInt(block.number)) }])),
  ])
  const waitsForTag = values.wait !== 'confirmations'
  return [
    {
      what: 'EIP-1559 fees',
      met: block.baseFeePerGas !== undefined,
      detail: 'blocks with baseFeePerGas; transactions offer fees by it',
      required: true,
    },
    {
      what: 'the Cancun fork',
      met: cancun,
      detail: 'its opcodes in eth_call; the contracts copy memory by MCOPY and read the blob base fee',
      required: true,
    },
    {
      what: 'room in a block',
      met: BigInt(block.gasLimit) >= LEAST_BLOCK_GAS,
      detail: `a gas limit of ${LEAST_BLOCK_GAS} or more, got ${BigInt(block.gasLimit)}; all proxies are installed by one transaction`,
      required: true,
    },
    {
      what: 'eth_getLogs',
      met: logs,
      detail: 'nodes read batches and deposits by it',
      required: true,
    },
    {
      what: `the tags safe and finalized`,
      met: final && safe,
      detail: `eth_getBlockByNumber of both; nodes take nothing as final without them${waitsForTag ? ', and --wait asks for one' : ''}`,
      required: waitsForTag,
    },
    {
      what: 'eth_getProof',
      met: proofs,
      detail: 'nodes show by it what the endpoint says of the inbox; without it they ask again instead',
      required: false,
    },
  ]
}

/**
 * @throws {BaseError} `DEPLOY_L1` that lists what is missing
 */
export function assertL1Needs(needs: readonly L1Need[]): void {
  const missing = needs.filter(({ met, required }) => required && !met)
  if (missing.length === 0) return
  throw new BaseError('This L1 lacks what a rollup needs.', {
    code: 'DEPLOY_L1',
    metaMessages: missing.map(({ what, detail }) => `${what}: expected ${detail}.`),
  })
}
