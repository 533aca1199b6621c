import type {
  AccessListResult,
  Address,
  CallOptions,
  CallRequest,
  Hash,
  SealedHeader,
} from '@animechain/core'
import { bytesToHex } from '@animechain/core'
import { REVERTED } from './block.js'
import { failureText, gasOf, openCall, runCall, type CallContext } from './calls.js'
import { world, type Tracer } from './tracers.js'
import type { WithTraceMachine } from './tracing.js'

const ZERO_ADDRESS: Address = `0x${'00'.repeat(20)}`
/** Rounds after which an access list is taken as it is. */
const MAX_ROUNDS = 16

type AccessList = { address: Address; storageKeys: Hash[] }[]

const addressOf = (value: bigint): Address =>
  `0x${(value & ((1n << 160n) - 1n)).toString(16).padStart(40, '0')}`

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
    const excluded = new Set<Address>([(request.from ?? ZERO_ADDRESS).toLowerCase() as Address])
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
        step({ op, size, peek, address }) {
          if ((op === 0x54 || op === 0x55) && size >= 1)
            keysOf(address).add(`0x${peek(0).toString(16).padStart(64, '0')}`)
          else if ([0x31, 0x3b, 0x3c, 0x3f, 0xff].includes(op) && size >= 1) keysOf(addressOf(peek(0)))
          else if ([0xf1, 0xf2, 0xf4, 0xfa].includes(op) && size >= 5) {
            const target = addressOf(peek(1))
            keysOf(target)
            const { code } = state.account(target)
            // EIP-7702: the delegate is accessed too.
            if (code.length === 23 && code[0] === 0xef && code[1] === 1) keysOf(bytesToHex(code.subarray(3)))
          }
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
