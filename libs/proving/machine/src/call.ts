import { InvalidInputError } from '@animechain/core'
import { limits, status } from './opcodes.js'
import type { ExportedFunction, Program } from './program.js'
import type { Registers } from './state.js'

/** What of a machine is needed to call a program's functions from outside: a {@link Machine}, or another that follows the same page. */
export interface Callable {
  readonly registers: Registers
  slot(index: number): bigint
  setSlot(index: number, value: bigint): void
  /** runs up to so many steps, less when it halts or traps */
  run(steps?: number): unknown
}

/** What came of a call. */
export type CallOutcome =
  | { status: 'returned'; values: bigint[] }
  | { status: 'trapped' }
  /** no room for a further slot */
  | { status: 'exhausted' }
  /** `output` was called */
  | { status: 'halted' }

/**
 * Calls a function between runs, for tests and tools: what memory, globals and slots hold is kept from one call to the next, also after a trap. A run as
 * L1 knows it has no such calls.
 * @param name of an export; undefined to run what comes before the entry, the start function
 * @param values one for each parameter, unsigned
 * @param steps how many at most
 * @throws {InvalidInputError} for a name that is no exported function, another number of values, or when it takes more steps
 */
export function callExport(
  machine: Callable,
  program: Program,
  name: string | undefined,
  values: readonly bigint[] = [],
  steps = 100_000_000,
): CallOutcome {
  const type = name === undefined ? undefined : program.functions.get(name)
  if (name !== undefined && type?.parameters.length !== values.length)
    throw new InvalidInputError(
      'call',
      `${type?.parameters.length ?? 'no'} values`,
      `${values.length} for ${name}`,
    )
  const { registers } = machine
  Object.assign(registers, { status: status.running, pc: 0, sp: 0, fp: 0 })
  if (type) enter(machine, program, type, values)
  machine.run(steps)
  const { pc, sp } = registers
  if (registers.status === status.running)
    throw new InvalidInputError('call', `at most ${steps} steps`, 'more')
  if (registers.status === status.halted) return { status: 'halted' }
  // What returns comes to the `unreachable` that ends the entry, and traps there.
  if (pc === program.entryEnd)
    return { status: 'returned', values: Array.from({ length: sp }, (_, i) => machine.slot(i)) }
  return { status: sp === limits.slots ? 'exhausted' : 'trapped' }
}

function enter(
  machine: Callable,
  { entryEnd }: Program,
  { pc }: ExportedFunction,
  values: readonly bigint[],
): void {
  values.forEach((value, i) => machine.setSlot(i, value))
  machine.setSlot(values.length, BigInt(entryEnd) << 32n)
  Object.assign(machine.registers, { pc, sp: values.length + 1, fp: values.length })
}
