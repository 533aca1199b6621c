import { INSTRUCTION_BYTES, LEAF_BYTES, limits } from './opcodes.js'
import { ModuleError } from './reader.js'

/** Flat code under construction. */
export class Code {
  #bytes = new Uint8Array(1 << 16)
  #view = new DataView(this.#bytes.buffer)
  count = 0

  /**
   * Appends an instruction and returns its place. `a` is taken modulo 2^32, `b` modulo 2^64.
   * @throws {ModuleError} when there is no room left
   */
  emit(code: number, a = 0, b: number | bigint = 0): number {
    if (this.count === limits.instructions)
      throw new ModuleError('PROVING_UNSUPPORTED_MODULE', 'too much code', {
        expected: `at most ${limits.instructions} instructions of flat code`,
        got: 'more',
      })
    const at = this.count * INSTRUCTION_BYTES
    if (at === this.#bytes.length) {
      const larger = new Uint8Array(2 * at)
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    this.#bytes[at] = code
    this.#view.setUint32(at + 4, a)
    this.#view.setBigUint64(at + 8, BigInt.asUintN(64, BigInt(b)))
    return this.count++
  }

  /** Sets `a` of an instruction. */
  setA(place: number, a: number): void {
    this.#view.setUint32(place * INSTRUCTION_BYTES + 4, a)
  }

  /** The code, up to a whole leaf. */
  finish(): Uint8Array {
    const length = this.count * INSTRUCTION_BYTES
    return this.#bytes.slice(0, Math.ceil(length / LEAF_BYTES) * LEAF_BYTES)
  }
}
