import type { Address, Hash, Hex } from '@animechain/core'

export interface TracedLog {
  address: Address
  topics: Hash[]
  data: Hex
}

/** What is read of a frame of callTracer with `withLog`. */
export interface TracedFrame {
  type: string
  from: Address
  /** missing where a creation failed */
  to?: Address
  value?: Hex
  error?: string
  calls?: readonly TracedFrame[]
  /** `position`: how many calls of the frame came before the log */
  logs?: readonly (TracedLog & { position: Hex })[]
}

/** Stands for ether as if it were a token (ERC-7528). */
const ETHER: Address = '0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee'
/** keccak256 of Transfer(address,address,uint256) */
const TRANSFER: Hash = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
/** Frames that move ether. What a DELEGATECALL names as its value was moved by the frame around it. */
const movers = new Set(['CALL', 'CALLCODE', 'CREATE', 'CREATE2', 'SELFDESTRUCT'])

const word = (value: Hex): Hash => `0x${value.slice(2).padStart(64, '0')}`

/** The logs of a call in their order, and in the place of each transfer of ether one as a token would write it. What failed has none. */
export function logsWithTransfers(frame: TracedFrame): TracedLog[] {
  if (frame.error !== undefined) return []
  const all: TracedLog[] = []
  if (movers.has(frame.type) && frame.to && BigInt(frame.value ?? '0x0') > 0n)
    all.push({
      address: ETHER,
      topics: [TRANSFER, word(frame.from), word(frame.to)],
      data: word(frame.value!),
    })
  const calls = frame.calls ?? []
  let next = 0
  for (const { position, ...log } of frame.logs ?? []) {
    for (; next < Number(position); next++)
      for (const inner of logsWithTransfers(calls[next]!)) all.push(inner)
    all.push({ address: log.address, topics: log.topics, data: log.data })
  }
  for (; next < calls.length; next++) for (const inner of logsWithTransfers(calls[next]!)) all.push(inner)
  return all
}
