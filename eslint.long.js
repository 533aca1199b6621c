/**
 * Files that may have a function above 80 lines: the opcode switches of the guest and of the proving machine's replayer, and the unrolled rounds of keccak. None
 * is added.
 */
export const longFunctions = [
  'libs/execution/wasm/assembly/evm/interpreter.ts',
  'libs/execution/wasm/assembly/crypto/keccak.ts',
  'libs/proving/machine/assembly/interpreter.ts',
]
