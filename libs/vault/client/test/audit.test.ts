import { beforeAll, describe, expect, it } from '@jest/globals'
import type { Address, Hash } from '@animechain/core'
import { denials, signMessage, type ReceiptEntry } from '@animechain/vault-protocol'
import { concatHex, keccak256, stringToHex } from 'viem'
import {
  auditReceipts,
  genesisContracts,
  recordFromJson,
  recordToJson,
  recordedState,
  recordingState,
  type AuditState,
} from '../src/index.js'
import { auditWorld, plant, type AuditWorld } from './auditWorld.js'

const word = (text: string): Hash => keccak256(stringToHex(text))
let world: AuditWorld

beforeAll(async () => {
  world = await auditWorld({ nodes: 3, requests: 60 })
})

const run = (nodes: { entries: ReceiptEntry[] }[], more: object = {}) =>
  auditReceipts({
    domain: world.domain,
    project: world.project,
    state: world.state,
    nodes: nodes.map(({ entries }, i) => ({ node: world.nodes[i]!.address, entries })),
    ...more,
  })

describe('the audit', () => {
  it('finds nothing where all was right, and tells who opened what', async () => {
    const report = await run(world.logs)
    expect(report.findings).toEqual([])
    expect(report.ok).toBe(true)
    expect(report.nodes.map(({ receipts }) => receipts)).toEqual([60, 60, 60])
    expect(report.nodes[0]!.denied).toBeGreaterThan(0)
    expect(report.opened.reduce((sum, { requests }) => sum + requests, 0)).toBe(3 * report.nodes[0]!.released)
  })

  it('finds exactly the planted releases, gaps and doubles', async () => {
    const { logs, planted } = await plant(world, { releases: 5, dropped: 3, doubled: 3, seed: 7 })
    const report = await run(logs)
    const found = report.findings.map(({ kind, node, sequence }) => `${kind} ${node} ${sequence}`)
    expect(found.sort()).toEqual([...planted].sort())
  })

  it('needs no network with a recorded state, and says what the record lacks', async () => {
    const recording = recordingState(world.state, world.domain)
    const { logs } = await plant(world, { releases: 2, dropped: 1, doubled: 1, seed: 3 })
    const live = await run(logs, { state: recording })
    const read = recordFromJson(recordToJson(recording.record))
    const offline = await run(logs, { state: recordedState(read) })
    expect(offline).toEqual(live)
    await expect(run(world.logs, { state: recordedState({ ...read, blocks: {} }) })).rejects.toMatchObject({
      code: 'VAULT_STATE_MISSING',
    })
    expect(() => recordFromJson('{"version":1}')).toThrow('Expected the state of the chain')
  })

  it('finds a tail that is cut off, by an anchor or by a receipt that a client holds', async () => {
    const node = world.nodes[0]!.address
    const cut = world.logs.map(({ entries }) => ({ entries: entries.slice(0, 50) }))
    const last = world.logs[0]!.entries.at(-1)!.receipt
    const held = await run(cut, { held: [last] })
    expect(held.findings).toMatchObject([{ kind: 'hidden', node, sequence: 59n }])
    const proof = { sequence: 1n, salt: word('salt'), receipt: world.hashOf(last), proof: [word('other')] }
    const leaf = keccak256(keccak256(concatHex([world.project, proof.salt, proof.receipt])))
    const pair = [leaf, word('other')].sort() as [Hash, Hash]
    const anchor = { node, sequence: 1n, root: keccak256(concatHex(pair)), timestamp: last.message.timestamp }
    const state = { ...world.state, anchors: async () => [anchor] }
    const audit = ([first]: typeof cut, anchors = [proof]) =>
      auditReceipts({
        ...{ domain: world.domain, project: world.project, state },
        nodes: [{ node, entries: first!.entries, anchors }],
      })
    expect((await audit(cut)).findings).toMatchObject([{ kind: 'hidden', sequence: 50n }])
    expect((await audit(world.logs)).findings).toEqual([])
    const wrong = await audit(world.logs, [{ ...proof, salt: word('another') }])
    expect(wrong.findings).toMatchObject([{ kind: 'badAnchor' }])
  })

  it('finds releases after the owner took a grant back, or had the object destroyed', async () => {
    const { entries } = world.logs[0]!
    const released = entries.filter(({ receipt }) => receipt.message.released)
    const at = released[Math.floor(released.length / 2)]!.receipt.message.timestamp
    const none: Hash = `0x${'0'.repeat(64)}`
    const later = released.filter(({ receipt }) => receipt.message.timestamp > at + 2n).length
    const revocation = { project: world.project, grant: none, issuedAt: at }
    const revocations = [await signMessage(world.owner, world.domain, 'RevokeNow', revocation)]
    const first = await run([world.logs[0]!], { revocations })
    expect(first.findings.map(({ kind }) => kind)).toEqual(Array(later).fill('afterRevocation'))
    const object = released.at(-1)!.body!.request.message.object
    const erasure = { project: world.project, object, issuedAt: at }
    const erasures = [await signMessage(world.owner, world.domain, 'Erase', erasure)]
    const second = await run([world.logs[0]!], { erasures })
    expect(second.findings.length).toBeGreaterThan(0)
    expect(second.findings.every(({ kind }) => kind === 'afterRevocation')).toBe(true)
  })

  it('finds a release whose request one node hides', async () => {
    const [first, ...others] = world.logs
    const at = first!.entries.findIndex(({ receipt }) => receipt.message.released)
    const hiding = first!.entries.map((entry, i) => (i === at ? { receipt: entry.receipt } : entry))
    const report = await run([{ entries: hiding }, ...others])
    expect(report.findings).toMatchObject([{ kind: 'noRequest', sequence: BigInt(at) }])
  })

  it('finds releases that rule 6 did not allow at the safe block that the node bound itself to', async () => {
    const { entries } = world.logs[0]!
    const at = entries.findIndex(({ receipt }) => receipt.message.released && receipt.message.sequence > 20n)
    const { safe } = entries[at]!.bound!
    const found = async (
      state: Partial<AuditState>,
      shown: ReceiptEntry['bound'] | 'none' = entries[at]!.bound,
      policies?: Address[],
    ) => {
      const one = entries.map((entry, i) => {
        if (i !== at) return entry
        const { receipt, body } = entry
        return { receipt, ...(body && { body }), ...(shown && shown !== 'none' && { bound: shown }) }
      })
      const more = { state: { ...world.state, ...state }, ...(policies && { policies }) }
      const { findings } = await run([{ entries: one }], more)
      return findings.filter(({ sequence }) => sequence === BigInt(at)).map(({ kind }) => kind)
    }
    const denied: Partial<AuditState> = {
      policy: async (question, block) =>
        block === safe ? { until: 0n, reason: denials.noGrant } : world.state.policy(question, block),
    }
    const owner = world.owner.address
    const others = async (_: Hash, block: Hash) =>
      block === safe ? undefined : { owner, policy: genesisContracts.grants }
    expect(await found({})).toEqual([])
    // The owner signed the grant: that is enough, wherever the chain has it.
    expect(await found(denied)).toEqual([])
    expect(await found({ ...denied, signedFor: async () => false })).toEqual(['notSafe'])
    expect(await found({ ...denied, project: others })).toEqual(['notSafe'])
    expect(await found({}, 'none')).toEqual(['noSafeBlock'])
    expect(await found(denied, entries[at]!.bound, [`0x${'77'.repeat(20)}`])).toEqual(['notSafe'])
    // Another one than it went by, said afterwards.
    expect(await found({}, { ...entries[at]!.bound!, safe: word('block 1') })).toEqual(['noSafeBlock'])
    const late = async (hash: Hash) => {
      const block = await world.state.block(hash)
      return hash === safe && block ? { ...block, number: 10_000n } : block
    }
    // The safe block of one receipt is the newest of another.
    expect(await found({ block: late })).toEqual(['notSafe'])
  })

  it('finds receipts of another signer, another time and another block', async () => {
    const [log] = world.logs
    const entries = [...log!.entries]
    const at = entries.findIndex(({ receipt }) => receipt.message.released)
    const stranger = await signMessage(world.owner, world.domain, 'Receipt', entries[at]!.receipt.message)
    entries[at] = { ...entries[at]!, receipt: stranger }
    expect((await run([{ entries }])).findings).toMatchObject([
      { kind: 'badSignature', sequence: BigInt(at) },
    ])
    const blockless = { ...world.state, block: async () => undefined }
    const unknown = await run([world.logs[0]!], { state: blockless })
    expect(new Set(unknown.findings.map(({ kind }) => kind))).toEqual(new Set(['unknownBlock']))
    const old = await run([world.logs[0]!], { viewSeconds: -1 })
    expect(new Set(old.findings.map(({ kind }) => kind))).toEqual(new Set(['staleView']))
  })
})
