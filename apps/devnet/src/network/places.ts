import { join } from 'node:path'
import { peerIdOf } from '@animechain/network-gossip'
import type { NetworkPlace } from './members.js'
import type { DevnetPorts } from '../ports.js'
import type { NetworkMember } from './members.js'

/** Where a node of the devnet keeps its identity on libp2p. */
const identityFile = (directory: string, name: string) => join(directory, name, 'network', 'gossip.key')

const peerAt = async (directory: string, name: string, port: number): Promise<string> =>
  `/ip4/127.0.0.1/tcp/${port}/p2p/${await peerIdOf(identityFile(directory, name))}`

/** Where the verifiers and the sequencer are found. Their identities are made where they are missing: so each knows the others' before it starts. */
export async function networkPlaces(
  directory: string,
  members: readonly NetworkMember[],
  ports: Pick<DevnetPorts, 'network' | 'sequencerGossip'>,
): Promise<{ verifiers: NetworkPlace[]; sequencer: string | undefined }> {
  const at = (port: number) => `http://127.0.0.1:${port}`
  const verifiers = await Promise.all(
    members.map(async (member) => {
      const { rpc, gossip, gossipHttp } = ports.network[member.name]!
      const peer = await peerAt(directory, member.name, gossip)
      return { ...member, rpcUrl: at(rpc), gossipUrl: at(gossipHttp), peer }
    }),
  )
  const { sequencerGossip } = ports
  const sequencer = sequencerGossip === 0 ? undefined : await peerAt(directory, 'sequencer', sequencerGossip)
  return { verifiers, sequencer }
}
