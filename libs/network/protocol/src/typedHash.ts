import {
  InvalidInputError,
  bigIntToBytes,
  bytesToHex,
  concatBytes,
  hexToBytes,
  keccak256,
  type Address,
  type Hash,
} from '@animechain/core'
import type { TypedDataDefinition } from 'viem'
import {
  blockDomain,
  networkDomain,
  networkTypes,
  type BlockDomain,
  type DomainOfKind,
  type MessageKind,
  type MessageOfKind,
  type NetworkDomain,
} from './messages.js'
import { fieldsOfKind, writeMessage } from './words.js'

const hashOfText = (text: string): Uint8Array => keccak256(new TextEncoder().encode(text))

const typeHashes = Object.fromEntries(
  Object.entries(networkTypes).map(([kind, types]) => {
    const fields = fieldsOfKind[kind as MessageKind].map(({ type, name }) => `${type} ${name}`)
    return [kind, hashOfText(`${Object.keys(types)[0]}(${fields.join(',')})`)]
  }),
) as { readonly [kind in MessageKind]: Uint8Array }

const networkDomainType = hashOfText(
  'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)',
)
const blockDomainType = hashOfText('EIP712Domain(string name,uint256 chainId)')

function chainWord(chainId: number): Uint8Array {
  if (!Number.isSafeInteger(chainId) || chainId < 0)
    throw new InvalidInputError('chainId', 'a whole number from 0 on', chainId)
  return bigIntToBytes(BigInt(chainId), 32)
}

function networkSeparator({ chainId, registry }: NetworkDomain): Uint8Array {
  if (!/^0x[0-9a-f]{40}$/i.test(registry)) throw new InvalidInputError('registry', 'an address', registry)
  const { name, version } = networkDomain({ chainId, registry })
  return keccak256(
    concatBytes(
      networkDomainType,
      hashOfText(name),
      hashOfText(version),
      chainWord(chainId),
      new Uint8Array(12),
      hexToBytes(registry),
    ),
  )
}

const blockSeparator = ({ chainId }: BlockDomain): Uint8Array =>
  keccak256(concatBytes(blockDomainType, hashOfText(blockDomain({ chainId }).name), chainWord(chainId)))

// A program works in one domain of each sort as a rule: the newest of each is remembered.
let newestNetwork: { chainId: number; registry: Address; separator: Uint8Array } | undefined
let newestBlock: { chainId: number; separator: Uint8Array } | undefined

function separatorOf(kind: MessageKind, domain: NetworkDomain | BlockDomain): Uint8Array {
  const { chainId } = domain
  if (kind === 'block') {
    if (newestBlock?.chainId !== chainId) newestBlock = { chainId, separator: blockSeparator(domain) }
    return newestBlock.separator
  }
  const { registry } = domain as NetworkDomain
  if (newestNetwork?.chainId !== chainId || newestNetwork.registry !== registry)
    newestNetwork = { chainId, registry, separator: networkSeparator({ chainId, registry }) }
  return newestNetwork.separator
}

/** Separator of the domain of attestations and alarms: `_domainSeparatorV4()` of the registry. @throws {InvalidInputError} */
export const networkDomainSeparator = (domain: NetworkDomain): Hash =>
  bytesToHex(separatorOf('attestation', domain).slice())

/**
 * EIP-712 hash of a message: what `hashTypedData` of viem gives for {@link typedDataOf}, in a tenth of the time.
 * @throws {InvalidInputError} for a value that is none of its field's type
 */
export function messageHash<kind extends MessageKind>(
  kind: kind,
  domain: DomainOfKind<kind>,
  message: MessageOfKind[kind],
): Hash {
  const words = new Uint8Array(32 * (1 + fieldsOfKind[kind].length))
  words.set(typeHashes[kind])
  writeMessage(kind, message, words, 32)
  return bytesToHex(
    keccak256(concatBytes(Uint8Array.of(0x19, 0x01), separatorOf(kind, domain), keccak256(words))),
  )
}

/** EIP-712 typed data of a message, as wallets and remote signers take it. */
export const typedDataOf = <kind extends MessageKind>(
  kind: kind,
  domain: DomainOfKind<kind>,
  message: MessageOfKind[kind],
): TypedDataDefinition =>
  ({
    domain: kind === 'block' ? blockDomain(domain) : networkDomain(domain as NetworkDomain),
    types: networkTypes[kind],
    primaryType: Object.keys(networkTypes[kind])[0],
    message,
  }) as unknown as TypedDataDefinition
