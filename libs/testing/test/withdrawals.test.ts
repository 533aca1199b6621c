import { expect, test } from '@jest/globals'
import { keccak256, type Hex } from 'viem'
import { withdrawalOutput, type TestWithdrawal } from '../src/index.js'

const account: Hex = `0x${'a1'.repeat(20)}`
const plain = (value: bigint): TestWithdrawal => ({
  ...{ nonce: 0n, sender: account, target: account, value, gasLimit: 100_000n, data: '0x' },
})

test('an output has a branch of two to seven withdrawals, and another root for another seed', () => {
  for (const count of [2, 7]) {
    const wanted = Array.from({ length: count }, (_, i) => plain(BigInt(i)))
    const output = withdrawalOutput(wanted, 1)
    expect(output.withdrawals.map(({ value }) => value)).toEqual(wanted.map(({ value }) => value))
    for (const [branch, leaf] of output.branches) {
      expect(keccak256(branch!)).toBe(output.proof.messagePasserStorageRoot)
      expect(branch).toContain(keccak256(leaf!).slice(2))
    }
    expect(withdrawalOutput(wanted, 1)).toEqual(output)
    expect(withdrawalOutput(wanted, 2).root).not.toBe(output.root)
  }
  for (const count of [1, 8])
    expect(() =>
      withdrawalOutput(
        Array.from({ length: count }, () => plain(1n)),
        1,
      ),
    ).toThrow('two to seven')
})
