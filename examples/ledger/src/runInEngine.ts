import { bytesToHex, hexToBytes, type Hash } from '@animechain/core'
import type { HostData } from '@animechain/proving-machine'

const WORD = 32

/** Ends a run: `output` does not come back to the program. */
class Halt extends Error {}

/**
 * Runs the program in this process's own WebAssembly engine, with the machine's three host functions (docs/spec/machine.md, section 6): what a node does
 * that wants the result and no proof.
 */
export function runInEngine(wasm: Uint8Array<ArrayBuffer>, host: HostData): Hash {
  let result: Hash | undefined
  const at = (pointer: number) => {
    const { buffer } = instance.exports.memory as WebAssembly.Memory
    if (pointer % WORD !== 0) throw new WebAssembly.RuntimeError(`expected a multiple of 32, got ${pointer}`)
    return new Uint8Array(buffer, pointer, WORD)
  }
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), {
    host: {
      input: (index: number, out: number) => at(out).set(hexToBytes(host.inputs[index]!)),
      preimage(kind: number, key: number, offset: number, out: number) {
        const name = bytesToHex(at(key))
        const data = host.preimage(kind, name)
        if (!data) throw new Error(`nobody has the data of kind ${kind}, key ${name}`)
        const part = data.subarray(offset, offset + WORD)
        at(out).fill(0).set(part)
        return part.length
      },
      output(value: number) {
        result = bytesToHex(at(value))
        throw new Halt()
      },
    },
  })
  try {
    ;(instance.exports.run as () => void)()
  } catch (error) {
    if (!(error instanceof Halt)) throw error
  }
  if (!result) throw new Error('expected an output, got none')
  return result
}
