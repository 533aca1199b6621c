import { describe, expect, test } from '@jest/globals'
import {
  controlFacetBytecode,
  hostFacetBytecode,
  memoryFacetBytecode,
  numericFacetBytecode,
  oneStepProverAbi,
  oneStepProverBytecode,
} from '@animechain/contracts'
import { bytesToHex, hexToBytes, type Hex } from '@animechain/core'
import { stateHash } from '@animechain/proving-machine'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM, EVMError, type PrecompileInput } from '@ethereumjs/evm'
import { Address } from '@ethereumjs/util'
import { encodeDeployData, encodeFunctionData, getAddress } from 'viem'
import { callStep } from '../src/steps/gasCorpus.js'

// What the one-step prover does when L1 has changed the price of a precompile, or has another thing at its address.

/** What a precompile costs, and answers: undefined for a failure. */
interface Rules {
  gas(input: Uint8Array): number
  answer(input: Uint8Array): Uint8Array | undefined
}

/** Input of this first byte is bad. */
const BAD = 0xff
const answers = (length: number) => (input: Uint8Array) =>
  input[0] === BAD ? undefined : new Uint8Array(length)

/** An L1 with one precompile of our own, and the contracts. */
async function l1With(number: number, { gas, answer }: Rules) {
  const run = ({ data, gasLimit }: PrecompileInput) => {
    const price = BigInt(gas(data))
    const output = price <= gasLimit ? answer(data) : undefined
    return output === undefined
      ? {
          executionGasUsed: gasLimit,
          returnValue: new Uint8Array(),
          exceptionError: new EVMError(EVMError.errorMessages.OUT_OF_GAS),
        }
      : { executionGasUsed: price, returnValue: output }
  }
  const address = new Address(hexToBytes(`0x${number.toString(16).padStart(40, '0')}`))
  const evm = await createEVM({
    common: new Common({ chain: Mainnet, hardfork: Hardfork.Osaka }),
    customPrecompiles: [{ address, function: run }],
  })
  const create = async (code: Hex) => {
    const { createdAddress } = await evm.runCall({ data: hexToBytes(code), gasLimit: 10_000_000n })
    return createdAddress!
  }
  const facets = []
  for (const code of [numericFacetBytecode, controlFacetBytecode, memoryFacetBytecode, hostFacetBytecode])
    facets.push(getAddress((await create(code)).toString()))
  const args = facets as [Hex, Hex, Hex, Hex]
  const to = await create(encodeDeployData({ abi: oneStepProverAbi, bytecode: oneStepProverBytecode, args }))

  /** The step that reads whether the precompile takes the input, `expected` being what the machine says of it, with so much gas. */
  return (input: Uint8Array, expected: boolean) => {
    const { witness, next } = callStep('call', number, Buffer.from(input).toString('hex'), expected)
    const { state, proof } = witness
    const data = hexToBytes(
      encodeFunctionData({
        abi: oneStepProverAbi,
        functionName: 'step',
        args: [state, proof, bytesToHex(witness.data)],
      }),
    )
    return async (gasLimit: number): Promise<'right' | 'refused'> => {
      const { execResult } = await evm.runCall({ to, data, gasLimit: BigInt(Math.floor(gasLimit)) })
      if (execResult.exceptionError) return 'refused'
      // The witness of a step that reads something else than the contract found is refused, so there is no third answer.
      expect(bytesToHex(execResult.returnValue)).toBe(stateHash(next))
      return 'right'
    }
  }
}

const good = (length: number) => new Uint8Array(length).fill(1)
const bad = (length: number) => new Uint8Array(length).fill(BAD)

/** Price of n pairs, times a factor. */
const pairing = (factor: number): Rules => ({
  gas: (input) => Math.floor(factor * (45_000 + (34_000 * input.length) / 192)),
  answer: answers(32),
})

test.each([0.1, 1, 3])('pairings at %d times the price', async (factor) => {
  const ask = await l1With(8, pairing(factor))
  for (const pairs of [1, 97, 192]) {
    const length = 192 * pairs
    // Both answers can be known with enough gas.
    expect(await ask(good(length), true)(100_000_000)).toBe('right')
    expect(await ask(bad(length), false)(100_000_000)).toBe('right')
    // No lack of gas is ever taken for bad input, nor the other way round.
    const [failed, succeeded] = [ask(good(length), false), ask(bad(length), true)]
    for (let gas = 50_000; gas < 60_000_000; gas *= 2.5) {
      expect(await failed(gas)).toBe('refused')
      expect(await succeeded(gas)).toBe('refused')
    }
  }
})

describe('another thing at the address', () => {
  test('nothing: an empty success is no invalid signature', async () => {
    const nothing = await l1With(256, { gas: () => 0, answer: () => new Uint8Array() })
    expect(await nothing(good(160), true)(10_000_000)).toBe('refused')
    const invalid = await l1With(256, {
      gas: () => 6_900,
      answer: (input) => new Uint8Array(input[0] === 1 ? 0 : 32),
    })
    expect(await invalid(good(160), true)(10_000_000)).toBe('right')
  })

  test('an output of another length', async () => {
    const ask = await l1With(11, { gas: () => 375, answer: answers(64) })
    expect(await ask(good(256), true)(10_000_000)).toBe('refused')
    expect(await ask(bad(256), false)(10_000_000)).toBe('refused')
  })

  test('a signature check that costs more', async () => {
    const dear = await l1With(1, {
      gas: () => 50_000,
      answer: (input) => new Uint8Array(input[0] === 1 ? 0 : 32),
    })
    expect(await dear(good(128), true)(10_000_000)).toBe('right')
    expect(await dear(good(128), true)(100_000)).toBe('refused')
  })
})
