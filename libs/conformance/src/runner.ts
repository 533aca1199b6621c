import { counted } from './assert.js'

/** What a suite needs of a test runner: jest's, mocha's, vitest's or node:test's own functions fit. */
export interface TestRunner {
  describe(name: string, body: () => void): void
  test(name: string, body: () => Promise<void>, timeoutMs?: number): void
}

/** What an interface promises: tests by their names. Each gets a world of its own. */
export type Promises<World> = Readonly<Record<string, (world: World) => Promise<void>>>

/**
 * Registers a test for each promise. `inWorld` makes the world, hands it to the test and clears it away. A test that ends without an
 * assertion has failed.
 */
export function register<World>(
  { test }: TestRunner,
  promises: Promises<World>,
  inWorld: (body: (world: World) => Promise<void>) => Promise<void>,
  timeoutMs: number,
): void {
  for (const [name, body] of Object.entries(promises))
    test(name, () => inWorld((world) => counted(() => body(world))), timeoutMs)
}
