import { beforeEach, expect } from '@jest/globals'

/** The suites of @animechain/conformance assert by node:assert, for any runner, and count that themselves. */
const ofSuite = /^(BatchCodec|DataAvailability|ExecutionEngine|KeyValueStore|Settlement): /

// A test that comes to its end without an assertion has failed: a loop over nothing, a branch that was not taken.
beforeEach(() => {
  if (!ofSuite.test(expect.getState().currentTestName ?? '')) expect.hasAssertions()
})
