/** Where a message came from: this node, a peer over libp2p, or over HTTP a client or a server that is polled. */
export type MessageSource = { kind: 'self' } | { kind: 'peer'; peer: string } | { kind: 'http'; peer: string }

/** What is said of a message before anybody hears of it. */
export type Verdict =
  | {
      /** Kept, handed to subscribers and forwarded. */
      verdict: 'accept'
      /** What counts as the same thing said again. Of one key at most `perKey` different messages are kept. At most 256 characters. */
      key: string
      /** What `hasPlace` of the topic compares. At most 256 characters; default ''. */
      variant?: string
      /** What it is found by, such as a batch index. At most 128 characters; default: it is found among the newest only. */
      group?: string
      /** Of `lists: 'latest'` the message with the highest is given, and of those the newest. Default 0. */
      rank?: number
    }
  | {
      /** Not forwarded, and nobody's fault: what it needs to be judged may come later, and then it is judged again. */
      verdict: 'ignore'
      reason: string
    }
  | {
      /** No honest node would have forwarded it: whoever sent it is on its way to the graylist. */
      verdict: 'reject'
      reason: string
    }

/** What is known about the messages of a topic, so that the node need not know what they are. */
export interface TopicRules {
  /**
   * Decodes and judges a message: its form, its signature, its signer. Runs once for the same bytes, except after `ignore`. One that throws or takes
   * longer than `judgeTimeoutMs` counts as `ignore`.
   */
  judge(bytes: Uint8Array, source: MessageSource): Verdict | Promise<Verdict>
  /** different messages that are kept of one key; default 1 */
  perKey?: number
  /**
   * Whether a message is kept besides those of its key, fewer than `perKey`. Must answer at once; default: always.
   * @param kept variants of those that are kept, the oldest at the head
   */
  hasPlace?(kept: readonly string[], variant: string): boolean
  /** longest message, bytes; default 4,096 */
  maxBytes?: number
  /** Under which path of its own the topic is also read over HTTP. */
  route?: TopicRoute
}

/** A path under which messages of a topic are read, one after the other without anything between them. */
export interface TopicRoute {
  /** begins with `/v1/` */
  path: string
  /** `group`: those of the group that follows as `/<group>`; `newest`: the newest 256; `latest`: one, 404 where there is none */
  lists: 'group' | 'newest' | 'latest'
}

/** A message that was accepted. */
export interface GossipMessage<Topic extends string = string> {
  topic: Topic
  bytes: Uint8Array
  key: string
  group: string | undefined
  rank: number
  source: MessageSource
  /** milliseconds since the Unix epoch, by this node's clock */
  receivedAt: number
}

/** Longest message of a topic unless its rules say otherwise, bytes. docs/spec/network.md, 10 */
export const MAX_MESSAGE_BYTES = 4_096
/** Bounds of what `judge` answers, characters. */
export const MAX_KEY_LENGTH = 256
export const MAX_GROUP_LENGTH = 128
