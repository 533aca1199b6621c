import type { Logger } from '@animechain/core'
import type { GossipMessage, GossipNode } from '@animechain/network-gossip'
import {
  decodeMessage,
  encodeMessage,
  keyOfSignature,
  messageHash,
  signMessage,
  type BlockDomain,
  type MessageKind,
} from '@animechain/network-protocol'
import type { BlockGossip, SignedAnnouncement } from '@animechain/node'
import { recovery } from '@animechain/tx'
import type { PrivateKeyAccount } from 'viem'

/** Announcements that wait while one is looked at; of more the oldest give way. */
const QUEUE = 1_024

/** What a node publishes waits for its gossip to run, unless that ends first. */
function gate() {
  let open = () => {}
  let close = (_reason: Error) => {}
  const passed = new Promise<void>((resolve, reject) => {
    open = resolve
    close = reject
  })
  // Whoever waits is told; nobody need wait.
  passed.catch(() => {})
  return { passed, open, close }
}

/** Block announcements over a gossip node, as a node of `@animechain/node` has them. */
export function blockGossip({
  node,
  domain,
  signer,
  logger,
}: {
  node: GossipNode<MessageKind>
  domain: BlockDomain
  signer: PrivateKeyAccount | undefined
  logger: Logger
}): BlockGossip & { started(): void; stopped(): void } {
  const running = gate()
  const keys = recovery()

  /** The announcement of a message that was accepted. Who signed it is found again, not taken from there. */
  function announcementOf({ bytes, source }: GossipMessage): SignedAnnouncement | undefined {
    const decoded = decodeMessage('block', bytes)
    if (!decoded.ok) return undefined
    const { message, signature } = decoded.value
    const key = keyOfSignature(messageHash('block', domain, message), signature, keys)
    return key && { ...message, signer: key, ...(source.kind === 'self' ? {} : { from: source.peer }) }
  }

  return {
    signer: signer?.address,
    async publish(announcement) {
      if (!signer) throw new Error('expected a key that signs announcements')
      await running.passed
      await node.publish(
        'block',
        encodeMessage('block', await signMessage(signer, 'block', domain, announcement)),
      )
    },
    subscribe(listener) {
      const messages = node.subscribe('block', { queue: QUEUE })
      const read = async () => {
        for await (const message of messages) {
          const announcement = announcementOf(message)
          if (!announcement) continue
          await listener(announcement).catch((error: unknown) =>
            logger.error('a block announcement was not looked at', { error: String(error) }),
          )
        }
      }
      void read()
      return () => messages.close()
    },
    async fetchPayload(hash, { from, maxBytes, signal }) {
      return node.fetchPayload(hash, { maxBytes, signal, ...(from === undefined ? {} : { first: from }) })
    },
    started: running.open,
    stopped: () => running.close(new Error('the gossip node does not run')),
  }
}
