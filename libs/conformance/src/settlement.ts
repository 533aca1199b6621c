import { deepEqual } from './assert.js'
import { register, type Promises, type TestRunner } from './runner.js'
import { assertions } from './settlement/assertions.js'
import { batches } from './settlement/batches.js'
import { bodies, forcing } from './settlement/forcing.js'
import { records, reorgs } from './settlement/records.js'
import type { SettlementWorld } from './settlement/world.js'

export type { SettlementWorld } from './settlement/world.js'
/** The functions of a test runner; the same for every suite. */
export type SettlementTestRunner = TestRunner

/** What not every settlement can do. Each has tests of its own, which are registered where it is declared. */
export interface SettlementFeatures {
  /** It has `getBody`. */
  getBody?: boolean
  /** Its world has `reorg`. */
  reorg?: boolean
}

/** A settlement to be held to the suite, and the test runner that does it. */
export interface SettlementSuiteOptions extends SettlementTestRunner {
  name: string
  /** Called for every test. */
  create(): Promise<SettlementWorld>
  /** What settlement and L1 can do besides; a test holds them to that, no more and no less. Default none. */
  features?: SettlementFeatures
  /** Called after every test, with the settlement stopped. */
  dispose?(): Promise<void>
}

/** Were a feature there and not declared, its tests would be missing without a word. */
const declared = (features: SettlementFeatures): Promises<SettlementWorld> => ({
  'has the features that the suite was told of, and no others': async ({ settlement, reorg }) => {
    deepEqual(
      { getBody: settlement.getBody !== undefined, reorg: reorg !== undefined },
      { getBody: false, reorg: false, ...features },
      'expected the settlement to have the `features` of the suite’s options: correct them, or the settlement',
    )
  },
})

/** What every implementation of core's `Settlement` promises: the inbox rules of docs/spec/protocol.md 1, assertions, reorgs. */
export function settlementSuite(options: SettlementSuiteOptions): void {
  const { features = {} } = options

  const inWorld = async (body: (world: SettlementWorld) => Promise<void>) => {
    const world = await options.create()
    try {
      await world.settlement.start()
      await body(world)
    } finally {
      await world.settlement.stop()
      await options.dispose?.()
    }
  }

  options.describe(`Settlement: ${options.name}`, () => {
    const promises = {
      ...declared(features),
      ...records,
      ...batches,
      ...forcing,
      ...(features.getBody ? bodies : {}),
      ...assertions,
      ...(features.reorg ? reorgs : {}),
    }
    register(options, promises, inWorld, 120_000)
  })
}
