import type { Address } from '@animechain/core'

// Bytecode in hex without 0x, written by hand.

export const hex = (op: number) => op.toString(16).padStart(2, '0')

/** The shortest push of a value. */
export function push(value: bigint): string {
  if (value === 0n) return '5f'
  const digits = value.toString(16)
  const even = digits.length % 2 ? `0${digits}` : digits
  return hex(0x5f + even.length / 2) + even
}

export const pushAddress = (address: Address) => `73${address.slice(2)}`

/** Code that writes bytes to memory from an offset on. */
export function store(bytes: string, at = 0): string {
  let code = ''
  for (let done = 0; done < bytes.length; done += 64)
    code += `7f${bytes.slice(done, done + 64).padEnd(64, '0')}${push(BigInt(at + done / 2))}52`
  return code
}

/** Init code that leaves this runtime code; both in hex without 0x. */
export function deploying(runtime: string): string {
  const length = (runtime.length / 2).toString(16).padStart(4, '0')
  // PUSH2 length DUP1 PUSH1 10 PUSH0 CODECOPY PUSH0 RETURN
  return `61${length}80600a5f395ff3${runtime}`
}
