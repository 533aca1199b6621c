// What nobody but the parties may know of one object, as this process learns it: it is owner, dealer and reader at once.
import { hexToBytes } from '@animechain/core'
import { nodeClient } from '@animechain/vault-client'
import { openDeal } from '@animechain/vault-format'

/** A storage client and key nodes' clients that write down data keys and shares of what goes through. For an owner's vault. */
export function witness(net) {
  const dataKeys = new Map()
  const deals = []
  const storage = net.storage()
  return {
    options: {
      storage: {
        ...storage,
        async put(options) {
          const dataKey = Buffer.from(options.dataKey)
          const stored = await storage.put(options)
          dataKeys.set(stored.blob, dataKey)
          return stored
        },
      },
      clientOf(node) {
        const client = nodeClient(node)
        return {
          ...client,
          putManifest(body, options) {
            deals.push({ node: node.address, ...body })
            return client.putManifest(body, options)
          },
        }
      },
    },
    /** by blob */
    dataKeys,
    /** Shares of a blob's key as they were dealt: for each node its opening, and the bytes that it was sealed in. */
    async shares(blob) {
      const own = deals.filter(({ manifest }) => manifest.message.blob === blob)
      return Promise.all(
        own.map(async ({ node, manifest, index, sealedShare }) => {
          const { sharePair } = net.nodes.find(({ address }) => address === node)
          const { message: id } = manifest
          const sealed = hexToBytes(sealedShare)
          const { privateKey } = sharePair
          const opening = await openDeal({ id, committee: id.committee, index, sealed, privateKey })
          return { node, index, opening, sealed, manifest }
        }),
      )
    },
  }
}
