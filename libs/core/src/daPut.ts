import type { DaCapabilities, DaPutOptions, DaPutResult, DataAvailability } from './da.js'

/** Prefixes of all commitments that a backend makes. */
export const prefixesOf = ({
  prefix,
  prefixes,
}: Pick<DaCapabilities, 'prefix' | 'prefixes'>): readonly number[] => prefixes ?? [prefix]

/**
 * Puts bytes the cheapest way that a backend has: as an attachment that it can prepare, where the settlement carries it (`attachments`), else with a
 * transaction or request of its own.
 */
export async function carryOrPut(
  da: DataAvailability,
  data: Uint8Array,
  options: DaPutOptions = {},
): Promise<DaPutResult> {
  const { attachments = [], signal } = options
  if (da.prepare && !signal?.aborted) {
    const prepared = await da.prepare(data)
    if ('status' in prepared) return prepared
    if (attachments.includes(prepared.attachment.type)) return { status: 'ok', ...prepared }
  }
  return da.put(data, options)
}
