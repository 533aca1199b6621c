// A devnet in a process of its own, that can be killed like its programs. Talks over the IPC channel to whoever started it.
import { devnet, type DevnetOptions, type ProgramName } from '@animechain/devnet'
import type { HostMessage } from './net.js'

const tell = (message: HostMessage) => process.send?.(message)

try {
  const net = await devnet(JSON.parse(process.argv[2]!) as DevnetOptions)
  const pids = () =>
    Object.fromEntries(Object.entries(net.programs).map(([name, program]) => [name, program!.pid]))
  tell({
    type: 'ready',
    l1Url: net.l1Url,
    l1Pid: net.l1.pid,
    l2Url: net.l2Url,
    verifierUrl: net.verifierUrl!,
    portal: net.deployment.addresses.optimismPortal,
    pids: pids(),
  })
  process.on('message', (message: { start: ProgramName } | 'stop') => {
    if (message === 'stop') void net.stop().then(() => process.exit(0))
    else
      net.startProgram(message.start).then(
        () => tell({ type: 'started', name: message.start, pids: pids() }),
        (error: unknown) => tell({ type: 'failed', name: message.start, error: String(error) }),
      )
  })
  process.on('disconnect', () => void net.stop().then(() => process.exit(0)))
} catch (error) {
  tell({ type: 'failed', name: 'devnet', error: String(error) })
  process.exit(1)
}
