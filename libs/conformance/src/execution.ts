import type { ExecutionEngine } from '@animechain/core'
import { accessLists } from './execution/accessLists.js'
import { blocks } from './execution/blocks.js'
import { building } from './execution/building.js'
import { calls } from './execution/calls.js'
import { callTraces } from './execution/callTraces.js'
import { conservation } from './execution/conservation.js'
import { deposits } from './execution/deposits.js'
import { gasEstimates } from './execution/gasEstimates.js'
import { genesisPromises } from './execution/genesis.js'
import { keeping } from './execution/keeping.js'
import { proofs } from './execution/proofs.js'
import { sameBlocks } from './execution/sameBlocks.js'
import { skipping } from './execution/skipping.js'
import { traces } from './execution/traces.js'
import { openWorld, type World } from './execution/world.js'
import { register, type Promises, type TestRunner } from './runner.js'

/** The functions of a test runner; the same for every suite. */
export type ExecutionTestRunner = TestRunner

/** An engine to be held to the suite, and the test runner that does it. */
export interface ExecutionSuiteOptions extends ExecutionTestRunner {
  name: string
  /** A new engine that is not open. Called for every test, twice for some. */
  create(): ExecutionEngine
}

const groups: Readonly<Record<string, Promises<World>>> = {
  genesis: genesisPromises,
  blocks: { ...blocks, ...building },
  deposits,
  skipping,
  proofs,
  calls,
  'gas estimates': gasEstimates,
  'access lists': accessLists,
  traces: { ...traces, ...callTraces },
  keeping,
  'as a whole': { ...sameBlocks, ...conservation },
}

/** What every implementation of core's `ExecutionEngine` promises (docs/spec/protocol.md, docs/spec/execution.md). */
export function executionSuite(options: ExecutionSuiteOptions): void {
  const inWorld = async (body: (world: World) => Promise<void>) => {
    const world = await openWorld(() => options.create())
    try {
      await body(world)
    } finally {
      await world.engine.close()
    }
  }
  options.describe(`ExecutionEngine: ${options.name}`, () => {
    for (const [group, promises] of Object.entries(groups))
      options.describe(group, () => register(options, promises, inWorld, 120_000))
  })
}
