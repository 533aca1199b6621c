import { systemClock } from '@animechain/core'
import type { NetworkDomain } from '@animechain/network-protocol'
import { alarmAbout, alarmPoster, signAlarm } from '@animechain/network-verifier'
import type { Rollup } from '@animechain/node'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import type { Deployment } from './deployment.js'
import type { AlarmNews, Report } from './messages.js'

/** Raises an alarm about each wrong assertion, with a key that lives as long as this tab, and tells what the nodes say that it posts it to. */
export function raiseAlarms(
  rollup: Rollup,
  { addresses, l1ChainId }: Deployment,
  {
    verifiers,
    tell,
    onError,
  }: {
    verifiers: readonly string[]
    tell: (report: Report) => void
    onError: (error: unknown) => void
  },
): void {
  const { stakeRegistry: registry } = addresses
  // A deployment without a verifier network has nobody who would listen.
  if (!registry) return
  const domain: NetworkDomain = { chainId: l1ChainId, registry }
  const account = privateKeyToAccount(generatePrivateKey())
  const raised = new Map<Uint8Array, AlarmNews>()
  const poster = alarmPoster({
    urls: verifiers,
    clock: systemClock,
    onAnswer(bytes, { url, outcome, said }, last) {
      tell({ kind: 'alarm', news: { ...raised.get(bytes)!, answer: { url, outcome, said, last } } })
    },
  })
  rollup.on('wrongAssertion', ({ assertion, expected }) => {
    void (async () => {
      const alarm = alarmAbout(assertion, expected)
      const bytes = await signAlarm(account, domain, alarm)
      const { game, batchIndex, l2BlockNumber, claimed, derived } = alarm
      const news = {
        ...{ game, batch: Number(batchIndex), block: Number(l2BlockNumber) },
        ...{ claimed, derived, by: account.address },
      }
      raised.set(bytes, news)
      tell({ kind: 'alarm', news })
      await poster.post(bytes)
      raised.delete(bytes)
    })().catch(onError)
  })
}
