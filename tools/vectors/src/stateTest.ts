import {
  hexToBytes,
  keccak256Hex,
  zeroHash,
  type BlockAttributes,
  type Hash,
  type Log,
} from '@animechain/core'
import { rlpEncode } from '@animechain/tx'
import { rootOf, withEngine, type EngineUnderTest } from './engines.js'
import { chainOf, skipReason, type FixtureBlobSchedule } from './forks.js'
import { Mismatch, same, type TestFile } from './outcome.js'
import { alloc, quantity, toAddress, toHex, word, type FixtureState } from './state.js'

interface StateTest {
  env: Record<string, string>
  pre: FixtureState
  post: Record<
    string,
    { hash: string; logs: string; txbytes: string; expectException?: string; state?: FixtureState }[]
  >
  config?: { chainid?: string; blobSchedule?: FixtureBlobSchedule }
}

/** GeneralStateTests: one transaction on one state, for each fork; post state root and hash of the logs. */
export function stateTests(path: string, name: string, test: StateTest, engine: EngineUnderTest): TestFile {
  const out: TestFile = { cases: [], skipped: {} }
  for (const [fork, posts] of Object.entries(test.post)) {
    const chain = chainOf(fork, quantity(test.config?.chainid ?? '0x1'), test.config?.blobSchedule)
    if (chain === undefined) {
      const why = skipReason(fork)
      out.skipped[why] = (out.skipped[why] ?? 0) + posts.length
      continue
    }
    const { env } = test
    const number = quantity(env['currentNumber'])
    const timestamp = quantity(env['currentTimestamp'])
    for (const [index, post] of posts.entries()) {
      out.cases.push({
        id: `${path}::${name}::${fork}::${index}`,
        async run() {
          const raw = hexToBytes(toHex(post.txbytes))
          const genesis = {
            timestamp: 0n,
            gasLimit: quantity(env['currentGasLimit']),
            baseFeePerGas: quantity(env['currentBaseFee']),
            prevRandao: zeroHash,
            extraData: '0x',
            beneficiary: toAddress(env['currentCoinbase']!),
            alloc: alloc(test.pre),
          } as const
          const attributes: BlockAttributes = {
            number,
            timestamp,
            beneficiary: genesis.beneficiary,
            gasLimit: genesis.gasLimit,
            prevRandao: word(env['currentRandom']),
            extraData: '0x',
            parentBeaconBlockRoot: zeroHash,
            baseFeePerGas: genesis.baseFeePerGas,
            excessBlobGas: quantity(env['currentExcessBlobGas']),
            systemCalls: false,
          }
          await withEngine(engine, chain, genesis, stateTestBlockHash, async (own, header) => {
            const parent = {
              ...header,
              number: number - 1n,
              timestamp: timestamp - 1n,
              hash: stateTestBlockHash(number - 1n),
              parentHash: number < 2n ? zeroHash : stateTestBlockHash(number - 2n),
            }
            const builder = await own.openBlock(parent, attributes)
            const outcome = await builder.add(raw)
            const block = await builder.seal()
            if (post.expectException !== undefined && outcome.status === 'included')
              throw new Mismatch('transaction', post.expectException, 'included')
            if (post.expectException === undefined && outcome.status === 'skipped')
              throw new Mismatch('transaction', 'included', `${outcome.reason} (${outcome.detail ?? ''})`)
            const logs = outcome.status === 'included' ? outcome.transaction.receipt.logs : []
            same('state root', block.header.stateRoot, post.hash)
            same('hash of the logs', logsHash(logs), post.logs)
          })
          if (post.state !== undefined)
            same('root of the post state', await rootOf(engine, chain, post.state), post.hash)
          if (engine.proof === undefined) return
          // The same on a chain whose parent block is a real one: its hash is what the proof begins with.
          const first = { ...genesis, number: number - 1n, timestamp: timestamp - 1n }
          await withEngine(
            engine,
            chain,
            first,
            () => undefined,
            async (own, parent) => {
              await own.executeBlock(parent, { ...attributes, transactions: [raw] })
            },
          )
        },
      })
    }
  }
  return out
}

/** State tests have no chain: hash of block n is the hash of n in decimal digits. */
function stateTestBlockHash(number: bigint): Hash {
  return keccak256Hex(new TextEncoder().encode(`${number}`))
}

export function logsHash(logs: readonly Log[]): Hash {
  return keccak256Hex(
    rlpEncode(
      logs.map((log) => [
        hexToBytes(log.address),
        log.topics.map((topic) => hexToBytes(topic)),
        hexToBytes(log.data),
      ]),
    ),
  )
}
