import type { Address } from '@animechain/core'
import { hex, push, pushAddress } from './code.js'
import type { Random } from './random.js'

const edgeLimbs = ['00000000', '00000001', '7fffffff', '80000000', 'fffffffe', 'ffffffff']

/** Draws what stands on the stack before an opcode: code that pushes it. */
export interface Operands {
  random: Random
  /** Where calls go. */
  targets: readonly Address[]
  word(): string
  /** A word of limbs at their edges. */
  edgeWord(): string
  offset(): string
  size(): string
  slot(): string
  /** What becomes of a result: it stays on the stack, or goes where it is seen. */
  sink(): string
}

export function operands(random: Random, targets: readonly Address[]): Operands {
  const { below, pick, rarely } = random
  const word = (): string => {
    switch (below(10)) {
      case 0:
        return '5f'
      case 1:
        return push(BigInt(below(4)))
      case 2:
        return push(BigInt(below(256)))
      case 3:
        return push((1n << 256n) - 1n - BigInt(below(3)))
      case 4:
        return push(1n << BigInt(below(256)))
      case 5:
        return push((1n << BigInt(1 + below(255))) - 1n)
      case 6:
        return `7f${Array.from(random.bytes(32), hex).join('')}`
      case 7:
        return pushAddress(pick(targets))
      case 8:
        // What the transaction brought
        return `${push(BigInt(below(68)))}35`
      default:
        return push(BigInt(below(65_536)))
    }
  }
  const offset = () =>
    rarely(40) ? word() : push(BigInt(below(12) ? below(96) : below(20) ? below(3000) : below(200_000)))
  const slot = () => push(BigInt(below(4)))
  return {
    random,
    targets,
    word,
    edgeWord: () => `7f${Array.from({ length: 8 }, () => pick(edgeLimbs)).join('')}`,
    offset,
    size: () => (rarely(8) ? '5f' : push(BigInt(below(10) ? below(70) : below(2000)))),
    slot,
    sink: () => pick(['', '', `${slot()}55`, `${offset()}52`]),
  }
}
