import { createVault, vaultChain, passFromJson, type Pass, type Vault } from '@animechain/vault-client'
import { storageCommittee } from '@animechain/vault-committee'
import { parseCommittee, type MessageSigner } from '@animechain/vault-protocol'
import { createPublicClient, http } from 'viem'
import type { Media } from './serveMedia.js'

/** What a viewer has: where the store is, what they were given, and who they are. */
export interface Viewer {
  /** text of committee.json */
  committee: string
  /** text of the pass */
  pass: string
  /** JSON-RPC of L2 */
  l2Url: string
  /** signs the session, once */
  signer: MessageSigner
  /** number of the rendition; default 1, the proxy */
  rendition?: number
}

/** What was opened, with what it took so far. */
export interface Opened extends Media {
  vault: Vault
  name: string
  /** bytes of ciphertext that were fetched */
  fetched(): number
  /** bytes of all ciphertext */
  sealedLength: number
}

/** `fetch` that counts the bytes of units. */
function countingFetch() {
  let bytes = 0
  const counted: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    if (response.ok && String(input instanceof Request ? input.url : input).includes('/units/'))
      bytes += Number(response.headers.get('content-length') ?? 0)
    return response
  }
  return { fetch: counted, bytes: () => bytes }
}

/** Opens the first object of a pass. Key and session are in this page's memory and nowhere else. */
export async function openMedia(viewer: Viewer, onLiar: (line: string) => void): Promise<Opened> {
  const committee = parseCommittee(viewer.committee)
  const pass: Pass = passFromJson(viewer.pass)
  const [object] = pass.objects ?? []
  if (!object) throw new Error('The pass is for no object: ask the owner for one that names it.')
  const { chainId, registry, epoch, keys, storage } = committee
  const counter = countingFetch()
  const nodes = storageCommittee({
    nodes: storage.members,
    domain: { chainId, registry },
    fetch: counter.fetch,
  })
  const vault = createVault({
    chain: vaultChain({ client: createPublicClient({ transport: http(viewer.l2Url) }), chainId }),
    signer: viewer.signer,
    committee: {
      ...{ epoch, threshold: keys.threshold },
      nodes: keys.members.map(({ address, url, shareKey }) => ({ address, url, shareKey: shareKey! })),
    },
    storage: nodes,
  })
  const { rendition = 1 } = viewer
  const file = await vault.open(pass.project, object.name, {
    ...{ pass, rendition },
    onLiar: ({ node, message }) => onLiar(`Key node ${node} lied: ${message}`),
  })
  const { length } = await nodes.descriptor(file.blob)
  return {
    ...{ vault, file, name: object.name, type: object.type ?? 'video/mp4' },
    fetched: counter.bytes,
    sealedLength: Number(length),
  }
}
