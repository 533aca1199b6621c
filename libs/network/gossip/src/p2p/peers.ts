import { InvalidInputError } from '@animechain/core'
import type { Loaded } from './libp2p.js'

const LONGEST_ADDRESS = 512

/** Which peer an address is of. @throws {InvalidInputError} for one that does not say it */
export function peerOf(address: string, { multiaddr }: Loaded): string {
  const expected = 'a multiaddr with the identity of the peer, such as /ip4/192.0.2.1/tcp/4001/p2p/12D3…'
  if (address.length > LONGEST_ADDRESS) throw new InvalidInputError('address of a peer', expected, address)
  let peer: string | undefined
  try {
    peer = multiaddr(address)
      .getComponents()
      .findLast(({ name }) => name === 'p2p')?.value
  } catch {
    throw new InvalidInputError('address of a peer', expected, address)
  }
  if (peer === undefined) throw new InvalidInputError('address of a peer', expected, address)
  return peer
}

/** The host in an address, such as an IP address. */
export const hostOf = (address: string): string => address.split('/')[2] ?? ''
