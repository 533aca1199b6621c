import type { ExecutionEngine } from '@animechain/core'

/** Objects that come from a thread have the prototypes of Node's realm, not those of jest's: equal, but not to a strict comparison. */
function own(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  if (Array.isArray(value)) return Array.from(value, own)
  const name = value.constructor?.name
  return name === 'Object'
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, own(item)]))
    : value
}

/** The engine with results of jest's realm. */
export function inThisRealm(engine: ExecutionEngine): ExecutionEngine {
  const changed = Object.fromEntries(
    (['call', 'estimateGas', 'createAccessList', 'traceBlock', 'traceCall'] as const).map((name) => [
      name,
      async (...args: unknown[]) => own(await (engine[name] as (...args: unknown[]) => unknown)(...args)),
    ]),
  )
  return { ...engine, ...changed }
}
