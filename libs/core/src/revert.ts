import { bytesToBigInt, bytesToHex } from './bytes.js'

/** Selector of Solidity's `Error(string)`. */
const ERROR_STRING = '0x08c379a0'
/** Selector of Solidity's `Panic(uint256)`. */
const PANIC = '0x4e487b71'
/** Solidity documentation, "Panic via assert and Error via require". */
const PANIC_REASONS: Record<string, string> = {
  '0': 'generic panic',
  '1': 'assert(false)',
  '11': 'arithmetic underflow or overflow',
  '12': 'division or modulo by zero',
  '21': 'enum overflow',
  '22': 'invalid encoded storage byte array accessed',
  '31': 'out-of-bounds array access; popping on an empty array',
  '32': 'out-of-bounds access of an array or bytesN',
  '41': 'out of memory',
  '51': 'uninitialized function',
}

/** The reason in what a call reverted with, when it is one of Solidity's own forms: the text of `Error(string)`, a word for `Panic(uint256)`. */
export function revertReason(data: Uint8Array): string | undefined {
  if (data.length < 4) return undefined
  const selector = bytesToHex(data.subarray(0, 4))
  const word = (index: number) => bytesToBigInt(data.subarray(4 + 32 * index, 36 + 32 * index))
  if (selector === PANIC && data.length === 36) {
    const code = word(0).toString(16)
    return PANIC_REASONS[code] ?? `unknown panic code: 0x${code}`
  }
  if (selector !== ERROR_STRING || data.length < 68 || word(0) !== 32n) return undefined
  const length = word(1)
  if (length > BigInt(data.length - 68)) return undefined
  return new TextDecoder().decode(data.subarray(68, 68 + Number(length)))
}
