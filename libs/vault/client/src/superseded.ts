import type { Address, Hash } from '@animechain/core'
import {
  retirementOf,
  signMessage,
  signedFromJson,
  toJson,
  type Manifest,
  type Signed,
  type SupersedeBody,
} from '@animechain/vault-protocol'
import { everyKeyNode, projectOf, secondsOf, type VaultContext } from './context.js'
import { nodeClient, type NodeAnswer } from './nodes.js'
import { parsed, type VaultStore } from './store.js'

/** An order to delete a blob, and who has not followed it yet. */
interface Pending {
  order: SupersedeBody
  /** nodes that have followed it */
  done: readonly Address[]
}

const prefixOf = (project: Hash) => `superseded/${project}/`.toLowerCase()
const keyOf = ({ project, blob }: Pick<Manifest, 'project' | 'blob'>) =>
  `${prefixOf(project)}${blob}`.toLowerCase()

const pendingOf = (text: string | undefined): Pending | undefined =>
  parsed(text, (json) => {
    const { order, done } = json as { order: Record<string, unknown>; done: Address[] }
    return {
      order: {
        erase: signedFromJson('Erase', order.erase),
        retirement: signedFromJson('Manifest', order.retirement),
        newer: signedFromJson('Manifest', order.newer),
      },
      done,
    }
  })

/**
 * Signs the order to delete the blob of a manifest that a newer one, which key nodes have acknowledged, has taken the place of; and remembers it until every
 * storage node has followed it: a client that is cut off here goes on with {@link sendSuperseded}. For a delegate nothing is done: nodes follow whom their
 * acknowledgement names alone, the owner, for only that answers a challenge on L1.
 */
export async function supersede(
  context: VaultContext,
  before: Signed<Manifest>,
  newer: Signed<Manifest>,
): Promise<void> {
  const { signer, chain, store } = context
  const { owner } = await projectOf(context, newer.message.project)
  if (owner.toLowerCase() !== signer.address.toLowerCase()) return
  const now = secondsOf(context)
  const retirement = retirementOf(chain.domain, before.message, newer.message, now)
  const { project, object } = retirement
  const order: SupersedeBody = {
    erase: await signMessage(signer, chain.domain, 'Erase', { project, object, issuedAt: now }),
    retirement: await signMessage(signer, chain.domain, 'Manifest', retirement),
    newer,
  }
  await store.set(keyOf(retirement), toJson({ order, done: [] }))
}

/** A blob that is to go, and the storage nodes that have it still. */
export interface SupersededBlob {
  blob: Hash
  /** nodes that did not follow the order, and why */
  missing: readonly { node: Address; message: string }[]
}

/** A node that has not the blob needs not delete it: 404; nor one that stores nothing, which has no such route. */
const followed = (answer: NodeAnswer<undefined>): boolean =>
  answer.status === 'ok' ||
  (answer.status === 'refused' && (answer.http === 404 || answer.code === 'VAULT_NO_ROUTE'))

async function sendOne(context: VaultContext, { order, done }: Pending): Promise<SupersededBlob> {
  const { storageNodes, clientOf, timeoutMs, store } = context
  const keyNodes = everyKeyNode(context)
  const urls = new Set(keyNodes.map(({ url }) => url))
  const others = storageNodes.filter(({ url }) => !urls.has(url))
  const reached = [...done]
  const missing: { node: Address; message: string }[] = []
  await Promise.all(
    [...keyNodes.map(clientOf), ...others.map(nodeClient)].map(async (client) => {
      const { address } = client.node
      if (done.includes(address)) return
      const answer = await client.supersede(order, { timeoutMs })
      if (followed(answer)) reached.push(address)
      else missing.push({ node: address, message: answer.status === 'ok' ? '' : answer.message })
    }),
  )
  const key = keyOf(order.retirement.message)
  if (missing.length === 0) await store.delete(key)
  else await store.set(key, toJson({ order, done: reached }))
  return { blob: order.retirement.message.blob, missing }
}

const pendingIn = async (store: VaultStore, project: Hash): Promise<Pending[]> => {
  const texts = await Promise.all((await store.list(prefixOf(project))).map((key) => store.get(key)))
  return texts.map(pendingOf).filter((each) => each !== undefined)
}

/**
 * Sends every order of a project that some storage node has not followed, one after the other: those of now, and those of before that a node was away for or
 * had not the newer blob for yet.
 */
export async function sendSuperseded(context: VaultContext, project: Hash): Promise<SupersededBlob[]> {
  const sent: SupersededBlob[] = []
  for (const pending of await pendingIn(context.store, project)) sent.push(await sendOne(context, pending))
  return sent
}
