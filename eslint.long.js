/**
 * Files that may have a function above 80 lines: the opcode switches of the guest and of the proving machine's replayer, the unrolled rounds of keccak, and two
 * functions of the guest, whose binary's hash is a rule of the chain and does not change for the sake of its source's looks. None is added.
 */
export const longFunctions = [
  'libs/execution/wasm/assembly/evm/interpreter.ts',
  'libs/execution/wasm/assembly/crypto/keccak.ts',
  'libs/execution/wasm/assembly/evm/calls.ts',
  'libs/execution/wasm/assembly/u256.ts',
  'libs/proving/machine/assembly/interpreter.ts',
]
