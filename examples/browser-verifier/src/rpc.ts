/** Calls sent in one request. */
const BATCH = 50
/** milliseconds for one request */
const TIMEOUT = 15_000

/**
 * JSON-RPC calls over HTTP, in batches. One result for each call, in order; undefined for a call that failed.
 * @throws when the node cannot be reached
 */
export async function rpcCalls(
  url: string,
  calls: readonly { method: string; params: readonly unknown[] }[],
): Promise<unknown[]> {
  const results: unknown[] = []
  for (let at = 0; at < calls.length; at += BATCH) {
    const part = calls.slice(at, at + BATCH)
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(part.map((call, id) => ({ jsonrpc: '2.0', id, ...call }))),
      signal: AbortSignal.timeout(TIMEOUT),
    })
    if (!response.ok) throw new Error(`${url} answered with HTTP ${response.status}`)
    const answers = (await response.json()) as { id: number; result?: unknown }[]
    // A batch may be answered in any order.
    const byId = new Map(Array.isArray(answers) ? answers.map(({ id, result }) => [id, result]) : [])
    results.push(...part.map((_, id) => byId.get(id)))
  }
  return results
}
