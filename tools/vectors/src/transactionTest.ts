import { bytesToHex, hexToBytes, zeroHash, type CallRequest } from '@animechain/core'
import { decodeTransaction, recoverSender, transactionHash, TransactionError } from '@animechain/tx'
import { withEngine, type EngineUnderTest } from './engines.js'
import { chainOf, skipReason } from './forks.js'
import { Mismatch, same, type TestFile } from './outcome.js'
import { quantity, toHex } from './state.js'

interface TransactionTest {
  txbytes: string
  result: Record<string, { hash?: string; sender?: string; exception?: string; intrinsicGas?: string }>
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
      const why = skipReason(fork)
      out.skipped[why] = (out.skipped[why] ?? 0) + 1
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
          prevRandao: zeroHash,
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
              prevRandao: zeroHash,
              extraData: '0x',
              parentBeaconBlockRoot: zeroHash,
              baseFeePerGas: 0n,
            })
            const outcome = await builder.add(raw)
            await builder.abort()
            // Nobody can own that much: such a transaction is one, and cannot be paid for.
            const unpayable = sender !== undefined && sender.cost >= 2n ** 256n
            // No block has room for that much gas, either.
            const roomless = sender !== undefined && sender.gasLimit > MAX_BLOCK_GAS_LIMIT
            const refused =
              outcome.status === 'skipped' && !(roomless && outcome.reason === 'gasLimitAboveBlock')
            if (expected.exception !== undefined) {
              if (!refused && !(roomless && unpayable))
                throw new Mismatch('transaction', expected.exception, 'a transaction')
              return
            }
            if (refused && !(unpayable && outcome.reason === 'insufficientFunds'))
              throw new Mismatch('transaction', 'included', outcome.reason)
            same('hash', transactionHash(raw), expected.hash)
            same(
              'sender',
              outcome.status === 'included' ? outcome.transaction.from : sender?.address,
              expected.sender,
            )
            // Execution-spec-tests write zero where they do not say.
            const intrinsic = quantity(expected.intrinsicGas)
            if (intrinsic === 0n) return
            const tooLow = async (gas: bigint) => {
              const result = await own.call(parent, { ...requestOf(raw), gas })
              return result.status === 'halt' && /intrinsic|floor/.test(result.reason)
            }
            same(`${intrinsic - 1n} gas is refused`, await tooLow(intrinsic - 1n), true)
            // From Prague the floor of EIP-7623 may ask for more.
            if (fork === 'Cancun') same(`${intrinsic} gas is refused`, await tooLow(intrinsic), false)
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

/** What a transaction asks for, without its price. */
function requestOf(raw: Uint8Array): CallRequest {
  const transaction = decodeTransaction(raw)
  const request: CallRequest = { from: recoverSender(raw), data: bytesToHex(transaction.data) }
  if (transaction.to !== undefined) request.to = transaction.to
  if ('accessList' in transaction && transaction.accessList !== undefined)
    request.accessList = transaction.accessList
  return request
}
