import type { Address, Hash } from '@animechain/core'

/** A deterministic source of numbers: the same on every run and machine (mulberry32). */
export interface Random {
  /** 0 to limit - 1 */
  below(limit: number): number
  pick<T>(items: readonly T[]): T
  bytes(length: number): Uint8Array
}

export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
  const below = (limit: number) => next() % limit
  return {
    below,
    pick: (items) => items[below(items.length)]!,
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
  }
}

const hex = (op: number) => op.toString(16).padStart(2, '0')

/** The shortest push of a value. */
export function push(value: bigint): string {
  if (value === 0n) return '5f'
  const digits = value.toString(16)
  const even = digits.length % 2 ? `0${digits}` : digits
  return hex(0x5f + even.length / 2) + even
}

const pushAddress = (address: Address) => `73${address.slice(2)}`

/**
 * Random code that does something: operands are pushed before most opcodes, offsets are mostly small, calls go to `targets` and to
 * precompiles, init code is generated in turn. Now and then it is nonsense.
 */
export function program(random: Random, targets: readonly Address[], length: number, depth = 0): string {
  const { below, pick } = random
  const word = (): string => {
    switch (below(9)) {
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
      default:
        return push(BigInt(below(65_536)))
    }
  }
  const offset = () => push(BigInt(below(12) ? below(96) : below(3000)))
  const size = () => push(BigInt(below(10) ? below(70) : below(2000)))
  const slot = () => push(BigInt(below(4)))
  const many = (ops: string) => ops.match(/../g)!

  const creation = () => {
    const init = program(random, targets, 6, depth + 1)
    let code = ''
    for (let at = 0; at < init.length; at += 64) {
      code += `7f${init.slice(at, at + 64).padEnd(64, '0')}${push(BigInt(at / 2))}52`
    }
    const range = `${push(BigInt(init.length / 2))}5f${below(3) ? '5f' : '6001'}`
    return code + (below(2) ? `${range}f0` : `${word()}${range}f5`)
  }
  const call = () => {
    const op = pick(many('f1f2f4fa'))
    const gas = below(3) ? '5a' : push(BigInt(below(50_000)))
    const to = below(8) ? pushAddress(pick(targets)) : push(BigInt(1 + below(9)))
    const value = op === 'f1' || op === 'f2' ? (below(3) ? '5f' : push(BigInt(below(3)))) : ''
    return size() + offset() + size() + offset() + value + to + gas + op + (below(2) ? '50' : '')
  }
  const topics = () => {
    const count = below(5)
    return Array.from({ length: count }, word).join('') + size() + offset() + hex(0xa0 + count)
  }

  /** What becomes of a result: it stays on the stack, or goes where it is seen. */
  const sink = () => pick(['', '', `${slot()}55`, `${offset()}52`])

  const step = (): string => {
    const kind = below(100)
    if (kind < 26) return word()
    if (kind < 46) return word() + word() + pick(many('010203040506070a0b10111213141617181a1b1c1d')) + sink()
    if (kind < 50) return word() + word() + word() + pick(many('0809')) + sink()
    if (kind < 53) return word() + pick(many('15191e')) + sink()
    if (kind < 57) return word() + offset() + pick(many('5253'))
    if (kind < 59) return `${offset()}51`
    if (kind < 61) return `${size()}${offset()}20`
    if (kind < 65)
      return pick([
        `${slot()}54`,
        `${word()}${slot()}55`,
        `${slot()}5c`,
        `${word()}${slot()}5d`,
        `5f${slot()}55`,
      ])
    if (kind < 69) return pick(many('3032333436383a3d41424344454647484a58595a'))
    if (kind < 72) return size() + offset() + offset() + pick(many('37395e'))
    if (kind < 74) return word() + pick(many('354049313b3f'))
    if (kind < 76) return pushAddress(pick(targets)) + pick(many('313b3f'))
    if (kind < 77) return `${size()}${offset()}${offset()}${pushAddress(pick(targets))}3c`
    if (kind < 79) return topics()
    if (kind < 82) return pick(many('808182839091928f9f50'))
    // RETURNDATACOPY of all there is, or of what may not be there
    if (kind < 83) return below(4) ? '3d5f5f3e' : `${size()}${offset()}${offset()}3e`
    if (kind < 92) return call()
    if (kind < 94 && depth < 2) return creation()
    if (kind < 95) return below(4) ? word() : `${pushAddress(pick(targets))}ff`
    if (kind < 97)
      return pick(['5b', '5b', '00', `${size()}${offset()}f3`, `${size()}${offset()}fd`, hex(below(256))])
    // A conditional jump over what a pc-relative target says; mostly valid.
    return `${word()}58600501575b`
  }
  let code = ''
  for (let i = 0; i < length; i++) code += step()
  return code
}

/** Storage to begin with. */
export function storage(random: Random): Record<Hash, Hash> {
  const key = (n: number): Hash => `0x${n.toString(16).padStart(64, '0')}`
  return { [key(0)]: key(1), ...(random.below(2) ? { [key(1)]: key(5) } : {}) }
}
