import { hexToBytes, type Address, type Hash, type Hex } from '@animechain/core'
import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { challengeTreeAbi } from '@animechain/contracts/ChallengeTree'
import { disputeGameFactoryAbi } from '@animechain/contracts/DisputeGameFactory'
import { depthOf, partOf, step, type MachineState } from '@animechain/proving-machine'
import { decodeFunctionData, parseEventLogs, type AbiParameter, type Log } from 'viem'

/**
 * What bytes of a transaction are: `hash` of a tree's node, an edge or a state; `number` positions, counts, registers, amounts, addresses; `code` of the public program; `memory`
 * and `slots` leaves of these parts of the machine, 32 bytes each; `host` what the step reads from outside; `framing` what the ABI adds: selectors, offsets, lengths, padding.
 */
export type Category = 'hash' | 'number' | 'code' | 'memory' | 'slots' | 'host' | 'framing'

/** One move on L1: its name, and its bytes by category. */
export interface Revealed {
  readonly move: string
  readonly bytes: Readonly<Record<Category, number>>
  /** The leaves and the data that are not hashes, as they stand in the transaction. */
  readonly open: readonly Hex[]
}

const abi = [...challengeTreeAbi, ...disputeGameFactoryAbi, ...assertionGameAbi]
const CODE_DEPTH = 19
const NO_WORD: Hash = `0x${'0'.repeat(64)}`
const EMPTY = { hash: 0, number: 0, code: 0, memory: 0, slots: 0, host: 0, framing: 0 }
const size = (data: string): number => (data.length - 2) / 2
/** The moves that a transaction makes, the calls of a batch each for itself; a batch's own framing comes last. */
export function revealedBy(input: Hex): Revealed[] {
  const { functionName: move, args } = decodeFunctionData({ abi, data: input })
  if (move === 'multicall') {
    const calls = (args as readonly [readonly Hex[]])[0]
    const framing = size(input) - calls.reduce((sum, call) => sum + size(call), 0)
    return [...calls.flatMap((call) => revealedBy(call)), { move, bytes: { ...EMPTY, framing }, open: [] }]
  }
  const { inputs } = abi.find((item) => item.type === 'function' && item.name === move) as {
    inputs: readonly AbiParameter[]
  }
  const bytes: Record<Category, number> = { ...EMPTY }
  const open: Hex[] = []
  inputs.forEach((parameter, i) =>
    count(parameter, (args as readonly unknown[])[i], `${move}.${parameter.name}`),
  )
  bytes.framing = size(input) - Object.values(bytes).reduce((sum, each) => sum + each, 0)
  return [{ move, bytes, open }]

  function count(parameter: AbiParameter, value: unknown, path: string): void {
    if (path === 'prove.proof')
      return countProof((args as readonly unknown[])[1] as MachineState, value as readonly Hash[])
    if (path === 'prove.data') {
      bytes.host += size(value as Hex)
      if (value !== '0x') open.push(value as Hex)
    } else if (path === 'create.data') {
      // Block, batch, accumulator, parent, history; then siblings.
      bytes.number += 3 * 32
      bytes.hash += size(value as Hex) - 3 * 32
    } else if (parameter.type.endsWith('[]')) {
      const item = { ...parameter, type: parameter.type.slice(0, -2) } as AbiParameter
      for (const each of value as readonly unknown[]) count(item, each, path)
    } else if ('components' in parameter) {
      for (const each of parameter.components)
        count(each, (value as Record<string, unknown>)[each.name!], `${path}.${each.name}`)
    } else if (parameter.type === 'bytes32') bytes.hash += 32
    else if (/^(uint|int|address|bool)/.test(parameter.type)) bytes.number += 32
    else throw new Error(`expected no ${parameter.type} in ${path}`)
  }

  /** Leaves and siblings, as a step takes them one after the other. */
  function countProof({ status, pc, sp, fp, pages, output }: MachineState, proof: readonly Hash[]): void {
    let at = 0
    const take = (index: number, category: 'code' | 'memory' | 'slots'): Uint8Array => {
      const leaf = proof[at]!
      bytes[category] += 32
      bytes.hash += 32 * depthOf(index)
      if (category !== 'code') open.push(leaf)
      at += 1 + depthOf(index)
      return hexToBytes(leaf)
    }
    const ram = (index: number): Uint8Array => {
      const part = partOf(index)
      if (part !== 'memory' && part !== 'slots') throw new Error(`expected memory or slots, got ${part}`)
      return take(index, part)
    }
    step(
      { status, pc, sp, fp, pages, output },
      { code: (leaf) => take(2 ** CODE_DEPTH + leaf, 'code'), read: ram, write: (index) => void ram(index) },
      { input: () => NO_WORD, preimage: () => ({ bytes: new Uint8Array(32), count: 32 }) },
    )
    if (at !== proof.length) throw new Error(`expected ${at} words of proof, got ${proof.length}`)
  }
}

/** What the contracts say in events: each value a hash, a number or an address. */
export function eventBytes(logs: readonly Log[], contracts: readonly Address[]): number {
  const own = logs.filter(({ address }) => contracts.includes(address))
  const parsed = parseEventLogs({ abi, logs: own as Log[] })
  if (parsed.length !== own.length)
    throw new Error(`expected ${own.length} known events, got ${parsed.length}`)
  return own.reduce((sum, { topics, data }) => sum + 32 * topics.length + size(data), 0)
}
