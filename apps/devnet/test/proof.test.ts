import { afterEach, describe, expect, test } from '@jest/globals'
import { batchCodec } from '@animechain/codec'
import { batchEvidence, rollupChain, type BatchRecord, type Hash } from '@animechain/core'
import { blob } from '@animechain/da-blob'
import { calldata } from '@animechain/da-calldata'
import { runProof, wasm, witnessHost } from '@animechain/execution-wasm'
import { createRollup, type Rollup } from '@animechain/node'
import { reexecution } from '@animechain/proving-reexecution'
import { optimistic } from '@animechain/settlement-optimistic'
import { memoryStorage } from '@animechain/storage-memory'
import { eventually } from '@animechain/testing'
import { parseAbi, parseEther } from 'viem'
import { getL2TransactionHashes } from 'viem/op-stack'
import { clients, testDevnet } from './support.js'

const passer = '0x4200000000000000000000000000000000000016'
const passerAbi = parseAbi([
  'function initiateWithdrawal(address target, uint256 gasLimit, bytes data) payable',
])
const weth = '0x4200000000000000000000000000000000000006'

describe('the program that fraud proofs are about', () => {
  let net: Awaited<ReturnType<typeof testDevnet>> | undefined
  let rollup: Rollup | undefined
  afterEach(async () => {
    await rollup?.stop()
    await net?.dispose()
    rollup = net = undefined
  }, 180_000)

  test.each(['calldata', 'blob'] as const)(
    'proves every batch of a devnet that writes to %s, from nothing but what was recorded',
    async (kind) => {
      const devnet = (net = await testDevnet({ da: kind, verifier: false, bridge: false }))
      const { l1, l2, l1Wallet, l2Wallet, l2Chain, account } = clients(devnet, 4)
      const deposit = await l1Wallet.depositTransaction({
        request: { gas: 100_000n, to: account.address, mint: parseEther('1'), value: parseEther('1') },
        targetChain: l2Chain,
      } as never)
      const [depositHash] = getL2TransactionHashes(await l1.waitForTransactionReceipt({ hash: deposit }))
      await l2.waitForTransactionReceipt({ hash: depositHash!, timeout: 120_000 })
      const sent: Hash[] = []
      for (let i = 0; i < 20; i++)
        sent.push(await l2Wallet.sendTransaction({ to: weth, value: 1n, data: '0xd0e30db0' } as never))
      sent.push(
        await l2Wallet.writeContract({
          address: passer,
          abi: passerAbi,
          functionName: 'initiateWithdrawal',
          args: [account.address, 100_000n, '0x1234'],
          value: 7n,
        } as never),
      )
      const receipts = await Promise.all(
        sent.map((hash) => l2.waitForTransactionReceipt({ hash, timeout: 120_000 })),
      )
      expect(receipts.map(({ status }) => status)).toEqual(sent.map(() => 'success'))
      const needed = receipts.at(-1)!.blockNumber

      // A node that derives the chain from L1 has the states; the witness is recorded from them.
      const { deployment, l1Url } = devnet
      const settlement = optimistic({
        l1: { rpcUrl: l1Url },
        contracts: deployment.addresses,
        startBlock: deployment.rollup.l1StartBlock,
      })
      const readers = { calldata: calldata({ rpcUrl: l1Url }), blob: blob({ rpcUrl: l1Url }) }
      const engine = wasm()
      const outputs = new Map<bigint, Hash>()
      rollup = createRollup({
        chain: rollupChain({ chainId: deployment.rollup.chainId }),
        genesis: deployment.rollup.genesis,
        execution: engine,
        da: readers[kind],
        readers: Object.values(readers),
        settlement,
        proving: reexecution(),
        storage: memoryStorage(),
        codec: batchCodec(),
        role: 'verifier',
        batcher: false,
        proposer: false,
      })
      const { chain } = rollup
      rollup.on('batch', ({ record, outputRoot }) => outputs.set(record.index, outputRoot))
      await rollup.start()
      await eventually(
        'the batches to be derived',
        async () => chain.head('safe').number >= needed && outputs.size >= 3,
        { timeoutMs: 240_000 },
      )
      await rollup.services.derivation.stop()

      const dataOf = async ({ commitment, location }: BatchRecord) => {
        if (kind === 'blob') {
          const got = await readers.blob.getBlobs!(commitment, { location })
          if (got.status === 'blobs') return got.blobs
          throw new Error(`expected blobs, got ${got.status}`)
        }
        const got = await readers.calldata.get(commitment, { location })
        if (got.status === 'data') return got.data
        throw new Error(`expected data, got ${got.status}`)
      }
      for (const record of await settlement.getBatches(0n, BigInt(outputs.size))) {
        const agreed = chain.headerByNumber(record.header.firstBlock - 1n)!
        const witness = await engine.recordBatchWitness({
          agreed,
          ...(await batchEvidence(settlement, [record], dataOf)),
        })
        const { inputs, preimages } = witness
        expect(inputs[1]).toBe(record.acc)
        const recorded = witnessHost(witness)
        expect([record.index, await runProof(recorded)]).toEqual([record.index, outputs.get(record.index)])
        // Without any one of them there is no answer: nothing is read from elsewhere.
        const [missing] = [...preimages.keys()]
        await expect(
          runProof({
            ...recorded,
            preimage: (kind, key) => (key === missing ? undefined : recorded.preimage(kind, key)),
          }),
        ).rejects.toMatchObject({ code: 'EXECUTION_STATE_MISSING' })
      }
    },
    600_000,
  )
})
