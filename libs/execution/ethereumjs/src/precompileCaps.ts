import { EVMError, type EVM, type PrecompileInput } from '@ethereumjs/evm'

/**
 * Bytes of input that a precompile takes on a rollup, by address (docs/spec/execution.md, "Precompiles"): what L1 can run within one
 * transaction when it checks a proof.
 */
const inputCaps: Record<string, number> = {
  // bn254 pairing: 192 pairs
  '08': 192 * 192,
  // BLS12-381: sums of 256 and 128 products, 96 pairs
  '0c': 256 * 160,
  '0e': 128 * 288,
  '0f': 96 * 384,
}

/**
 * Gives every failure of a precompile but want of gas one name, and none the name of REVERT, which the library gives to some: nothing
 * was reverted by code, and all gas is gone.
 */
export function namePrecompileFailures(evm: EVM): void {
  for (const [key, run] of evm.precompiles) {
    evm.precompiles.set(key, async (input: PrecompileInput) => {
      const result = await run(input)
      const failed = result.exceptionError
      if (failed === undefined || failed.error === EVMError.errorMessages.OUT_OF_GAS) return result
      const named = new EVMError(PRECOMPILE_FAILED as typeof failed.error)
      return { ...result, returnValue: new Uint8Array(0), exceptionError: named }
    })
  }
}

const PRECOMPILE_FAILED = 'precompile failed'

/** Makes precompiles fail on longer input, with all the gas that they were given. */
export function capPrecompiles(evm: EVM): void {
  for (const [address, cap] of Object.entries(inputCaps)) {
    const key = address.padStart(40, '0')
    const run = evm.precompiles.get(key)
    if (run === undefined) continue
    evm.precompiles.set(key, (input: PrecompileInput) =>
      input.data.length > cap
        ? {
            returnValue: new Uint8Array(0),
            executionGasUsed: input.gasLimit,
            exceptionError: new EVMError(EVMError.errorMessages.INVALID_INPUT_LENGTH),
          }
        : run(input),
    )
  }
}
