import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readFileSync } from 'node:fs'
import {
  availabilityChallengeAbi,
  committeeRegistryAbi,
  committeeRoles,
  deployL1,
  devnetDefaults,
  devnetVault,
  privateDaAbi,
  type L1Addresses,
} from '@animechain/contracts'
import { bytesToHex, predeploys, type Address, type Hash, type Hex } from '@animechain/core'
import { anvil, patient, testAccount, type Anvil } from '@animechain/testing'
import {
  layoutOf,
  newDataKey,
  rootsTree,
  sealBytes,
  unitOf,
  unitTree,
  type SealedBytes,
} from '@animechain/vault-format'
import {
  availabilityTypedData,
  batchKeyDepth,
  certificateEvidence,
  denials,
  objectAt,
  privateCommitment,
  retirementOf,
  signMessage,
  type Acknowledgement,
  type Availability,
  type Manifest,
  type Receipt,
  type VaultDomain,
} from '@animechain/vault-protocol'
import {
  concatHex,
  createWalletClient,
  http,
  keccak256,
  numberToHex,
  parseEther,
  publicActions,
  stringToHex,
  toRlp,
} from 'viem'
import { foundry } from 'viem/chains'
import { random, zeroHash } from './kit.ts'

/** The L1 contracts take what the TypeScript of the store signs, hashes and seals. */
const l2: VaultDomain = { chainId: 4242, registry: predeploys.accessRegistry }
const operator = testAccount(1)
const nodes = [3, 4, 5, 6, 7].map((index) => testAccount(index))

const keyHash = keccak256('0x01')
const keyPath = Array.from({ length: batchKeyDepth }, (_, level) => keccak256(numberToHex(level)))
/** The key is leaf 5 of the tree. */
const keyRoot = keyPath.reduce<Hash>(
  (node, sibling, level) => keccak256(concatHex((5 >> level) & 1 ? [sibling, node] : [node, sibling])),
  keyHash,
)

let l1: Anvil
let at: Required<Pick<L1Addresses, 'committeeRegistry' | 'privateDa' | 'availabilityChallenge'>>

const client = (account = operator) =>
  createWalletClient({
    account,
    chain: foundry,
    transport: http(l1.url, patient),
    pollingInterval: 50,
  }).extend(publicActions)
const mined = async (hash: Hash) => {
  const receipt = await client().waitForTransactionReceipt({ hash, pollingInterval: 50, timeout: 60_000 })
  expect(receipt.status).toBe('success')
}
const registry = () => ({ address: at.committeeRegistry, abi: committeeRegistryAbi }) as const
const challenge = () => ({ address: at.availabilityChallenge, abi: availabilityChallengeAbi }) as const
const now = async () => (await client().getBlock()).timestamp

/** Joins with a key of its own consent: each node's stake is its own account's. */
async function join(index: number, role: Hash): Promise<void> {
  const node = client(nodes[index])
  await mined(
    await node.writeContract({
      ...registry(),
      functionName: 'join',
      args: [role, node.account.address, numberToHex(index + 1, { size: 32 }), 'http://127.0.0.1', '0x'],
      value: parseEther('0.1'),
    }),
  )
}

beforeAll(async () => {
  l1 = await anvil()
  const role = operator.address
  const { addresses } = await deployL1({
    publicClient: client() as never,
    walletClient: client(testAccount(0)) as never,
    config: {
      ...devnetDefaults,
      l2ChainId: BigInt(l2.chainId),
      roles: {
        timelockProposer: role,
        operator: role,
        guardian: role,
        sequencer: role,
        batcher: role,
        proposer: role,
        challenger: role,
      },
      proving: { program: { codeRoot: keyHash, ramRoot: keyHash, pages: 1 }, rulesHash: keyHash },
      vault: { ...devnetVault, keyRoot },
    },
    genesisOutputRoot: () => keyHash,
  })
  at = addresses as typeof at
  await Promise.all(nodes.map((_, index) => join(index, committeeRoles.storage)))
  await join(0, committeeRoles.keys)
  await mined(
    await client().writeContract({
      ...registry(),
      functionName: 'formEpoch',
      args: [
        (await now()) + 5n,
        [{ role: committeeRoles.storage, threshold: 4, members: nodes.map(({ address }) => address) }],
      ],
    }),
  )
  await l1.request('evm_increaseTime', [10])
  await l1.request('evm_mine')
}, 240_000)
afterAll(() => l1?.stop())

const domain = () => ({ chainId: foundry.id, adapter: at.privateDa })

const seal = (content: Uint8Array, project: Hash): Promise<SealedBytes> =>
  sealBytes({ content, dataKey: newDataKey(), project })

async function availability(sealed: SealedBytes): Promise<Availability> {
  const { blob, descriptor } = sealed
  return { blob, keyHash, length: descriptor.length, committee: 1n, until: (await now()) + 2n * 86_400n }
}

/** RLP of a header, for `draw`. */
async function headerOf(number: bigint): Promise<Hex> {
  const block = await l1.request<Record<string, Hex>>('eth_getBlockByNumber', [numberToHex(number), false])
  const quantity = (value: Hex): Hex => (BigInt(value) === 0n ? '0x' : numberToHex(BigInt(value)))
  const fields = [
    ...[
      'parentHash',
      'sha3Uncles',
      'miner',
      'stateRoot',
      'transactionsRoot',
      'receiptsRoot',
      'logsBloom',
    ].map((name) => block[name]!),
    ...['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp'].map((name) => quantity(block[name]!)),
    ...['extraData', 'mixHash', 'nonce'].map((name) => block[name]!),
    ...['baseFeePerGas'].map((name) => quantity(block[name]!)),
    ...['withdrawalsRoot'].map((name) => block[name]!),
    ...['blobGasUsed', 'excessBlobGas'].map((name) => quantity(block[name]!)),
    ...['parentBeaconBlockRoot', 'requestsHash'].flatMap((name) => block[name] ?? []),
  ]
  const header = toRlp(fields)
  expect(keccak256(header)).toBe(block.hash)
  return header
}

/** What a node shows of its shard. */
function answerOf(sealed: SealedBytes, shard: number, stripe: number, leaf: number) {
  const { stripes } = layoutOf(sealed.descriptor.length)
  let before = 0
  const units = Array.from({ length: stripes }, (_, s) => {
    const length = unitLength(sealed, s, shard)
    before += length
    return sealed.shards[shard]!.subarray(before - length, before)
  })
  const trees = units.map((unit) => unitTree(unit))
  const hex = (path: readonly Uint8Array[]) => path.map((hash) => bytesToHex(hash) as Hash)
  return {
    leaf: bytesToHex(units[stripe]!.subarray(leaf * 4_096, (leaf + 1) * 4_096)),
    unitPath: hex(trees[stripe]!.path(leaf)),
    shardPath: hex(rootsTree(trees.map(({ root }) => root)).path(stripe)),
  }
}

/** Parity is as long as the first chunk of its stripe. */
function unitLength(sealed: SealedBytes, stripe: number, shard: number): number {
  const unit = unitOf(stripe, shard)
  const begin = (stripe * 3 + (unit < 3 ? unit : 0)) * 262_160
  return Math.max(0, Math.min(262_160, Number(sealed.descriptor.length) - begin))
}

async function drawn(id: bigint): Promise<readonly [stripe: bigint, leaf: bigint, length: bigint]> {
  const { drawBlock } = await client().readContract({
    ...challenge(),
    functionName: 'challengeOf',
    args: [id],
  })
  await l1.request('anvil_mine', ['0x4'])
  await mined(
    await client().writeContract({
      ...challenge(),
      functionName: 'draw',
      args: [id, await headerOf(drawBlock)],
    }),
  )
  return client().readContract({ ...challenge(), functionName: 'leafOf', args: [id] })
}

describe('contracts of the store on L1', () => {
  it('take certificates as TypeScript encodes them', async () => {
    const what = await availability(await seal(new Uint8Array(100_000).fill(7), zeroHash))
    const signatures = await Promise.all(
      nodes.slice(0, 4).map((node) => node.signTypedData(availabilityTypedData(domain(), what) as never)),
    )
    const evidence = await certificateEvidence(domain(), what, signatures, { index: 5, path: keyPath })
    const adapter = { address: at.privateDa, abi: privateDaAbi } as const
    expect(await client().readContract({ ...adapter, functionName: 'commit', args: [evidence] })).toBe(
      bytesToHex(privateCommitment(what)),
    )
    const foreign = await certificateEvidence(domain(), what, signatures, { index: 4, path: keyPath })
    expect(await client().readContract({ ...adapter, functionName: 'isValid', args: [foreign] })).toEqual([
      false,
      keccak256(stringToHex('PrivateDA_ForeignKey(bytes32)')).slice(0, 10),
    ])
  }, 60_000)

  it('find any leaf of what was sealed, certified by a member', async () => {
    const sealed = await seal(
      new Uint8Array(700_000).map((_, i) => i),
      zeroHash,
    )
    const what = await availability(sealed)
    const signature = await nodes[1]!.signTypedData(availabilityTypedData(domain(), what) as never)
    await mined(
      await client().writeContract({
        ...challenge(),
        functionName: 'openCertified',
        args: [at.privateDa, what, signature, sealed.descriptor as never],
        value: devnetVault.challenge.bond,
      }),
    )
    const id = await client().readContract({ ...challenge(), functionName: 'count' })
    const [stripe, leaf] = await drawn(id)
    const { leaf: bytes, unitPath, shardPath } = answerOf(sealed, 1, Number(stripe), Number(leaf))
    await mined(
      await client().writeContract({
        ...challenge(),
        functionName: 'answer',
        args: [id, bytes, unitPath, shardPath],
      }),
    )
    const { status } = await client().readContract({
      ...challenge(),
      functionName: 'challengeOf',
      args: [id],
    })
    expect(status).toBe(3)
  }, 60_000)

  it('find any leaf of many stripes, acknowledged by a node', async () => {
    const studio = testAccount(8)
    const sealed = await seal(
      new Uint8Array(3_000_000).map((_, i) => i * 3),
      random(),
    )
    const { blob, descriptor } = sealed
    for (const shard of [0, 4]) {
      const node = nodes[shard]!
      const what: Acknowledgement = {
        node: node.address,
        blob,
        shard,
        eraser: studio.address,
        length: BigInt(sealed.shards[shard]!.length),
        committee: 1n,
        until: (await now()) + 2n * 86_400n,
      }
      const { signature } = await signMessage(node as never, l2, 'Acknowledgement', what)
      await mined(
        await client(studio).writeContract({
          ...challenge(),
          functionName: 'openAcknowledged',
          args: [what, signature, descriptor as never],
          value: devnetVault.challenge.bond,
        }),
      )
      const id = await client().readContract({ ...challenge(), functionName: 'count' })
      const [stripe, leaf, length] = await drawn(id)
      const { leaf: bytes, unitPath, shardPath } = answerOf(sealed, shard, Number(stripe), Number(leaf))
      expect((bytes.length - 2) / 2).toBe(Number(length))
      await mined(
        await client(node).writeContract({
          ...challenge(),
          functionName: 'answer',
          args: [id, bytes, unitPath, shardPath],
        }),
      )
    }
  }, 120_000)

  it('let a node off that deleted a superseded blob, by the order that it followed, and by no other', async () => {
    const studio = testAccount(8)
    const node = nodes[2]!
    const project = random()
    const sealed = await seal(new Uint8Array(900_000).fill(5), project)
    const { blob, descriptor } = sealed
    const promise: Acknowledgement = {
      ...{ node: node.address, blob, shard: 2, eraser: studio.address, committee: 1n },
      length: BigInt(sealed.shards[2]!.length),
      until: (await now()) + 2n * 86_400n,
    }
    const { signature } = await signMessage(node as never, l2, 'Acknowledgement', promise)
    await mined(
      await client(studio).writeContract({
        ...challenge(),
        functionName: 'openAcknowledged',
        args: [promise, signature, descriptor as never],
        value: devnetVault.challenge.bond,
      }),
    )
    const id = await client().readContract({ ...challenge(), functionName: 'count' })
    const path = [random()]
    const before: Manifest = {
      ...{ project, path, object: objectAt(project, path), rendition: 0, version: 1, epoch: 1, blob },
      ...{ committee: 1n, threshold: 3, shareCommitments: [1, 2, 3].map(() => random()), ownerWrap: '0x01' },
      createdAt: await now(),
    }
    const newer = { ...before, epoch: 2, blob: random() }
    const retirement = retirementOf(l2, before, newer, await now())
    const orderFor = (object: Hash) => ({ project, object, issuedAt: before.createdAt })
    const answer = async (manifest: Manifest, object: Hash, by = studio) => {
      const shown = await signMessage(by as never, l2, 'Manifest', manifest)
      const order = await signMessage(by as never, l2, 'Erase', orderFor(object))
      return client(node).simulateContract({
        ...challenge(),
        functionName: 'answerErased',
        args: [id, shown.message, shown.signature, order.message, order.signature],
      })
    }
    await expect(answer(retirement, retirement.object, node)).rejects.toThrow('WrongAnswer')
    await expect(answer(retirement, random())).rejects.toThrow('WrongAnswer')
    // Whoever has the whole object erased has the blob erased, too.
    await expect(answer(retirement, before.object)).resolves.toBeDefined()
    await expect(answer({ ...retirement, blob: newer.blob }, retirement.object)).rejects.toThrow(
      'WrongAnswer',
    )
    const { request } = await answer(retirement, retirement.object)
    await mined(await client(node).writeContract(request as never))
    const closed = await client().readContract({ ...challenge(), functionName: 'challengeOf', args: [id] })
    expect(closed.status).toBe(3)
  }, 60_000)

  it('take the stake of a node that signed two receipts with one sequence', async () => {
    const receipt = (request: Hash): Receipt => ({
      node: nodes[0]!.address,
      project: keccak256('0x02'),
      sequence: 7n,
      previous: random(),
      request,
      released: false,
      share: zeroHash,
      reason: denials.revoked,
      blockNumber: 1n,
      blockHash: random(),
      until: 0n,
      timestamp: 1_700_000_000n,
    })
    const a = await signMessage(nodes[0] as never, l2, 'Receipt', receipt(random()))
    const b = await signMessage(nodes[0] as never, l2, 'Receipt', receipt(random()))
    await mined(
      await client(testAccount(9)).writeContract({
        ...registry(),
        functionName: 'slashEquivocation',
        args: [a.message, a.signature, b.message, b.signature],
      }),
    )
    const stakeOf = async (role: Hash) =>
      (
        await client().readContract({
          ...registry(),
          functionName: 'memberOf',
          args: [role, nodes[0]!.address as Address],
        })
      ).stake
    expect(await stakeOf(committeeRoles.keys)).toBe(0n)
    expect(await stakeOf(committeeRoles.storage)).toBe(parseEther('0.1'))
  }, 60_000)
})

it('gives the reasons of the specification: each of Solidity is one of TypeScript', () => {
  const source = readFileSync(
    new URL('../../../contracts/src-sol/vault/Denials.sol', import.meta.url),
    'utf8',
  )
  const names = [...source.matchAll(/bytes4 internal constant (\w+) = bytes4\(keccak256\("VAULT_(\w+)"\)\)/g)]
  expect(names.length).toBe(14)
  for (const [, constant, name] of names) {
    expect(name).toBe(constant)
    const camel = name!.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
    expect(denials[camel as keyof typeof denials]).toBe(keccak256(stringToHex(`VAULT_${name}`)).slice(0, 10))
  }
})
