import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { accessRegistryAbi, accessRegistryBytecode } from '@animechain/contracts'
import { predeploys, silentLogger, systemClock, type Address, type Hash, type Hex } from '@animechain/core'
import { memoryStorage } from '@animechain/storage-memory'
import { anvil, eventually, patient, testAccount, type Anvil } from '@animechain/testing'
import {
  chainView,
  embeddedMetadata,
  fixedCommittees,
  shareKeyPair,
  vaultNode,
  type AnchorSender,
  type L2Rpc,
  type MetadataStore,
  type VaultNode,
} from '@animechain/vault-node'
import type { MessageSigner } from '@animechain/vault-protocol'
import { createWalletClient, http, publicActions } from 'viem'
import { generatePrivateKey, privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { anchorSender } from '../src/anchorSender.ts'

/** Anchors of receipts on a real L2, which mines when it is told to. */
const folder = mkdtempSync(join(tmpdir(), 'da-node-anchors-'))
const registry = predeploys.accessRegistry
const project: Hash = `0x${'00'.repeat(32)}`
let chain: Anvil
let account: PrivateKeyAccount
let metadata: MetadataStore
let node: VaultNode | undefined

const wallet = () =>
  createWalletClient({
    chain: foundry,
    account: testAccount(0),
    transport: http(chain.url, patient),
  }).extend(publicActions)
const automine = (on: boolean) => chain.request('evm_setAutomine', [on])
const mine = () => chain.request('evm_mine')

/** What it sends with: offers more after half a second. */
const sender = (attempts = 3): AnchorSender =>
  anchorSender({ url: chain.url, account, logger: silentLogger, resendAfterMs: 500, attempts })

async function start(anchors?: { ms: number; send: AnchorSender }): Promise<VaultNode> {
  const rpc = http(chain.url, { retryCount: 0 })({}) as unknown as L2Rpc
  node = vaultNode({
    ...{ roles: ['keys'], domain: { chainId: foundry.id, registry }, policies: [], folder, metadata },
    signer: account as unknown as MessageSigner,
    shareKey: shareKeyPair(`0x${'17'.repeat(32)}`),
    view: chainView({ rpc, registry, clock: systemClock, logger: silentLogger, pollMs: 100 }),
    committees: fixedCommittees(() => []),
    markFile: join(folder, `${account.address}.mark`),
    http: { port: 0 },
    ...(anchors && { anchors }),
  })
  await node.start()
  return node
}

async function restart(anchors?: { ms: number; send: AnchorSender }): Promise<VaultNode> {
  await node?.stop()
  return start(anchors)
}

/** One more receipt of project zero. */
async function receipt(): Promise<void> {
  expect((await fetch(`${node!.url}/v1/release`, { method: 'POST', body: 'nonsense' })).status).toBe(403)
}

/** Sequences that the node has anchored, in their order. */
async function anchored(): Promise<bigint[]> {
  const events = await wallet().getContractEvents({
    ...{ address: registry, abi: accessRegistryAbi, eventName: 'ReceiptsAnchored', strict: true },
    ...{ args: { node: account.address }, fromBlock: 0n },
  })
  return events.map(({ args }) => args.sequence)
}

/** Whether what the node shows of its anchor is what the chain has. */
async function shows(sequence: bigint): Promise<void> {
  const shown = await node!.keys!.anchors.of(project)
  const [on, , root] = await wallet().readContract({
    ...{ address: registry, abi: accessRegistryAbi, functionName: 'anchorOf', args: [account.address] },
  })
  expect(shown).toMatchObject({ sequence, root })
  expect(on).toBe(sequence)
}

interface Pending {
  nonce: Hex
  maxFeePerGas: Hex
}
/** What of the node's is in no block yet. */
async function pending(): Promise<Pending[]> {
  const { pending: all } = await chain.request<{ pending: Record<Address, Record<string, Pending>> }>(
    'txpool_content',
  )
  const own = Object.entries(all).find(([from]) => from.toLowerCase() === account.address.toLowerCase())
  return Object.values(own?.[1] ?? {})
}

beforeAll(async () => {
  chain = await anvil()
  await chain.request('evm_setIntervalMining', [0])
  await automine(true)
  const hash = await wallet().sendTransaction({ data: accessRegistryBytecode })
  const { contractAddress } = await wallet().waitForTransactionReceipt({ hash, pollingInterval: 100 })
  const code = await wallet().getCode({ address: contractAddress! })
  await chain.request('anvil_setCode', [registry, code])
})
beforeEach(async () => {
  await node?.stop()
  await automine(true)
  account = privateKeyToAccount(generatePrivateKey())
  metadata = embeddedMetadata(memoryStorage())
  await chain.request('anvil_setBalance', [account.address, '0xde0b6b3a7640000'])
  await start()
})
afterAll(async () => {
  await node?.stop()
  await chain?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('anchors on L2', () => {
  it('land, each for what is new, and are shown once they are on chain', async () => {
    const { anchors } = node!.keys!
    expect(await anchors.anchor(sender())).toBe(false)
    await receipt()
    expect(await anchors.of(project)).toBeUndefined()
    expect(await anchors.anchor(sender())).toBe(true)
    await shows(1n)
    expect(await anchors.anchor(sender())).toBe(false)
    await receipt()
    await receipt()
    expect(await anchors.anchor(sender())).toBe(true)
    await shows(3n)
    expect(await anchored()).toEqual([1n, 3n])
    // A process that begins anew sends nothing twice.
    await restart()
    expect(await node!.keys!.anchors.anchor(sender())).toBe(false)
    await shows(3n)
    expect(await wallet().getTransactionCount({ address: account.address })).toBe(2)
  })

  it('offer more until they are in a block, with one nonce, and go on after an end in between', async () => {
    await receipt()
    await automine(false)
    const first = sender(2)
    await expect(node!.keys!.anchors.anchor(first)).rejects.toMatchObject({ code: 'DA_NODE_ANCHOR' })
    const [stuck, ...others] = await pending()
    expect(others).toEqual([])
    // The same process again, with more receipts: first what was begun.
    await receipt()
    await expect(node!.keys!.anchors.anchor(first)).rejects.toMatchObject({ code: 'DA_NODE_ANCHOR' })
    const [raised, ...more] = await pending()
    expect(more).toEqual([])
    expect(raised!.nonce).toBe(stuck!.nonce)
    expect(BigInt(raised!.maxFeePerGas)).toBeGreaterThan(BigInt(stuck!.maxFeePerGas))
    expect(await node!.keys!.anchors.of(project)).toBeUndefined()
    // Another process: it does not know what is in the mempool, and is not stopped by it.
    await restart()
    const going = node!.keys!.anchors.anchor(sender(40))
    await eventually(
      'a higher fee',
      async () => BigInt((await pending())[0]!.maxFeePerGas) > BigInt(raised!.maxFeePerGas),
    )
    await automine(true)
    await mine()
    expect(await going).toBe(true)
    await shows(2n)
    expect(await anchored()).toEqual([1n, 2n])
    expect(await wallet().getTransactionCount({ address: account.address })).toBe(2)
  })

  it('are one where the block came and nobody heard of it', async () => {
    await receipt()
    const { anchors } = node!.keys!
    const send = sender()
    const unheard: AnchorSender = async (sequence, root) => {
      await send(sequence, root)
      throw new Error('the connection was cut')
    }
    await expect(anchors.anchor(unheard)).rejects.toThrow('cut')
    expect(await anchors.anchor(send)).toBe(false)
    await shows(1n)
    await receipt()
    await expect(anchors.anchor(unheard)).rejects.toThrow('cut')
    await restart()
    await receipt()
    expect(await node!.keys!.anchors.anchor(sender())).toBe(true)
    await shows(3n)
    expect(await anchored()).toEqual([1n, 2n, 3n])
  })

  it('come again where L2 took the block back', async () => {
    await receipt()
    const snapshot = await chain.request('evm_snapshot')
    await node!.keys!.anchors.anchor(sender())
    await shows(1n)
    await chain.request('evm_revert', [snapshot])
    expect(await anchored()).toEqual([])
    await eventually('the view to see it', async () => node!.keys!.anchors.anchor(sender()))
    await shows(1n)
    expect(await anchored()).toEqual([1n])
  })

  it('are tried again by themselves, and end with the node', async () => {
    await chain.request('anvil_setBalance', [account.address, '0x0'])
    await receipt()
    let tries = 0
    const send = sender()
    const counted: AnchorSender = (...call) => {
      tries++
      return send(...call)
    }
    await restart({ ms: 200, send: counted })
    await eventually('some tries', () => tries >= 3)
    expect(await anchored()).toEqual([])
    await chain.request('anvil_setBalance', [account.address, '0xde0b6b3a7640000'])
    await eventually('the anchor', async () => (await anchored()).length > 0)
    // Nothing mines any more: an anchor under way does not keep the node from its end.
    await automine(false)
    await receipt()
    await eventually('the next one to be sent', async () => (await pending()).length === 1)
    await node!.stop()
    node = undefined
    await automine(true)
    await mine()
    expect(await anchored()).toEqual([1n, 2n])
  })
})
