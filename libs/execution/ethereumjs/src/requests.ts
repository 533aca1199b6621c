import { bytesToHex, concatBytes, hexToBytes, type Address, type Hash, type Log } from '@animechain/core'
import { sha256 } from '@noble/hashes/sha2.js'
import { ExecutionError } from './errors.js'
import type { Machine } from './machine.js'
import { systemCall } from './process.js'

/** EIP-6110: mainnet's deposit contract and the topic of its `DepositEvent`. */
const DEPOSIT_CONTRACT: Address = '0x00000000219ab540356cbb839cbe05303d7705fa'
const DEPOSIT_EVENT: Hash = '0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5'
const WITHDRAWAL_CONTRACT: Address = '0x00000961ef480eb55e80d19ad83579a64c007002'
const CONSOLIDATION_CONTRACT: Address = '0x0000bbddc7ce488642fb579f8b00f3a590007251'

/** Offsets and lengths in the data of a deposit event: five byte strings, each with its place fixed (EIP-6110). */
const DEPOSIT_DATA_BYTES = 576
const DEPOSIT_FIELDS: readonly { head: number; offset: number; length: number }[] = [
  { head: 0, offset: 160, length: 48 },
  { head: 32, offset: 256, length: 32 },
  { head: 64, offset: 320, length: 8 },
  { head: 96, offset: 384, length: 96 },
  { head: 128, offset: 512, length: 8 },
]

/** EIP-7685 with the requests of EIP-6110, -7002 and -7251: runs the system calls of the block's end, gives the hash. */
export async function requestsHash(machine: Machine, logs: readonly Log[]): Promise<Hash> {
  const deposits: Uint8Array[] = []
  for (const log of logs)
    if (log.address === DEPOSIT_CONTRACT && log.topics[0] === DEPOSIT_EVENT)
      deposits.push(depositRequest(log))
  const requests: [number, Uint8Array][] = [
    [0, concatBytes(...deposits)],
    [1, await systemRequest(machine, WITHDRAWAL_CONTRACT)],
    [2, await systemRequest(machine, CONSOLIDATION_CONTRACT)],
  ]
  const hashes = requests
    .filter(([, data]) => data.length > 0)
    .map(([type, data]) => sha256(concatBytes(Uint8Array.of(type), data)))
  return bytesToHex(sha256(concatBytes(...hashes)))
}

async function systemRequest(machine: Machine, contract: Address): Promise<Uint8Array> {
  const result = await systemCall(machine, contract, new Uint8Array(0))
  if (result === undefined)
    throw new ExecutionError(`The system contract ${contract} has no code.`, 'EXECUTION_INVALID_BLOCK')
  if (!result.success)
    throw new ExecutionError(`The system contract ${contract} failed.`, 'EXECUTION_INVALID_BLOCK')
  return result.returnData
}

function depositRequest(log: Log): Uint8Array {
  const data = hexToBytes(log.data)
  const word = (at: number) => BigInt(bytesToHex(data.subarray(at, at + 32)))
  const valid =
    data.length === DEPOSIT_DATA_BYTES &&
    DEPOSIT_FIELDS.every(
      ({ head, offset, length }) => word(head) === BigInt(offset) && word(offset) === BigInt(length),
    )
  if (!valid)
    throw new ExecutionError(
      'A deposit event has another layout than EIP-6110 knows.',
      'EXECUTION_INVALID_BLOCK',
    )
  return concatBytes(
    ...DEPOSIT_FIELDS.map(({ offset, length }) => data.subarray(offset + 32, offset + 32 + length)),
  )
}
