import { startNode, type AppContext, type RunningApp } from '@animechain/stack'
import type { config } from './config.js'
import { isMember, judgeFor, memberService } from './network/service.js'

/** Composes the verifier from its settings, starts it, and serves JSON-RPC of the chain it derived. */
export function start(context: AppContext<(typeof config)['table']>): Promise<RunningApp> {
  const { values } = context
  return startNode({
    ...context,
    keys: { challenger: values.challengerKey },
    disputeFees: { normal: values.disputeFee, urgent: values.urgentDisputeFee },
    options: {
      role: 'verifier',
      challenger: { pollMs: values.pollInterval, challenge: values.challengerKey !== undefined },
    },
    sequencerUrl: values.sequencerUrl,
    shadow: values.shadow,
    listen(rollup) {
      const { exitAtBlock } = values
      if (exitAtBlock === undefined) return
      rollup.on('safe', () => {
        const header = rollup.chain.headerByNumber(BigInt(exitAtBlock))
        if (!header || rollup.chain.head('safe').number < header.number) return
        process.stdout.write(`derived block ${header.number} ${header.hash}\n`)
        process.kill(process.pid, 'SIGTERM')
      })
    },
    attach(node) {
      if (isMember(values)) return memberService(node, values)
      // Whoever only gossips forwards what members say, too.
      if (node.gossip && node.deployment.addresses.stakeRegistry) judgeFor(node, node.gossip, values)
      return undefined
    },
  })
}
