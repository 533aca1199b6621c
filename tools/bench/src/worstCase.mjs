// Gas per second of the execution engines on the code that is slowest for its gas. The block gas limit follows from it (docs/adr/0006-block-gas-limit.md).
import { rollupChain } from '@animechain/core'
import { memoryStorage } from '@animechain/storage-memory'
import { privateKeyToAccount } from 'viem/accounts'
import { hexToBytes, toHex } from 'viem'
import { round } from './scope.mjs'

const ZERO = `0x${'00'.repeat(32)}`
const account = privateKeyToAccount(`0x${'42'.repeat(32)}`)
const GENESIS_TIME = 1_790_000_000n
/** EIP-7825: no transaction may have more. gas */
const MAX_TRANSACTION_GAS = 16_000_000n

const push = (value, bytes = 1) => (0x5f + bytes).toString(16) + value.toString(16).padStart(2 * bytes, '0')
/** Repeats a piece of code that leaves the stack as it was, for ever. */
const loop = (piece, times = 32, before = '') => {
  const start = before.length / 2
  return `0x${before}5b${piece.repeat(times)}${push(start, 2)}56`
}
/** Calls a precompile with its input in memory; the result goes behind it. */
const precompile = (address, inputBytes, outputBytes, input = []) =>
  loop(
    `${push(outputBytes, 2)}${push(inputBytes, 2)}${push(inputBytes, 2)}${push(0)}${push(address, 2)}5afa50`,
    8,
    input.map(([offset, word]) => `7f${word}${push(offset, 2)}52`).join(''),
  )

const word = (value) => value.toString(16).padStart(64, '0')
/** The generators of alt_bn128: (1, 2) and EIP-197's P2. */
const G1 = [1n, 2n]
const G2 = [
  11559732032986387107991004021392285783925812861821192530917403151452391805634n,
  10857046999023057135944570762232829481370756359578518086990519993285655852781n,
  4082367875863433681332203403145435568316851327593401208105741076214120093531n,
  8495653923123431417604973247489272438418190587263600148770280649306958101930n,
]
const words = (list) => list.map((value, index) => [32 * index, word(value)])

export const cases = {
  'SSTORE, warm': loop(`5a${push(1)}55`),
  'TSTORE, warm': loop(`5a${push(1)}5d`),
  'SLOAD, warm': loop(`${push(1)}5450`),
  'SLOAD, cold': loop('5a5450'),
  'BALANCE, cold': loop('5a3150'),
  'KECCAK256 of 32 bytes': loop(`${push(32)}${push(0)}2050`),
  'KECCAK256 of 1 KiB': loop(`${push(1024, 2)}${push(0)}2050`),
  'MUL and ADD': loop(`${push(7)}02${push(13)}01`, 32, `7f${'ff'.repeat(32)}`),
  'EXP of 32 bytes': loop(`7f${'ff'.repeat(32)}7f${'fd'.repeat(32)}0a50`),
  MULMOD: loop(`7f${'ff'.repeat(32)}7f${'fd'.repeat(32)}7f${'fb'.repeat(32)}0950`),
  MSTORE: loop(`${push(1)}${push(64)}52`),
  JUMPDEST: loop('5b', 500),
  'CALL, warm': loop(`${push(0)}${push(0)}${push(0)}${push(0)}${push(0)}${push(4)}5af150`),
  'LOG1 of 32 bytes': loop(`5a${push(32)}${push(0)}a1`),
  'CREATE, empty': loop(`${push(0)}${push(0)}${push(0)}f050`),
  ecrecover: precompile(1, 128, 32, [
    [0, '18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c'],
    [32, word(28n)],
    [64, '73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f'],
    [96, 'eeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549'],
  ]),
  'SHA-256 of 64 bytes': precompile(2, 64, 32),
  'modexp, 256 bits': precompile(
    5,
    192,
    32,
    words([32n, 32n, 32n, 2n ** 256n - 3n, 2n ** 256n - 5n, 2n ** 256n - 189n]),
  ),
  'alt_bn128 addition': precompile(6, 128, 64, words([...G1, ...G1])),
  'alt_bn128 multiplication': precompile(7, 96, 64, words([...G1, 2n ** 253n - 9n])),
  'alt_bn128 pairing': precompile(8, 384, 32, words([...G1, ...G2, ...G1, ...G2])),
}

async function engines(only) {
  const list = {}
  for (const name of only ? [only] : ['ethereumjs', 'wasm'])
    try {
      const module = await import(`@animechain/execution-${name}`)
      list[name] = module[name]
    } catch (error) {
      console.log(`${name} is not measured: ${error.message.split('\n')[0]}`)
    }
  return list
}

/** Seconds and gas of one block that holds one transaction with this much gas. */
async function measure(engine, head, code, gas, transaction) {
  const raw = hexToBytes(
    await account.signTransaction({
      type: 'eip1559',
      chainId: 901,
      nonce: transaction,
      maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 0n,
      gas,
      to: code,
    }),
  )
  const number = head.number + 1n
  const began = performance.now()
  const builder = await engine.openBlock(head, {
    number,
    timestamp: head.timestamp + 1n,
    beneficiary: '0x4200000000000000000000000000000000000011',
    gasLimit: 100_000_000n,
    prevRandao: ZERO,
    extraData: '0x',
    parentBeaconBlockRoot: ZERO,
  })
  const outcome = await builder.add(raw, { sender: account.address.toLowerCase() })
  if (outcome.status !== 'included')
    throw new Error(`not included: ${outcome.reason} ${outcome.detail ?? ''}`)
  const block = await builder.seal()
  return {
    seconds: (performance.now() - began) / 1000,
    gas: Number(block.header.gasUsed),
    header: block.header,
  }
}

export async function worstCase({ scope, options }) {
  const targetSeconds = Number(options.seconds ?? 1)
  const names = Object.keys(cases)
  const address = (index) => toHex(0xbe0000 + index, { size: 20 })
  const table = Object.fromEntries(names.map((name) => [name, {}]))
  const worst = {}
  for (const [engineName, create] of Object.entries(await engines(options.only))) {
    for (const [index, name] of names.entries()) {
      if (Date.now() > scope.deadline) break
      const engine = create()
      const storage = memoryStorage()
      await storage.start()
      try {
        const hashes = new Map()
        let head = await engine.open({
          chain: rollupChain({ chainId: 901n }),
          genesis: {
            timestamp: GENESIS_TIME,
            gasLimit: 100_000_000n,
            baseFeePerGas: 1_000_000n,
            prevRandao: ZERO,
            extraData: '0x',
            beneficiary: '0x4200000000000000000000000000000000000011',
            alloc: {
              [account.address.toLowerCase()]: { balance: 10n ** 24n },
              [address(index)]: { code: cases[name] },
            },
          },
          storage,
          blockHash: (number) => hashes.get(number),
        })
        let result
        let transaction = 0
        // Small blocks first: some code is so slow that a full block would take a minute. The last one counts.
        for (let gas = 500_000n; ;) {
          result = await measure(engine, head, address(index), gas, transaction++)
          head = result.header
          hashes.set(head.number, head.hash)
          if (gas === MAX_TRANSACTION_GAS || result.seconds > targetSeconds / 2) break
          gas *= BigInt(Math.max(2, Math.min(8, Math.floor(targetSeconds / result.seconds))))
          if (gas > MAX_TRANSACTION_GAS) gas = MAX_TRANSACTION_GAS
        }
        const rate = result.gas / result.seconds / 1e6
        table[name][`${engineName} Mgas/s`] = round(rate, rate < 10 ? 2 : 0)
        if (worst[engineName] === undefined || rate < worst[engineName].rate)
          worst[engineName] = { name, rate }
      } catch (error) {
        table[name][`${engineName} Mgas/s`] = error.message.split('\n')[0].slice(0, 60)
      } finally {
        await engine.close()
        await storage.stop()
      }
    }
  }
  console.log(
    'Millions of gas per second: one transaction that does nothing else until its gas is used up, its block sealed.',
  )
  console.table(table)
  for (const [engineName, { name, rate }] of Object.entries(worst)) {
    console.log(
      `${engineName}: slowest is ${name} with ${round(rate, 2)} Mgas/s. A block full of it would take`,
    )
    console.table(
      [8, 16, 30, 60].map((limit) => ({ 'gas limit, Mgas': limit, seconds: round(limit / rate, 1) })),
    )
  }
}
