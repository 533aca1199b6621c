import { gossip, networkTopics, type GossipNode } from '@animechain/network-gossip'
import { readDeployment, startNode, type AppContext, type RunningApp } from '@animechain/stack'
import type { Rollup } from '@animechain/node'
import type { config } from './config.js'
import { networkFiles } from './network/files.js'
import { networkAt } from './network/l1.js'
import { isMember, memberService, type MemberParts } from './network/service.js'

type Context = AppContext<(typeof config)['table']>

/** Composes the verifier from its settings, starts it, and serves JSON-RPC of the chain it derived. */
export async function start(context: Context): Promise<RunningApp> {
  const { values } = context
  let rollup: Rollup | undefined
  const node = await startNode({
    ...context,
    keys: { challenger: values.challengerKey },
    disputeFees: { normal: values.disputeFee, urgent: values.urgentDisputeFee },
    options: {
      role: 'verifier',
      challenger: { pollMs: values.pollInterval, challenge: values.challengerKey !== undefined },
    },
    sequencerUrl: values.sequencerUrl,
    shadow: values.shadow,
    listen(listened) {
      rollup = listened
      const { exitAtBlock } = values
      if (exitAtBlock === undefined) return
      listened.on('safe', () => {
        const header = listened.chain.headerByNumber(BigInt(exitAtBlock))
        if (!header || listened.chain.head('safe').number < header.number) return
        process.stdout.write(`derived block ${header.number} ${header.hash}\n`)
        process.kill(process.pid, 'SIGTERM')
      })
    },
  })
  return isMember(values) ? withMember(context, node, rollup!) : node
}

/** A gossip node as the settings describe it. Its judge comes once the member runs. */
function gossipOf({ values, logger, metrics }: Context, deployment: ReturnType<typeof readDeployment>) {
  const { domain } = networkAt(deployment, values)
  let judged: Parameters<MemberParts['gossip']['judge']>[0] | undefined
  const topics = networkTopics({
    ...{ domain, blocks: { chainId: Number(deployment.rollup.chainId) } },
    isMember: (signer, attestation) => judged?.isMember(signer, attestation),
    isAboutGame: (alarm) => judged?.isAboutGame(alarm),
    isSequencer: () => undefined,
  })
  const node: GossipNode<'attestation' | 'alarm' | 'block'> = gossip({
    ...{ chainId: deployment.rollup.chainId, topics, logger, metrics },
    p2p: {
      listen: [`/ip4/${values.gossipHost}/tcp/${values.gossipPort}`],
      peers: values.gossipPeers,
      identityFile: `${networkFiles(values.dataDir).folder}/peer.key`,
    },
    ...(values.gossipHttpPort === undefined ? {} : { http: { port: values.gossipHttpPort } }),
    httpPeers: values.gossipHttpPeers ?? [],
    bounds: { maxPeersPerHost: values.gossipMaxPeersPerHost },
  })
  return { node, judge: (rules: typeof judged) => void (judged = rules) }
}

/** The node with gossip and the member beside it. */
async function withMember(context: Context, node: RunningApp, rollup: Rollup): Promise<RunningApp> {
  const { values, logger, metrics } = context
  const deployment = readDeployment(values.deployment)
  const gossiping = gossipOf(context, deployment)
  const member = memberService({
    ...{ rollup, deployment, logger, metrics },
    settings: values,
    agreedBlock: undefined,
    gossip: gossiping,
  })
  const stop = async () => {
    await member.stop()
    await gossiping.node.stop()
    await node.stop()
  }
  try {
    await gossiping.node.start()
    await member.start()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    stop,
    async health() {
      const [of, network] = [await node.health(), member.health()]
      return { ...of, ready: of.ready && network.ready, details: { ...of.details, network } }
    },
  }
}
