import { callExport, loadProgram, Machine } from '../src/index.js'

/** A call of an exported function; values are unsigned. */
export type Call = [name: string, ...values: bigint[]]

export type Values = bigint[] | 'trap'

/** V8's side: i32 are numbers there, signed. */
function onV8(
  instance: WebAssembly.Instance,
  types: ReadonlyMap<string, readonly string[]>,
  [name, ...values]: Call,
): Values {
  const parameters = types.get(name)!
  const given = values.map((value, i) => (parameters[i] === 'i32' ? Number(BigInt.asIntN(32, value)) : value))
  try {
    const result = (instance.exports[name] as (...args: unknown[]) => unknown)(...given)
    const results = result === undefined ? [] : Array.isArray(result) ? result : [result]
    return results.map((r) => (typeof r === 'bigint' ? BigInt.asUintN(64, r) : BigInt(r >>> 0)))
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return 'trap'
    throw error
  }
}

/** What V8's memory and globals are, and the machine's: the same. */
function* differentState(machine: Machine, instance: WebAssembly.Instance): Generator<string> {
  const { exports } = instance
  const memory = exports.memory as WebAssembly.Memory | undefined
  if (memory && Buffer.compare(machine.memory(), new Uint8Array(memory.buffer)) !== 0)
    yield `memory: expected V8's ${memory.buffer.byteLength} bytes, got ${machine.memory().length} others`
  for (const [name, { index, type }] of machine.program.globals) {
    const { value } = exports[name] as unknown as { value: number | bigint }
    const expected = BigInt.asUintN(type === 'i32' ? 32 : 64, BigInt(value))
    if (machine.global(index) !== expected)
      yield `global ${name}: expected ${expected}, got ${machine.global(index)}`
  }
}

/**
 * Runs calls one after the other on V8 and on the machine: values and traps, and at last memory and globals must be the same.
 * @param run how the machine runs once it is set up; default: to the end
 */
export function compare(
  wasm: Uint8Array,
  calls: readonly Call[],
  run: (machine: Machine) => void = (machine) => void machine.run(),
): { outcomes: Values[]; differences: string[] } {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), {})
  const program = loadProgram(wasm, { entry: null })
  const machine = new Machine(program)
  const callable = {
    registers: machine.registers,
    slot: (index: number) => machine.slot(index),
    setSlot: (index: number, value: bigint) => machine.setSlot(index, value),
    run: () => run(machine),
  }
  const types = new Map([...program.functions].map(([name, { parameters }]) => [name, parameters]))
  const differences: string[] = []
  if (callExport(callable, program, undefined).status !== 'returned')
    differences.push('the start function trapped')
  const outcomes = calls.map((call): Values => {
    const expected = onV8(instance, types, call)
    const [name, ...values] = call
    const outcome = callExport(callable, program, name, values)
    const got = outcome.status === 'returned' ? outcome.values : 'trap'
    if (`${got}` !== `${expected}`) differences.push(`${call.join(' ')}: expected ${expected}, got ${got}`)
    return got
  })
  return { outcomes, differences: [...differences, ...differentState(machine, instance)] }
}
