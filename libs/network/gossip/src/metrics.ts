import type { Metrics } from '@animechain/core'

/** Why a message went no further, though nothing is wrong with it. */
export type DropReason = 'rate' | 'busy' | 'queue' | 'http'

/** What a gossip node counts. */
export function gossipMetrics(metrics: Metrics) {
  return {
    peers: metrics.gauge({ name: 'gossip_peers', help: 'Peers connected over libp2p.' }),
    received: metrics.counter({
      name: 'gossip_received_total',
      help: 'Messages that came in.',
      labels: ['topic', 'source'],
    }),
    accepted: metrics.counter({
      name: 'gossip_accepted_total',
      help: 'Messages that were accepted.',
      labels: ['topic'],
    }),
    duplicates: metrics.counter({
      name: 'gossip_duplicates_total',
      help: 'Messages that were known, or of a key that is full.',
      labels: ['topic'],
    }),
    rejected: metrics.counter({
      name: 'gossip_rejected_total',
      help: 'Messages that no honest node forwards.',
      labels: ['topic'],
    }),
    ignored: metrics.counter({
      name: 'gossip_ignored_total',
      help: 'Messages that could not be judged.',
      labels: ['topic'],
    }),
    dropped: metrics.counter({
      name: 'gossip_dropped_total',
      help: 'Messages dropped for want of room.',
      labels: ['topic', 'reason'],
    }),
    graylisted: metrics.counter({
      name: 'gossip_graylisted_total',
      help: 'Peers that were put on the graylist.',
    }),
    malformed: metrics.counter({
      name: 'gossip_malformed_total',
      help: 'Frames of peers that are none of the protocol.',
    }),
    requests: metrics.counter({
      name: 'gossip_requests_total',
      help: 'Requests that were answered.',
      labels: ['what', 'status'],
    }),
    payloads: metrics.counter({
      name: 'gossip_payloads_total',
      help: 'Payloads that were fetched, or were not.',
      labels: ['outcome'],
    }),
  }
}

/** The counters of a gossip node. */
export type GossipMetrics = ReturnType<typeof gossipMetrics>
