import type { ConfigTable } from '@animechain/observability'

/** Rows of a node that may take part in the network of verifiers (docs/spec/network.md, section 10). With none of the ports and peers it does not. */
export const networkTable = {
  gossipHost: {
    type: 'string',
    default: '127.0.0.1',
    help: 'Address that libp2p listens at; 0.0.0.0 for peers on other machines.',
  },
  gossipPort: {
    type: 'integer',
    min: 0,
    max: 65_535,
    help: 'Its port, 0 for a free one. Without it the node only dials its peers.',
  },
  gossipPeers: {
    type: 'list',
    default: [],
    help: 'Multiaddrs of peers with their identity (/ip4/…/tcp/…/p2p/12D3…), which are dialled.',
  },
  gossipAnnounce: {
    type: 'list',
    default: [],
    help: 'Multiaddrs under which others reach this node, where it does not listen at them itself.',
  },
  gossipMaxPeersPerHost: {
    type: 'integer',
    default: 8,
    min: 1,
    max: 32,
    help: 'Peers of one address at most. More where many nodes share a host.',
  },
  gossipHttpHost: { type: 'string', default: '127.0.0.1', help: 'Address of the HTTP side of gossip.' },
  gossipHttpPort: {
    type: 'integer',
    min: 0,
    max: 65_535,
    help: 'Its port, 0 for a free one. Not served without it.',
  },
  gossipHttpHosts: {
    type: 'list',
    default: [],
    help: 'Host names besides localhost and IP addresses under which it may be called; * for any.',
  },
  gossipHttpPeers: {
    type: 'urls',
    help: 'HTTP sides of other nodes, for where libp2p does not get through.',
  },
} as const satisfies ConfigTable
