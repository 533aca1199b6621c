import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { batchCodec } from '@animechain/codec'
import { accessRegistryAbi, grantsAbi, inboxAbi, optimismPortalAbi } from '@animechain/contracts'
import {
  batchEvidence,
  bytesToHex,
  commitmentPrefixes,
  concatBytes,
  hexToBytes,
  keccak256 as keccak,
  predeploys,
  readBatchBase,
  sha256,
  type BatchRecord,
  type Hash,
  type Hex,
} from '@animechain/core'
import { guestBinary } from '@animechain/execution-wasm'
import {
  checkStep,
  hostData,
  loadProgram,
  Replayer,
  stateHash,
  witness,
  type L1Checks,
} from '@animechain/proving-machine'
import { anvil, eventually, type Anvil } from '@animechain/testing'
import {
  accountSubject,
  encodeEvidence,
  messageHash,
  projectId,
  type Grant,
} from '@animechain/vault-protocol'
import { decodeFunctionResult, encodeFunctionData, keccak256, toHex } from 'viem'
import { composeNode, type ComposedNode, type NodeSettings } from '../src/index.js'
import { account, confidentialChain, l2ChainId, viewKey } from './confidentialChain.js'

const long = { timeoutMs: 60_000 }
const CANARY = 'CANARY-a storyboard that nobody may see-CANARY'
const owner = account('owner')
const stranger = account('stranger')

let l1: Anvil
let net: Awaited<ReturnType<typeof confidentialChain>>
const running: ComposedNode[] = []
async function start(settings: NodeSettings): Promise<ComposedNode['rollup']> {
  const node = await composeNode(settings)
  running.push(node)
  await node.rollup.start()
  return node.rollup
}
async function stop(): Promise<void> {
  for (const { rollup, close } of running.splice(0).reverse()) {
    await rollup.stop()
    await close()
  }
}
beforeAll(async () => {
  l1 = await anvil({ blockTime: 1, mineAtOnce: true, accounts: 16, slotsInAnEpoch: 1 })
  net = await confidentialChain(l1)
}, 180_000)
afterAll(async () => {
  await stop()
  await net?.stop()
  await l1?.stop()
})

/** No step here needs a precompile of L1's. */
const noL1: L1Checks = {
  blobValue: () => false,
  precompile: () => undefined,
}

type Rollup = ComposedNode['rollup']
const signed = async (nonce: number, to: Hex, data: Hex) =>
  hexToBytes(
    await owner.signTransaction({
      ...{ type: 'eip1559', chainId: l2ChainId, nonce, gas: 1_000_000n },
      ...{ maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n, to, data },
    }),
  )
const safe = (rollup: Rollup, hash: Hash) =>
  eventually(
    'a transaction in a batch that is posted',
    () => {
      const number = rollup.chain.transaction(hash)?.block.header.number
      return number !== undefined && rollup.chain.head('safe').number >= number ? number : undefined
    },
    long,
  )
const hashesOf = (rollup: Rollup, last: bigint) =>
  Array.from({ length: Number(last) + 1 }, (_, i) => rollup.chain.headerByNumber(BigInt(i))?.hash)

/** Everything that L1 has seen: transactions with their data, and logs. */
async function seenOnL1(): Promise<string> {
  const { publicClient } = net.clients(owner)
  const out: string[] = []
  for (let number = await publicClient.getBlockNumber(); number > 0n; number--) {
    const { transactions } = await publicClient.getBlock({ blockNumber: number, includeTransactions: true })
    out.push(...transactions.map(({ input }) => input))
  }
  const logs = await publicClient.getLogs({ fromBlock: 0n })
  return [...out, ...logs.map(({ data, topics }) => `${data}${topics.join('')}`)].join('\n')
}
/** Every byte that a storage node has on its disk. */
const disk = (folder: string): Buffer[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)))

describe('a confidential chain', () => {
  let sequencer: Rollup
  let last: bigint
  beforeAll(async () => {
    sequencer = await start(net.sequencer)
    const hashes: Hash[] = []
    for (let nonce = 0; nonce < 3; nonce++)
      hashes.push(
        await sequencer.pool!.add(await signed(nonce, stranger.address, toHex(`${CANARY} ${nonce}`))),
      )
    last = await safe(sequencer, hashes.at(-1)!)
  }, 180_000)
  afterEach(async () => {
    // The sequencer goes on.
    const others = running.splice(1)
    for (const { rollup, close } of others) {
      await rollup.stop()
      await close()
    }
  })

  test('is derived by who holds the view key, to the same hashes', async () => {
    const verifier = await start(net.verifier(viewKey))
    const fallbacks: unknown[] = []
    verifier.on('batch', ({ fallback }) => fallback !== undefined && fallbacks.push(fallback))
    await eventually('the batches to be derived', () => verifier.chain.head('safe').number >= last, long)
    expect(hashesOf(verifier, last)).toEqual(hashesOf(sequencer, last))
    expect(fallbacks).toEqual([])
    const { batchCount } = await verifier.settlement.view()
    const batches = await verifier.settlement.getBatches(0n, batchCount)
    expect(new Set(batches.map(({ commitment }) => commitment[0]))).toEqual(
      new Set([commitmentPrefixes.private]),
    )
  }, 180_000)

  test('makes who holds none, or another, wait: nothing is taken for invalid, and it says why', async () => {
    const without = await start(net.verifier())
    await eventually('it says why', () => JSON.stringify(without.health()).includes('no view key'), long)
    expect(without.chain.head('safe').number).toBe(0n)
    await expect(start(net.verifier(viewKey.map((byte) => byte ^ 1)))).rejects.toMatchObject({
      code: 'DA_PRIVATE_VIEW_KEY',
    })
  }, 180_000)

  test('shows L1 and its storage nodes no byte of it, and neither the view key', async () => {
    const texts = [
      await seenOnL1(),
      ...net.folders.flatMap(disk).flatMap((bytes) => [bytes.toString('hex'), bytes.toString('latin1')]),
    ]
    expect(net.folders.flatMap(disk).length).toBeGreaterThan(10)
    for (const secret of [Buffer.from('CANARY'), viewKey]) {
      const [hex, latin] = [Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('latin1')]
      for (const text of texts) expect([text.includes(hex), text.includes(latin)]).toEqual([false, false])
    }
  })

  test('is proven by the program of every chain, which reads the key of one batch and never the view key', async () => {
    const verifier = await start(net.verifier(viewKey))
    await eventually('the batches to be derived', () => verifier.chain.head('safe').number >= last, long)
    const dataOf = async ({ commitment }: BatchRecord) => {
      const got = await verifier.da.getSealed!(commitment)
      if (got.status !== 'sealed') throw new Error(`expected what was sealed, got ${got.status}`)
      return got.sealed
    }
    const record = (await verifier.settlement.getBatches(0n, 1n))[0]!
    const inputs = await verifier.engine.proofInputs!({
      agreed: verifier.chain.headerByNumber(record.header.firstBlock - 1n)!,
      ...(await batchEvidence(verifier.settlement, [record], dataOf)),
    })
    const host = hostData(inputs)
    const program = loadProgram(await guestBinary('proof'))
    const key = (await dataOf(record)).key
    const leaf = inputs.sha256.find((bytes) => bytes[0] === 0)!
    const wanted = new Map<Hash, Uint8Array>([
      [bytesToHex(keccak(key)), key],
      [bytesToHex(sha256(leaf)), leaf],
    ])
    // Each is withheld once: the replayer stops before the step that reads it.
    const replayer = await Replayer.create(program, {
      ...host,
      preimage: (kind, hash) => (wanted.has(hash) ? undefined : host.preimage(kind, hash)),
    })
    while (wanted.size > 0) {
      expect(() => replayer.run()).toThrow(expect.objectContaining({ code: 'PROVING_MISSING_PREIMAGE' }))
      const { witness: shown, next } = witness(replayer.state, program, replayer, host)
      const [hash, data] = [...wanted].find(([, bytes]) => bytesToHex(bytes) === bytesToHex(shown.data))!
      // Besides: the code, and nine words of memory and operands at most, of which none is the plaintext's yet.
      const open = shown.proof.map((word) => word.slice(2)).join('')
      for (const secret of [viewKey, Buffer.from('CANARY')])
        expect(open + bytesToHex(shown.data)).not.toContain(Buffer.from(secret).toString('hex'))
      expect(data.length).toBeLessThanOrEqual(4_097)
      wanted.delete(hash)
      const after = stateHash(checkStep(shown, noL1))
      expect(after).toBe(stateHash(next))
      replayer.seek(replayer.position + 1n)
      expect(replayer.stateHash()).toBe(after)
    }
    replayer.run()
    const { outputRoot } = await verifier.outputAt(
      record.header.firstBlock + BigInt(record.header.blockCount) - 1n,
    )
    expect(replayer.registers).toMatchObject({ status: 1, output: outputRoot })
    const all = concatBytes(...inputs.preimages, ...inputs.sha256)
    expect(Buffer.from(all).includes(Buffer.from(viewKey))).toBe(false)
  }, 180_000)
})

describe('access to a confidential chain, with a sequencer that censors', () => {
  const salt = keccak256(toHex('a project'))
  const registry = predeploys.accessRegistry
  const project = projectId({ chainId: l2ChainId, registry, owner: owner.address, salt })
  const grantTo = (address: Hex, nonce: string): Grant => ({
    ...{ project, scope: project, subjectKind: 0, subject: accountSubject({ chainId: l2ChainId, address }) },
    ...{ renditions: 1n, purposes: 1, notBefore: 1n, expiry: 2n ** 40n, delegation: 0 },
    ...{ parent: `0x${'00'.repeat(32)}`, nonce: keccak256(toHex(nonce)) },
  })
  const given = grantTo(stranger.address, 'given')
  const stolen = grantTo(stranger.address, 'stolen')
  const idOf = (grant: Grant) => messageHash({ chainId: l2ChainId, registry }, 'Grant', grant)

  /** Whether the policy lets the stranger see the project, at a node's newest safe block. */
  async function until(rollup: Rollup, grant: Grant): Promise<bigint> {
    const evidence = encodeEvidence({ chain: [{ grant, signature: '0x', proof: [] }], path: [] })
    const data = encodeFunctionData({
      ...{ abi: grantsAbi, functionName: 'mayRelease' },
      args: [project, 0, grant.subject, 1, evidence],
    })
    const result = await rollup.engine.call(rollup.chain.head('safe'), {
      ...{ from: stranger.address, to: predeploys.grants, data, gas: 5_000_000n },
    })
    if (result.status !== 'success') throw new Error(`expected an answer, got ${result.status}`)
    const { returnData } = result
    const [granted] = decodeFunctionResult({ abi: grantsAbi, functionName: 'mayRelease', data: returnData })
    return granted
  }

  test('a forced transaction of a stranger grants nothing; a forced revocation of the owner works', async () => {
    const verifier = await start(net.verifier(viewKey))
    const sequencer = running[0]!.rollup
    let nonce = Number(await sequencer.pool!.pendingNonce(owner.address))
    const send = async (to: Hex, data: Hex) => sequencer.pool!.add(await signed(nonce++, to, data))
    await send(
      registry,
      encodeFunctionData({
        abi: accessRegistryAbi,
        functionName: 'createProject',
        args: [salt, predeploys.grants],
      }),
    )
    const granted = await send(
      predeploys.grants,
      encodeFunctionData({ abi: grantsAbi, functionName: 'grant', args: [given, '0x'] }),
    )
    const block = await safe(sequencer, granted)
    await eventually('the grant on the verifier', () => verifier.chain.head('safe').number >= block, long)
    expect(await until(verifier, given)).toBe(given.expiry)

    // From now on nobody orders transactions. Whoever wants something sends it through L1.
    await sequencer.stop()
    const { publicClient } = net.clients(owner)
    const through = async (who: typeof owner, to: Hex, data: Hex) => {
      const hash = await net.clients(who).walletClient.writeContract({
        ...{ chain: null, address: net.deployment.addresses.optimismPortal, abi: optimismPortalAbi },
        ...{ functionName: 'depositTransaction', args: [to, 0n, 500_000n, false, data] },
      })
      expect((await publicClient.waitForTransactionReceipt({ hash })).status).toBe('success')
    }
    const grant = encodeFunctionData({ abi: grantsAbi, functionName: 'grant', args: [stolen, '0x'] })
    await through(stranger, predeploys.grants, grant)
    const revoke = encodeFunctionData({
      abi: grantsAbi,
      functionName: 'revoke',
      args: [project, idOf(given)],
    })
    await through(owner, predeploys.grants, revoke)

    // Anybody forces a batch, in calldata: what is in it is in the clear.
    const empty = await batchCodec().encode({
      blocks: [{ timestampDelta: 1, depositCount: 0, transactions: [] }],
      labels: [],
    })
    await eventually(
      'a batch that is forced',
      async () => {
        const { parentAcc, depositsKnown, depositAcc } = await readBatchBase(verifier.settlement)
        const forced = await net
          .clients(stranger)
          .walletClient.writeContract({
            ...{
              chain: null,
              address: net.deployment.addresses.inbox,
              abi: inboxAbi,
              functionName: 'forceBatch',
            },
            args: [parentAcc, depositsKnown, depositAcc, bytesToHex(empty)],
          })
          .catch(() => undefined)
        return forced && (await publicClient.waitForTransactionReceipt({ hash: forced })).status === 'success'
      },
      { ...long, intervalMs: 500 },
    )
    await eventually(
      'the revocation on the verifier',
      async () => (await until(verifier, given)) === 0n,
      long,
    )
    expect(await until(verifier, stolen)).toBe(0n)
    const { batchCount } = await verifier.settlement.view()
    const [record] = await verifier.settlement.getBatches(batchCount - 1n, batchCount)
    expect(record!.commitment[0]).toBe(commitmentPrefixes.calldata)
  }, 240_000)
})
