import type { DaKind, DataAvailability } from '@animechain/core'
import { deepEqual } from './assert.js'
import { bounds, bytes, erasing, ranges } from './da/bytes.js'
import { commitments, confused, preparing } from './da/commitments.js'
import { broken } from './da/faults.js'
import { distance, service } from './da/service.js'
import type { DaWorld } from './da/world.js'
import { faultProxy, type FaultProxy } from './faults/proxy.js'
import { register, type Promises, type TestRunner } from './runner.js'

/** The functions of a test runner; the same for every suite. */
export type DaTestRunner = TestRunner

/** What not every backend can do. Each has tests of its own, which are registered where it is declared. */
export interface DaFeatures {
  /** It has `prepare`. */
  prepare?: boolean
  /** `get` takes ranges. */
  ranges?: boolean
  /** It has `erase`. */
  erase?: boolean
  /** `maxBytes` is above 16 MiB, which is more than the suite puts to see it refused. */
  unbounded?: boolean
}

/** A backend to be held to the suite, and the test runner that does it. */
export interface DaSuiteOptions extends DaTestRunner {
  name: string
  /** A backend that can put and get. Called for every test; all of them may share one place. */
  create(): Promise<DataAvailability>
  /** What the backend can do besides; a test holds it to that, no more and no less. Default none. */
  features?: DaFeatures
  /** Another reader of the same place with nothing but its address; absent where the object itself is the place. */
  reader?(): Promise<DataAvailability>
  /** A backend whose place is out of reach; absent where there is no way between. */
  unreachable?(): Promise<DataAvailability>
  /** An HTTP server that the backend speaks to, and a backend that reaches it at another address; absent where there is none. */
  through?: DaThrough
  /** What the backend left in logs and metrics so far. Nothing of what was put may be in it. */
  records?(): unknown
  /** Kind whose commitments it makes, where its own name is not that of the kind: several backends may be ways to one. */
  kind?: DaKind
  /** Sizes of data to put, bytes; default 0, 1, 31, 32, 1,000 and 70,000. Those above `maxBytes` are left out. */
  sizes?: readonly number[]
  /** milliseconds for one test; default 90,000 */
  timeoutMs?: number
}

/** How the suite gets between a backend and its place. */
export interface DaThrough {
  /** of the server: `http:`, host and port */
  url(): string
  /** A backend that can put and get. */
  create(url: string): Promise<DataAvailability>
}

const largestPut = 16n * 2n ** 20n

/** Were a feature there and not declared, its tests would be missing without a word. */
const declared = (features: DaFeatures): Promises<DaWorld> => ({
  'has the features that the suite was told of, and no others': async ({ da }) => {
    deepEqual(
      {
        prepare: da.prepare !== undefined,
        ranges: da.capabilities.ranged,
        erase: da.capabilities.erasable,
        unbounded: da.capabilities.maxBytes > largestPut,
      },
      { prepare: false, ranges: false, erase: false, unbounded: false, ...features },
      'expected the backend to have the `features` of the suite’s options: correct them, or the backend',
    )
  },
})

/** What every implementation of core's `DataAvailability` promises. */
export function daSuite(options: DaSuiteOptions): void {
  const {
    features = {},
    reader,
    unreachable,
    through,
    records,
    kind,
    sizes = [0, 1, 31, 32, 1_000, 70_000],
  } = options

  const inWorld = async (body: (world: DaWorld) => Promise<void>) => {
    const da = await options.create()
    const others: DataAvailability[] = []
    const proxies: FaultProxy[] = []
    try {
      await da.start()
      await body({
        da,
        sizes: sizes.filter((size) => BigInt(size) <= da.capabilities.maxBytes),
        async readers() {
          if (!reader) return [da]
          const other = await reader()
          others.push(other)
          await other.start()
          return [da, other]
        },
        unreachable: () => unreachable!(),
        async faulty() {
          const proxy = await faultProxy(through!.url())
          proxies.push(proxy)
          const other = await through!.create(proxy.url)
          others.push(other)
          await other.start()
          return { da: other, proxy }
        },
        records: async () => records?.(),
        kind,
      })
    } finally {
      for (const proxy of proxies) await proxy.stop()
      for (const each of [...others, da]) await each.stop()
    }
  }

  options.describe(`DataAvailability: ${options.name}`, () => {
    const promises = {
      ...declared(features),
      ...commitments,
      ...confused,
      ...bytes,
      ...(features.prepare ? preparing : {}),
      ...(features.unbounded ? {} : bounds),
      ...(features.ranges ? ranges : {}),
      ...(features.erase ? erasing : {}),
      ...service,
      ...(unreachable ? distance : {}),
      ...(through ? broken : {}),
    }
    register(options, promises, inWorld, options.timeoutMs ?? 90_000)
  })
}
