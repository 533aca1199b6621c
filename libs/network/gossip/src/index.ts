export { defaultBounds, type GossipBounds } from './bounds.js'
export { GossipError, type GossipErrorCode } from './errors.js'
export { gossip, type GossipHealth, type GossipNode, type GossipOptions, type Published } from './gossip.js'
export { peerIdOf } from './identity.js'
export type { HttpServerOptions } from './http/server.js'
export type { P2pOptions, PeerInfo } from './p2p/network.js'
export type { FetchPayloadOptions } from './payloads.js'
export type { PenaltyOptions } from './penalties.js'
export type { RateBound } from './rate.js'
export type { RecentBounds } from './recent.js'
export type { Subscription } from './subscription.js'
export {
  MAX_MESSAGE_BYTES,
  type GossipMessage,
  type MessageSource,
  type TopicRoute,
  type TopicRules,
  type Verdict,
} from './topic.js'
export { alarmTopic, networkTopics, type NetworkRules } from './networkTopics.js'
