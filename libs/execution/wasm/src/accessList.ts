import {
  zeroAddress,
  type AccessListResult,
  type Address,
  type CallOptions,
  type CallRequest,
  type Hash,
  type SealedHeader,
} from '@animechain/core'
import { accessesOf } from '@animechain/execution-tracing'
import { REVERTED } from './block.js'
import { failureText, gasOf, openCall, runCall, type CallContext } from './calls.js'
import { world, type Tracer } from './tracers.js'
import type { WithTraceMachine } from './tracing.js'

/** Rounds after which an access list is taken as it is. */
const MAX_ROUNDS = 16

type AccessList = { address: Address; storageKeys: Hash[] }[]

function isPrecompile(address: Address): boolean {
  const number = BigInt(address)
  return (number >= 1n && number <= 0x11n) || number === 0x100n
}

/** Runs a call with the access list that it turned out to need, until that list stays the same (geth's eth_createAccessList). */
export function createAccessList(
  context: Pick<CallContext, 'chain'>,
  withMachine: WithTraceMachine,
  header: SealedHeader,
  request: CallRequest,
  options: CallOptions = {},
): AccessListResult {
  let accessList: AccessList = request.accessList ?? []
  for (let round = 0; ; round++) {
    const seen = new Map<Address, Set<Hash>>()
    for (const item of accessList) seen.set(item.address, new Set(item.storageKeys))
    const excluded = new Set<Address>([(request.from ?? zeroAddress).toLowerCase() as Address])
    if (request.to !== undefined) excluded.add(request.to.toLowerCase() as Address)
    const outcome = withMachine(header, (m) => {
      openCall(m, context, header, options)
      const state = world(m)
      const keysOf = (address: Address) => {
        const keys = seen.get(address) ?? new Set<Hash>()
        seen.set(address, keys)
        return keys
      }
      const tracer: Pick<Tracer, 'step'> = {
        step(step) {
          accessesOf(step, state, {
            account: (address) => void keysOf(address),
            slot: (address, slot) => void keysOf(address).add(slot),
          })
        },
      }
      m.tracer = tracer as Tracer
      try {
        return runCall(m, context.chain, { ...request, accessList }, gasOf(request, options))
      } finally {
        m.tracer = undefined
      }
    })
    if (!('rejected' in outcome) && outcome.contractAddress !== undefined)
      excluded.add(outcome.contractAddress)
    const next: AccessList = [...seen]
      .filter(([address, keys]) => keys.size > 0 || !(excluded.has(address) || isPrecompile(address)))
      .map(([address, keys]) => ({ address, storageKeys: [...keys].sort() }))
      .sort((a, b) => (a.address < b.address ? -1 : 1))
    if ('rejected' in outcome)
      return { status: 'halt', reason: outcome.rejected, accessList: next, gasUsed: 0n }
    const { status, gasUsed } = outcome
    if (round < MAX_ROUNDS && JSON.stringify(next) !== JSON.stringify(accessList)) {
      accessList = next
      continue
    }
    if (status < REVERTED) return { status: 'success', accessList: next, gasUsed }
    const kind = status === REVERTED ? 'revert' : 'halt'
    return { status: kind, reason: failureText(status), accessList: next, gasUsed }
  }
}
