import { BaseError, type Address, type Hash, type Hex } from '@animechain/core'
import { bigintOf, toJson, type VaultDomain } from '@animechain/vault-protocol'
import { concatHex, encodeAbiParameters, keccak256, numberToHex, parseAbiParameters } from 'viem'
import type { Anchor, AuditState, PolicyAnswer, PolicyQuestion } from './types.js'

/** Every answer of the chain that an audit needed, as a file has it: the audit is then done again without a network. */
export interface RecordedState {
  version: 2
  domain: VaultDomain
  /** by hash; null where the chain has none */
  blocks: Record<Hash, { number: bigint; timestamp: bigint } | null>
  /** by {@link questionId} */
  policies: Record<Hash, PolicyAnswer>
  /** by keccak256 of project and block; null where there was none */
  projects: Record<Hash, { owner: Address; policy: Address } | null>
  /** by keccak256 of project, power, hash, signature and block */
  signers: Record<Hash, boolean>
  /** by keccak256 of account, hash, signature and block */
  signatures: Record<Hash, boolean>
  anchors: Record<Address, readonly Anchor[]>
}

const questionTypes = parseAbiParameters(
  'bytes32 blockHash, bytes32 project, bytes32 object, uint8 rendition, bytes subject, uint32 purpose, bytes32 evidence',
)

/** What a question to a policy at a block is found by. */
export const questionId = (question: PolicyQuestion, blockHash: Hash): Hash =>
  keccak256(
    encodeAbiParameters(questionTypes, [
      ...([blockHash, question.project, question.object, question.rendition] as const),
      ...([question.subject, question.purpose, keccak256(question.evidence)] as const),
    ]),
  )

const signatureId = (account: Address, hash: Hash, signature: Hex, blockHash: Hash): Hash =>
  keccak256(concatHex([account, hash, blockHash, signature]))

const projectKey = (project: Hash, blockHash: Hash): Hash => keccak256(concatHex([project, blockHash]))
const signerKey = (
  ...[project, power, digest, signature, blockHash]: Parameters<AuditState['signedFor']>
): Hash => keccak256(concatHex([project, numberToHex(power, { size: 1 }), digest, blockHash, signature]))

const key = <text extends string>(text: text): text => text.toLowerCase() as text

/** An {@link AuditState} that writes down what another one answers. */
export function recordingState(
  state: AuditState,
  domain: VaultDomain,
): AuditState & { record: RecordedState } {
  const record: RecordedState = {
    ...{
      version: 2,
      domain,
      blocks: {},
      policies: {},
      projects: {},
      signers: {},
      signatures: {},
      anchors: {},
    },
  }
  return {
    record,
    async block(hash) {
      const known = record.blocks[key(hash)]
      if (known !== undefined) return known ?? undefined
      const found = await state.block(hash)
      record.blocks[key(hash)] = found ?? null
      return found
    },
    async policy(question, blockHash) {
      const id = questionId(question, blockHash)
      return (record.policies[id] ??= await state.policy(question, blockHash))
    },
    async project(project, blockHash) {
      const id = projectKey(project, blockHash)
      const known = record.projects[id]
      if (known !== undefined) return known ?? undefined
      const found = await state.project(project, blockHash)
      record.projects[id] = found ?? null
      return found
    },
    async signedFor(...asked) {
      const id = signerKey(...asked)
      return (record.signers[id] ??= await state.signedFor(...asked))
    },
    async contractSignature(account, hash, signature, blockHash) {
      const id = signatureId(account, hash, signature, blockHash)
      return (record.signatures[id] ??= await state.contractSignature(account, hash, signature, blockHash))
    },
    async anchors(node) {
      return (record.anchors[key(node)] ??= await state.anchors(node))
    },
  }
}

const absent = (what: string) =>
  new BaseError(
    `The recorded state has no ${what}: it was recorded for other receipts. Collect both again, at one time.`,
    { code: 'VAULT_STATE_MISSING' },
  )

/**
 * An {@link AuditState} from a record: asks nobody.
 * @throws {BaseError} `VAULT_STATE_MISSING` from its methods where the record has not what is asked
 */
export function recordedState(record: RecordedState): AuditState {
  return {
    async block(hash) {
      const found = record.blocks[key(hash)]
      if (found === undefined) throw absent(`block ${hash}`)
      return found ?? undefined
    },
    async policy(question, blockHash) {
      const found = record.policies[questionId(question, blockHash)]
      if (!found) throw absent(`policy's answer for object ${question.object} at block ${blockHash}`)
      return found
    },
    async project(project, blockHash) {
      const found = record.projects[projectKey(project, blockHash)]
      if (found === undefined) throw absent(`owner of the project at block ${blockHash}`)
      return found ?? undefined
    },
    async signedFor(...asked) {
      const found = record.signers[signerKey(...asked)]
      if (found === undefined) throw absent(`signer of ${asked[2]} at block ${asked[4]}`)
      return found
    },
    async contractSignature(account, hash, signature, blockHash) {
      const found = record.signatures[signatureId(account, hash, signature, blockHash)]
      if (found === undefined) throw absent(`word of the contract ${account} on a signature`)
      return found
    },
    async anchors(node) {
      return record.anchors[key(node)] ?? []
    },
  }
}

/** A record as text. */
export const recordToJson = (record: RecordedState): string => toJson(record)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const integers = (given: unknown, names: readonly string[]): Record<string, unknown> => {
  if (!isObject(given)) throw new Error('expected an object')
  const read: Record<string, unknown> = { ...given }
  for (const name of names) {
    const value = bigintOf(given[name])
    if (value === undefined) throw new Error(`${name}: expected a decimal string`)
    read[name] = value
  }
  return read
}

const mapValues = <T>(given: unknown, of: (value: unknown) => T): Record<Hex, T> => {
  if (!isObject(given)) throw new Error('expected an object')
  return Object.fromEntries(Object.entries(given).map(([id, value]) => [id, of(value)]))
}

/**
 * A record from its text.
 * @throws {BaseError} `VAULT_BAD_STATE` where it is none
 */
export function recordFromJson(text: string): RecordedState {
  try {
    const given: unknown = JSON.parse(text)
    if (!isObject(given) || given.version !== 2) throw new Error('expected version 2')
    if (!isObject(given.domain)) throw new Error('expected a domain')
    return {
      version: 2,
      domain: given.domain as unknown as VaultDomain,
      blocks: mapValues(given.blocks, (each) =>
        each === null ? null : (integers(each, ['number', 'timestamp']) as never),
      ),
      policies: mapValues(given.policies, (each) => integers(each, ['until']) as never),
      projects: mapValues(given.projects, (each) => {
        if (each !== null && !isObject(each)) throw new Error('projects: expected objects')
        return each as never
      }),
      signers: mapValues(given.signers, (each) => each === true),
      signatures: mapValues(given.signatures, (each) => each === true),
      anchors: mapValues(given.anchors, (each) => {
        if (!Array.isArray(each)) throw new Error('anchors: expected a list')
        return each.map((anchor) => integers(anchor, ['sequence', 'timestamp']) as never)
      }),
    }
  } catch (cause) {
    throw new BaseError('Expected the state of the chain as `vault audit --collect` writes it.', {
      code: 'VAULT_BAD_STATE',
      cause,
    })
  }
}
