import { AsyncLocalStorage } from 'node:async_hooks'
import assert from 'node:assert/strict'
import { isBaseError } from '@animechain/core'

// node:assert, counted: a test that asserts nothing proves nothing, whichever runner it is in.

/** The count of the test that is running, also where a runner has several running at once. */
const running = new AsyncLocalStorage<{ assertions: number }>()

function counting<Assertion extends (...given: never[]) => unknown>(assertion: Assertion): Assertion {
  const counted = (...given: Parameters<Assertion>) => {
    const test = running.getStore()
    if (test) test.assertions++
    return assertion(...given)
  }
  return counted as Assertion
}

export const deepEqual: typeof assert.deepEqual = counting(assert.deepEqual)
export const equal: typeof assert.equal = counting(assert.equal)
export const notEqual: typeof assert.notEqual = counting(assert.notEqual)
export const ok: typeof assert.ok = counting(assert.ok)
export const rejects: typeof assert.rejects = counting(assert.rejects)
export const throws: typeof assert.throws = counting(assert.throws)

/** Runs a test; rejects when it comes to its end without having asserted anything. */
export async function counted(test: () => Promise<void>): Promise<void> {
  const count = { assertions: 0 }
  await running.run(count, test)
  if (count.assertions === 0) throw new Error('expected the test to assert something, got no assertion')
}

/** Matches rejections by an error of this project with this code. */
export const withCode = (code: string) => (error: unknown) => isBaseError(error) && error.code === code
