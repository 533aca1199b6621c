import { bytesToHex, hexToBytes, type DaLocation, type Hex } from '@animechain/core'
import { boundedBody } from '@animechain/l1'

/**
 * A place that may have blobs. What it gives is verified by the caller.
 * @throws on a failure of transport; undefined where it does not have the blob.
 */
export interface BlobSource {
  readonly id: string
  get(
    versionedHash: Hex,
    location: DaLocation | undefined,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined>
}

/** Largest answer that is read, bytes: nine blobs as hex in JSON, with room. */
const MAX_ANSWER_BYTES = 4 * 2 ** 20

async function readJson(response: Response): Promise<unknown> {
  const bytes = await boundedBody(
    response,
    MAX_ANSWER_BYTES,
    () => new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`),
  )
  return JSON.parse(new TextDecoder().decode(bytes))
}

/** anvil's own method on the L1 JSON-RPC; other nodes answer that it does not exist. */
export function anvilBlobs(rpcUrl: string): BlobSource {
  return {
    id: 'anvil',
    async get(versionedHash, _location, signal) {
      const response = await fetch(rpcUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'anvil_getBlobByHash',
          params: [versionedHash],
        }),
        signal,
      })
      if (!response.ok) throw new Error(`HTTP ${response.status}`)
      const answer = (await readJson(response)) as { result?: Hex | null; error?: unknown } | null
      if (answer?.result) return hexToBytes(answer.result)
      // Other nodes do not have the method: an error, as JSON-RPC has it. Anything else is no node's answer.
      if (answer?.result === null || answer?.error) return undefined
      throw new Error('expected an answer of JSON-RPC, got something else')
    },
  }
}

/** Whether a 404 is the beacon API's own, with its error in the body, and not that of something in between. */
async function saysNotFound(response: Response): Promise<boolean> {
  try {
    const { code } = (await readJson(response)) as { code?: unknown }
    return Number(code) === 404
  } catch {
    return false
  }
}

/**
 * The beacon API: `GET /eth/v1/beacon/blobs/{block}`, with `blockId` telling the beacon block of a location: its root or slot.
 * Answers that hold several blobs are told apart by `hashOf`.
 */
export function beaconBlobs(
  url: string,
  hashOf: (blob: Uint8Array) => Promise<Hex>,
  blockId: (location: DaLocation) => Promise<string | undefined>,
): BlobSource {
  return {
    id: 'beacon',
    async get(versionedHash, location, signal) {
      const id = location && (await blockId(location))
      if (id === undefined) return undefined
      const response = await fetch(
        new URL(`/eth/v1/beacon/blobs/${id}?versioned_hashes=${versionedHash}`, url),
        { signal },
      )
      if (response.status === 404 && (await saysNotFound(response))) return undefined
      if (!response.ok) throw new Error(`HTTP ${response.status}`)
      const answer = (await readJson(response)) as { data?: Hex[] } | null
      if (!Array.isArray(answer?.data)) throw new Error('expected a list of blobs, got something else')
      for (const hex of answer.data) {
        const blob = hexToBytes(hex)
        if ((await hashOf(blob)) === versionedHash) return blob
      }
      return undefined
    },
  }
}

/** For messages: a hash short enough to read. */
export const short = (hash: Hex) => `${hash.slice(0, 10)}…${bytesToHex(hexToBytes(hash).slice(-2)).slice(2)}`
