import { hexToBytes } from '@animechain/core'
import { decodeTransaction, recoverSender, transactionHash, TransactionError } from '@animechain/tx'
import { withEngine, type EngineUnderTest } from './engines.js'
import { chainOf } from './forks.js'
import { Mismatch, same, type TestFile } from './outcome.js'
import { toHex, ZERO_HASH } from './state.js'

interface TransactionTest {
  txbytes: string
  result: Record<string, { hash?: string; sender?: string; exception?: string }>
}

/** No block has a higher limit (yellow paper, 4.4.4; go-ethereum's MaxGasLimit). gas */
const MAX_BLOCK_GAS_LIMIT = 2n ** 63n - 1n

/** TransactionTests: bytes, and for each fork hash and sender, or why it is no transaction. The account can pay whatever it takes. */
export function transactionTests(
  path: string,
  name: string,
  test: TransactionTest,
  engine: EngineUnderTest,
): TestFile {
  const out: TestFile = { cases: [], skipped: {} }
  for (const [fork, expected] of Object.entries(test.result)) {
    const chain = chainOf(fork, 1n)
    if (chain === undefined) {
      out.skipped['older fork'] = (out.skipped['older fork'] ?? 0) + 1
      continue
    }
    out.cases.push({
      id: `${path}::${name}::${fork}`,
      async run() {
        const raw = hexToBytes(toHex(test.txbytes))
        const sender = senderOf(raw)
        const genesis = {
          timestamp: 0n,
          gasLimit: MAX_BLOCK_GAS_LIMIT,
          baseFeePerGas: 0n,
          prevRandao: ZERO_HASH,
          extraData: '0x',
          beneficiary: `0x${'00'.repeat(20)}`,
          alloc: sender ? { [sender.address]: { balance: 2n ** 256n - 1n, nonce: sender.nonce } } : {},
        } as const
        await withEngine(
          engine,
          chain,
          genesis,
          () => undefined,
          async (own, parent) => {
            const builder = await own.openBlock(parent, {
              number: 1n,
              timestamp: 1n,
              beneficiary: genesis.beneficiary,
              gasLimit: genesis.gasLimit,
              prevRandao: ZERO_HASH,
              extraData: '0x',
              parentBeaconBlockRoot: ZERO_HASH,
              baseFeePerGas: 0n,
            })
            const outcome = await builder.add(raw)
            await builder.abort()
            if (expected.exception !== undefined) {
              if (outcome.status === 'included')
                throw new Mismatch('transaction', expected.exception, 'included')
              return
            }
            // Nobody can own that much: such a transaction is one, and cannot be paid for.
            const unpayable = sender !== undefined && sender.cost >= 2n ** 256n
            // No block has room for that much gas, either.
            const roomless = sender !== undefined && sender.gasLimit > MAX_BLOCK_GAS_LIMIT
            if (
              outcome.status === 'skipped' &&
              !(unpayable && outcome.reason === 'insufficientFunds') &&
              !(roomless && outcome.reason === 'gasLimitAboveBlock')
            )
              throw new Mismatch('transaction', 'included', outcome.reason)
            same('hash', transactionHash(raw), expected.hash)
            same(
              'sender',
              outcome.status === 'included' ? outcome.transaction.from : sender?.address,
              expected.sender,
            )
          },
        )
      },
    })
  }
  return out
}

function senderOf(raw: Uint8Array) {
  try {
    const transaction = decodeTransaction(raw)
    if (!('nonce' in transaction)) return undefined
    const price = 'maxFeePerGas' in transaction ? transaction.maxFeePerGas : transaction.gasPrice
    return {
      address: recoverSender(raw),
      nonce: transaction.nonce,
      gasLimit: transaction.gasLimit,
      cost: transaction.value + transaction.gasLimit * price,
    }
  } catch (error) {
    if (error instanceof TransactionError) return undefined
    throw error
  }
}
