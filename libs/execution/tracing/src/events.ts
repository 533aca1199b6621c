import {
  bytesToHex,
  isDelegation,
  type Address,
  type Hash,
  type Hex,
  type TraceResult,
} from '@animechain/core'

/** A transaction or call before it starts. */
export interface TraceStart {
  from: Address
  to?: Address | undefined
  /** wei */
  value: bigint
  data: Uint8Array
  /** gas limit of the whole transaction */
  gas: bigint
  beneficiary: Address
  /** logs of the transactions before it in the block; default none */
  logIndex?: number
  /** the transaction and its place in the block; undefined for a call */
  transaction?: { raw: Uint8Array; index: number } | undefined
  /** further accounts that the transaction changes: vaults, authorities */
  others: readonly Address[]
}

/** The state as it stands at the moment of asking, in the middle of a transaction too. */
export interface TraceWorld {
  account(address: Address): { exists: boolean; balance: bigint; nonce: bigint; code: Uint8Array }
  slot(address: Address, slot: Hash): bigint
}

/** An instruction about to run. */
export interface TraceStep {
  op: number
  /** entries of the stack */
  size: number
  /** entry of the stack, 0 for its top */
  peek(depth: number): bigint
  /** the account whose storage it works on */
  address: Address
}

/** The opcode that began a frame; the outermost is `CALL` or `CREATE`. */
export type FrameType = 'CALL' | 'CALLCODE' | 'DELEGATECALL' | 'STATICCALL' | 'CREATE' | 'CREATE2'

/** A call or a creation that begins. */
export interface FrameStart {
  type: FrameType
  from: Address
  /** whose code runs; of a creation it may be known at the end only */
  to?: Address | undefined
  /** wei; undefined where nothing can be sent */
  value?: bigint | undefined
  gas: bigint
  input: Uint8Array
}

/** How a call or creation ended, with the gas that it and those inside of it used, before refunds. */
export interface FrameEnd {
  gasUsed: bigint
  output: Uint8Array
  /** in geth's words; undefined for success */
  error?: string | undefined
  /** address of the contract that a creation made, or tried to */
  created?: Address | undefined
  /** The frame never began, for want of funds, depth or nonces: it used no gas and made no account. */
  neverBegan?: boolean | undefined
}

/** How the whole transaction ended. Gas is that of its receipt. */
export interface TraceOutcome {
  gasUsed: bigint
  returnData: Uint8Array
  /** in geth's words; undefined for success */
  error?: string | undefined
}

/** What an engine tells a tracer, in order of execution. */
export interface TraceEvents {
  step?(step: TraceStep): void
  enter?(frame: FrameStart): void
  exit?(end: FrameEnd): void
  log?(address: Address, topics: readonly Hash[], data: Hex): void
  selfDestruct?(from: Address, to: Address, value: bigint): void
}

/** One tracer for one transaction. */
export interface EventTracer extends TraceEvents {
  start(start: TraceStart, world: TraceWorld): void
  /** When the transaction has ended: a value that JSON can hold, in geth's shape. */
  result(outcome: TraceOutcome): TraceResult
}

/** geth's words for a frame that reverts; the only failure that has output. */
export const REVERTED = 'execution reverted'

/** Whether an opcode is CALL, CALLCODE, DELEGATECALL or STATICCALL. */
export const isCall = (op: number): boolean => op === 0xf1 || op === 0xf2 || op === 0xf4 || op === 0xfa

/** A number as JSON-RPC writes quantities: hex without leading zeros. */
export const quantity = (value: bigint | number): Hex => `0x${value.toString(16)}`
/** A stack word as 32 bytes of hex. */
export const word = (value: bigint): Hash => `0x${value.toString(16).padStart(64, '0')}`
/** The address in the low 20 bytes of a stack word. */
export const addressOfWord = (value: bigint): Address =>
  `0x${(value & ((1n << 160n) - 1n)).toString(16).padStart(40, '0')}`

/** The chain's own, of EIP-7951 the last. */
export const isPrecompile = (address: Address): boolean => {
  const number = BigInt(address)
  return (number >= 1n && number <= 0x11n) || number === 0x100n
}

/** Tells which account or slot an instruction is about to access (EIP-2929), the delegate of a called account (EIP-7702) included. */
export function accessesOf(
  { op, size, peek, address }: TraceStep,
  world: Pick<TraceWorld, 'account'>,
  access: { account(address: Address): void; slot(address: Address, slot: Hash): void },
): void {
  if ((op === 0x54 || op === 0x55) && size >= 1) access.slot(address, word(peek(0)))
  else if ((op === 0x31 || op === 0x3b || op === 0x3c || op === 0x3f || op === 0xff) && size >= 1)
    access.account(addressOfWord(peek(0)))
  else if (isCall(op) && size >= 5) {
    const target = addressOfWord(peek(1))
    access.account(target)
    const { code } = world.account(target)
    if (isDelegation(code)) access.account(bytesToHex(code.subarray(3)))
  }
}
