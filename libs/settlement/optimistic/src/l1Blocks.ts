import type { Hash } from '@animechain/core'
import { l1Header, type L1Header } from '@animechain/l1'
import { numberToHex, type PublicClient, type Transport } from 'viem'

/** Headers of L1, each with the hash of its fields. */
export function l1Blocks(client: PublicClient<Transport>) {
  const raw = (method: string, params: readonly unknown[]): Promise<unknown> =>
    client.request({ method, params } as never) as Promise<unknown>
  const named = (block: string) => raw('eth_getBlockByNumber', [block, false])
  const at = async (number: bigint): Promise<L1Header> => l1Header(await named(numberToHex(number)))
  return {
    latest: async (): Promise<L1Header> => l1Header(await named('latest')),

    /** A young L1 may have no safe or final block yet, and says so with null or an error: then nothing but its genesis is. */
    async tagged(tag: 'safe' | 'finalized'): Promise<L1Header> {
      const block = await named(tag).catch((error: Error) => {
        if (error.name !== 'BlockNotFoundError' && !/block not found/i.test(error.message)) throw error
        return null
      })
      return l1Header(block ?? (await named('0x0')))
    },

    async byHash(hash: Hash): Promise<L1Header | undefined> {
      const block = await raw('eth_getBlockByHash', [hash, false])
      return block === null ? undefined : l1Header(block)
    },

    range: (from: bigint, to: bigint): Promise<L1Header[]> =>
      Promise.all(Array.from({ length: Number(to - from + 1n) }, (_, i) => at(from + BigInt(i)))),

    /** Whether a block is the one of its height in the chain that L1 has now. */
    async has({ number, hash }: Pick<L1Header, 'number' | 'hash'>): Promise<boolean> {
      const block = (await named(numberToHex(number))) as { hash?: Hash } | null
      return block?.hash === hash
    },
  }
}

export type L1Blocks = ReturnType<typeof l1Blocks>
