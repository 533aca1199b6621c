import {
  bigIntToBytes,
  concatBytes,
  hexToBytes,
  predeploys,
  rollupChain,
  type Address,
  type Genesis,
  type Hash,
  type Hex,
} from '@animechain/core'
import { wasm, witnessHost } from '@animechain/execution-wasm'
import type { HostData } from '@animechain/proving-machine'
import { newProofCounts, proving, sampledCases } from '@animechain/tool-vectors/suites'
import { privateKeyToAccount } from 'viem/accounts'
import { push } from '../code.js'
import { precompileInput } from '../precompileInput.js'
import type { Random } from '../random.js'
import { batchChain } from './batchChain.js'
import type { RealBlock } from './blockSteps.js'
import { blockProgram, generatedBlock } from './realSteps.js'

// Blocks whose runs are looked at as a whole: each is chosen for what its run reads.

const CHAIN_ID = 5
const GAS_LIMIT = 16_000_000n
const sender = privateKeyToAccount(`0x${'51'.repeat(32)}`)
const place = (last: number): Address => `0x${(0xc0de00 + last).toString(16).padStart(40, '0')}`
const [TOKEN, ANCESTORS, HASHING] = [place(1), place(2), place(3)]
/** Precompiles that L1 runs for the program. */
const BY_L1 = [1, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 256]
/** Block hashes that a block asks for, and blocks before it. */
const ANCESTORS_READ = 20
/** Random steps of each block of the batches, and of each other one. */
const [OF_A_BATCH_BLOCK, OF_A_BLOCK] = [100, 10]

/** transfer(to, amount), whose calldata is two words: balances at the hash of the holder, and a log. */
const TOKEN_CODE = [
  // balance[caller] -= amount
  ...['335f5260205f20', '8054602035900390', '55'],
  // balance[to] += amount
  ...['5f355f5260205f20', '80546020350190', '55'],
  // log(amount; caller, to)
  ...['6020355f52', '5f353360205fa200'],
].join('')
/** Keeps the hashes of the blocks before. */
const ANCESTORS_CODE = `${Array.from({ length: ANCESTORS_READ }, (_, i) => {
  const back = push(BigInt(i + 1))
  return `${back}430340${back}55`
}).join('')}00`
/** Hashes 32 bytes again and again until the gas is used up: the most steps for the gas. */
const HASHING_CODE = `5b${'60205f2050'.repeat(32)}5f56`

const contract = (code: string) => ({ nonce: 1n, code: `0x${code}` as Hex })
const zero: Hash = `0x${'00'.repeat(32)}`

const genesis: Genesis = {
  timestamp: 1_000n,
  gasLimit: GAS_LIMIT,
  baseFeePerGas: 1_000n,
  prevRandao: zero,
  extraData: '0x',
  beneficiary: predeploys.sequencerFeeVault,
  alloc: {
    [sender.address.toLowerCase()]: { balance: 10n ** 20n },
    [TOKEN]: contract(TOKEN_CODE),
    [ANCESTORS]: contract(ANCESTORS_CODE),
    [HASHING]: contract(HASHING_CODE),
    [predeploys.l1Block]: contract('00'),
  },
}

/** Signs transactions of one account, one after another. */
function signer() {
  let nonce = 0
  return async (to: Address, data: Hex, gas: bigint): Promise<Uint8Array> =>
    hexToBytes(
      await sender.signTransaction({
        ...{ type: 'eip1559', chainId: CHAIN_ID, nonce: nonce++, to, data, gas },
        ...{ maxFeePerGas: 10n ** 9n, maxPriorityFeePerGas: 3n },
      }),
    )
}

type Sign = ReturnType<typeof signer>

async function transfers(sign: Sign, count: number): Promise<Uint8Array[]> {
  const out: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const data = `${place(i).slice(2).padStart(64, '0')}${(i + 1).toString(16).padStart(64, '0')}`
    out.push(await sign(TOKEN, `0x${data}`, 60_000n))
  }
  return out
}

/** A call of each precompile that L1 runs. */
async function precompileCalls(sign: Sign, random: Random): Promise<Uint8Array[]> {
  const out: Uint8Array[] = []
  for (const wanted of BY_L1)
    for (;;) {
      const { address, input } = precompileInput(random)
      if (address !== wanted) continue
      out.push(await sign(`0x${address.toString(16).padStart(40, '0')}`, `0x${input}`, 1_000_000n))
      break
    }
  return out
}

/** ETH that is minted, and bytes that go with it. */
const opaqueDeposit = (mint: bigint, data: Uint8Array): Uint8Array =>
  concatBytes(
    ...[bigIntToBytes(mint, 32), bigIntToBytes(mint, 32), bigIntToBytes(100_000n, 8)],
    Uint8Array.of(0),
    data,
  )

/** Sizes of the larger blocks of a chain of batches. */
export interface BatchBlockSizes {
  /** transfers of the block that is full of them */
  transfers: number
  /** gas of the block that hashes */
  hashing: bigint
}

const FULL: BatchBlockSizes = { transfers: 250, hashing: 1_000_000n }

/** Blocks of a chain of batches, entered where L1 knows the program. */
export async function* batchBlocks(
  random: Random,
  { transfers: most, hashing }: BatchBlockSizes = FULL,
): AsyncGenerator<RealBlock> {
  const program = await blockProgram('run')
  const chain = await batchChain(rollupChain({ chainId: BigInt(CHAIN_ID) }), genesis)
  const sign = signer()
  const named = async (name: string, block = chain.headers.length - 1): Promise<RealBlock> => ({
    ...{ name, program, steps: OF_A_BATCH_BLOCK },
    ...(await chain.prove(block)),
  })
  try {
    for (const length of [0, 31, 3_000])
      chain.deposit({ from: place(9), to: TOKEN, opaqueData: opaqueDeposit(5n, random.bytes(length)) })
    chain.deposit({ kind: 1 })
    await chain.append('blobs', [await transfers(sign, 5), await precompileCalls(sign, random)])
    yield await named('deposits and transfers, from a blob', 1)
    yield await named('precompiles, from a blob')
    await chain.append('calldata', [await transfers(sign, most)])
    yield await named('transfers, from calldata')
    await chain.append('blobs', [await transfers(sign, most)])
    yield await named('transfers, from a blob')
    const empty = Array.from({ length: ANCESTORS_READ }, () => [])
    await chain.append('calldata', [...empty, [await sign(ANCESTORS, '0x', 2_000_000n)]])
    yield await named('hashes of ancestors, from calldata')
    await chain.append('blobs', [[await sign(HASHING, '0x', hashing)]])
    yield await named('KECCAK256, from a blob')
  } finally {
    await chain.close()
  }
}

/** Blocks of official tests. */
async function* vectorBlocks(fixtures: string, sample: number): AsyncGenerator<RealBlock> {
  const program = await blockProgram()
  const own = wasm()
  let runs: { host: HostData; outputRoot: Hash }[] = []
  const keeping = proving(own, newProofCounts(), async (host, outputRoot) => {
    runs.push({ host, outputRoot })
    return { output: outputRoot, steps: 0n }
  })
  for await (const test of sampledCases(fixtures, { name: 'wasm', create: () => keeping }, sample)) {
    await test.run()
    for (const run of runs) yield { name: test.id, program, steps: OF_A_BLOCK, ...run }
    runs = []
  }
}

async function* generatedBlocks(random: Random): AsyncGenerator<RealBlock> {
  const program = await blockProgram()
  for (;;) {
    const witness = await generatedBlock(random)
    const { outputRoot } = witness
    yield { name: 'generated', program, steps: OF_A_BLOCK, host: witnessHost(witness), outputRoot }
  }
}

/** Blocks for `count` random steps: batches first, then official tests in turn with generated blocks, or those alone. */
export async function* realBlocks(
  random: Random,
  { count, fixtures }: { count: number; fixtures?: string | undefined },
): AsyncGenerator<RealBlock> {
  yield* batchBlocks(random)
  const generated = generatedBlocks(random)
  if (fixtures !== undefined)
    for await (const block of vectorBlocks(fixtures, Math.ceil(count / (2 * OF_A_BLOCK)))) {
      yield block
      yield (await generated.next()).value as RealBlock
    }
  yield* generated
}
