import type { Devnet } from './options.js'

/** Where the devnet stands, as the status line shows it. */
export interface DevnetStatus {
  l1Head: number
  /** L2 heads */
  latest: number
  safe: number
  finalized: number
  /** batches in the inbox */
  batches: number
  transactions: number
  /** batch bytes on L1 for each user transaction since the sequencer started; undefined before the first */
  bytesPerTransaction?: number
  /** gwei */
  l1BaseFee: number
  /** newest block that the verifier derived */
  verified?: number
}

async function rpc<T>(url: string, method: string, params: unknown[] = []): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(3_000),
  })
  const { result, error } = (await response.json()) as { result: T; error?: { message: string } }
  if (error) throw new Error(error.message)
  return result
}

/** Values of a Prometheus page, by name; labels are ignored and summed. */
function parseMetrics(text: string): Map<string, number> {
  const values = new Map<string, number>()
  for (const line of text.split('\n')) {
    const found = /^([a-zA-Z_:][\w:]*)(?:\{[^}]*\})? (\S+)$/.exec(line)
    if (found) values.set(found[1]!, (values.get(found[1]!) ?? 0) + Number(found[2]))
  }
  return values
}

/** Asks the devnet's own interfaces. Throws when one does not answer. */
export async function devnetStatus(net: Devnet): Promise<DevnetStatus> {
  type Block = { number: string; baseFeePerGas: string }
  const block = (url: string, tag: string) => rpc<Block>(url, 'eth_getBlockByNumber', [tag, false])
  const [l1, latest, safe, finalized, metrics, health, verified] = await Promise.all([
    block(net.l1Url, 'latest'),
    block(net.l2Url, 'latest'),
    block(net.l2Url, 'safe'),
    block(net.l2Url, 'finalized'),
    fetch(`${net.metricsUrls.sequencer}/metrics`, { signal: AbortSignal.timeout(3_000) }).then(
      async (response) => parseMetrics(await response.text()),
    ),
    fetch(`${net.metricsUrls.sequencer}/readyz`, { signal: AbortSignal.timeout(3_000) }).then(
      (response) => response.json() as Promise<{ details?: { batches?: string | number } }>,
    ),
    net.verifierUrl ? block(net.verifierUrl, 'safe').catch(() => undefined) : undefined,
  ])
  const bytes = metrics.get('animechain_rollup_batch_bytes_total') ?? 0
  const transactions = metrics.get('animechain_rollup_batch_transactions_total') ?? 0
  return {
    l1Head: Number(l1.number),
    latest: Number(latest.number),
    safe: Number(safe.number),
    finalized: Number(finalized.number),
    batches: health.details?.batches === undefined ? 0 : Number(health.details.batches),
    transactions,
    ...(transactions > 0 ? { bytesPerTransaction: bytes / transactions } : {}),
    l1BaseFee: Number(BigInt(l1.baseFeePerGas)) / 1e9,
    ...(verified ? { verified: Number(verified.number) } : {}),
  }
}

/** One line for a terminal. */
export function statusLine(status: DevnetStatus): string {
  return [
    `L2 latest ${status.latest}`,
    `safe ${status.safe}`,
    `finalized ${status.finalized}`,
    ...(status.verified === undefined ? [] : [`verified ${status.verified}`]),
    `batches ${status.batches}`,
    `${status.bytesPerTransaction?.toFixed(1) ?? '-'} bytes/tx`,
    `L1 ${status.l1Head} at ${status.l1BaseFee < 0.01 ? status.l1BaseFee.toExponential(1) : status.l1BaseFee.toFixed(2)} gwei`,
  ].join(' | ')
}
