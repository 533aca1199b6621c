import { expect } from '@jest/globals'
import { callExport, loadProgram, Machine } from '../src/index.js'

/** A call of an exported function; values are unsigned. */
export type Call = [name: string, ...values: bigint[]]

type Values = bigint[] | 'trap'

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

/** Runs calls one after the other on V8 and on the machine: values, traps and at last the memory must be the same. Returns what came out. */
export function agree(wasm: Uint8Array, calls: readonly Call[]): Values[] {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), {})
  const program = loadProgram(wasm, { entry: null })
  const machine = new Machine(program)
  const types = new Map([...program.functions].map(([name, { parameters }]) => [name, parameters]))
  expect(callExport(machine, program, undefined).status).toBe('returned')
  const out: Values[] = []
  const different: unknown[] = []
  for (const call of calls) {
    const expected = onV8(instance, types, call)
    const [name, ...values] = call
    const outcome = callExport(machine, program, name, values)
    const got: Values = outcome.status === 'returned' ? outcome.values : 'trap'
    if (`${got}` !== `${expected}`) different.push({ call, expected, got })
    out.push(got)
  }
  expect(different).toEqual([])
  const memory = instance.exports.memory as WebAssembly.Memory | undefined
  if (memory) {
    expect(machine.registers.pages).toBe(memory.buffer.byteLength / 65_536)
    expect(Buffer.compare(machine.memory(), new Uint8Array(memory.buffer))).toBe(0)
  }
  for (const [name, { index, type }] of program.globals) {
    const value = (instance.exports[name] as unknown as { value: number | bigint }).value
    expect(machine.global(index)).toBe(BigInt.asUintN(type === 'i32' ? 32 : 64, BigInt(value)))
  }
  return out
}
