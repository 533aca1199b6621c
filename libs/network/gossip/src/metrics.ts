import type { Metrics } from '@animechain/core'

/** Why a message went no further, though nothing is wrong with it. */
export type DropReason = 'rate' | 'busy' | 'queue' | 'http'

/** What a gossip node counts. */
export function gossipMetrics(metrics: Metrics) {
  const counter = (name: string, help: string, ...labels: string[]) => metrics.counter({ name, help, labels })
  return {
    peers: metrics.gauge({ name: 'gossip_peers', help: 'Peers connected over libp2p.' }),
    received: counter('gossip_received_total', 'Messages that came in.', 'topic', 'source'),
    accepted: counter('gossip_accepted_total', 'Messages that were accepted.', 'topic'),
    duplicates: counter(
      'gossip_duplicates_total',
      'Messages that were known, or of a key that is full.',
      'topic',
    ),
    rejected: counter('gossip_rejected_total', 'Messages that no honest node forwards.', 'topic'),
    ignored: counter('gossip_ignored_total', 'Messages that could not be judged.', 'topic'),
    dropped: counter('gossip_dropped_total', 'Messages dropped for want of room.', 'topic', 'reason'),
    graylisted: counter('gossip_graylisted_total', 'Peers that were put on the graylist.'),
    malformed: counter('gossip_malformed_total', 'Frames of peers that are none of the protocol.'),
    requests: counter('gossip_requests_total', 'Requests that were answered.', 'what', 'status'),
    payloads: counter('gossip_payloads_total', 'Payloads that were fetched, or were not.', 'outcome'),
  }
}

/** The counters of a gossip node. */
export type GossipMetrics = ReturnType<typeof gossipMetrics>
