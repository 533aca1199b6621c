import { BaseError } from '@animechain/core'
import { freePort, isPortFree } from '@animechain/testing'
import { verifierNames } from './network/members.js'
import { vaultNames, type DevnetOptions, type ProgramName, type VaultName } from './options.js'

/** Where everything in a devnet listens on 127.0.0.1; 0 for what is not started. */
export interface DevnetPorts {
  l1: number
  l2: number
  verifier: number
  bridge: number
  /** servers of batches of kind 3 */
  da: { altDa: number; s3: number }
  /** HTTP APIs of the committee's members */
  vault: Record<VaultName, number>
  /** of the network's verifiers by name */
  network: Record<string, NetworkPorts>
  /** libp2p of the sequencer, where there is a network */
  sequencerGossip: number
  metrics: Record<ProgramName, number>
}

/** Where a verifier of the network listens. */
export interface NetworkPorts {
  rpc: number
  /** libp2p */
  gossip: number
  gossipHttp: number
}

/** The port itself, or a free one for 0. @throws {BaseError} `DEVNET_PORT` when it is taken, with the flag that changes it */
export async function takePort(port: number, flag: string): Promise<number> {
  if (port === 0) return freePort()
  if (!(await isPortFree(port)))
    throw new BaseError(`Port ${port} on 127.0.0.1 is taken.`, {
      code: 'DEVNET_PORT',
      metaMessages: [
        `Stop what listens there (another devnet?), or choose another port: ${flag} <port>, 0 for any free one.`,
      ],
    })
  return port
}

/** Two programs on one port: known before anything starts. 0 takes any. @throws {BaseError} `DEVNET_PORT` with both flags */
export function refuseSharedPorts(
  wanted: readonly (readonly [flag: string, port: number | undefined])[],
): void {
  const takenBy = new Map<number, string>()
  for (const [flag, port] of wanted) {
    if (port === undefined) continue
    const other = takenBy.get(port)
    if (port !== 0 && other !== undefined)
      throw new BaseError(`${other} and ${flag} both ask for port ${port}.`, {
        code: 'DEVNET_PORT',
        metaMessages: [
          'Give one of them another port, 0 for any free one. --metrics-port takes two more behind the one it names, --da-port one, --vault-port four, --network-port one for each verifier.',
        ],
      })
    takenBy.set(port, flag)
  }
}

/** The ports that the options ask for, and free ones for the others. @throws {BaseError} `DEVNET_PORT` */
export async function takePorts(
  options: DevnetOptions & { altDa?: boolean; verifiers?: number },
): Promise<DevnetPorts> {
  const names = verifierNames(options.verifiers ?? 0)
  const { networkPort = 9600 } = options
  const { l1Port = 8545, l2Port = 9545, metricsPort: base = 9571, vaultPort = 9580 } = options
  const daPort = options.altDa ? (options.daPort ?? 9590) : undefined
  const verifierPort = options.verifier === false ? undefined : (options.verifierPort ?? 9546)
  const bridgePort = options.bridge === false ? undefined : (options.bridgePort ?? 9560)
  refuseSharedPorts([
    ['--l1-port', l1Port],
    ['--l2-port', l2Port],
    ['--verifier-port', verifierPort ?? 0],
    ['--bridge-port', bridgePort ?? 0],
    ['--metrics-port', base],
    ...[1, 2].map((offset) => ['--metrics-port', base && base + offset] as const),
    ...[0, 1].map((offset) => ['--da-port', daPort && daPort + offset] as const),
    ...vaultNames.map((_, i) => ['--vault-port', options.vault && vaultPort ? vaultPort + i : 0] as const),
    ...names.map((_, i) => ['--network-port', networkPort && networkPort + i] as const),
  ])
  const vault: Partial<Record<VaultName, number>> = {}
  const vaultMetrics: Partial<Record<VaultName, number>> = {}
  for (const [i, name] of vaultNames.entries()) {
    vault[name] = options.vault ? await takePort(vaultPort && vaultPort + i, '--vault-port') : 0
    vaultMetrics[name] = options.vault ? await freePort() : 0
  }
  const da = async (offset: number) =>
    daPort === undefined ? 0 : takePort(daPort && daPort + offset, '--da-port')
  const metrics = (offset: number) => takePort(base === 0 ? 0 : base + offset, '--metrics-port')
  const verifier = verifierPort === undefined ? 0 : await takePort(verifierPort, '--verifier-port')
  const network: Record<string, NetworkPorts> = {}
  const networkMetrics: Record<string, number> = {}
  for (const [i, name] of names.entries()) {
    network[name] = {
      rpc: i === 0 ? verifier : await freePort(),
      gossip: await freePort(),
      gossipHttp: await takePort(networkPort && networkPort + i, '--network-port'),
    }
    if (i > 0) networkMetrics[name] = await freePort()
  }
  return {
    l1: await takePort(l1Port, '--l1-port'),
    l2: await takePort(l2Port, '--l2-port'),
    verifier,
    network,
    sequencerGossip: names.length > 0 ? await freePort() : 0,
    bridge: bridgePort === undefined ? 0 : await takePort(bridgePort, '--bridge-port'),
    da: { altDa: await da(0), s3: await da(1) },
    vault: vault as Record<VaultName, number>,
    metrics: {
      ...networkMetrics,
      ...(vaultMetrics as Record<VaultName, number>),
      sequencer: await metrics(0),
      verifier: await metrics(1),
      bridge: await metrics(2),
    },
  }
}
