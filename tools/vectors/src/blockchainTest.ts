import {
  hexToBytes,
  isBaseError,
  keccak256Hex,
  zeroHash,
  type ChainConfig,
  type ExecutionEngine,
  type Hash,
  type SealedHeader,
} from '@animechain/core'
import { rlpEncode, uintToBytes } from '@animechain/tx'
import { decodeBlock, InvalidBlock, validateHeader } from './blockRlp.js'
import { rootOf, withEngine, type EngineUnderTest } from './engines.js'
import { chainOf, skipReason, type FixtureBlobSchedule } from './forks.js'
import { Mismatch, same, type TestFile } from './outcome.js'
import { alloc, quantity, toAddress, toHex, word, type FixtureState } from './state.js'

interface BlockchainTest {
  network: string
  genesisBlockHeader: Record<string, string>
  genesisRLP?: string
  pre: FixtureState
  postState?: FixtureState
  /** root of the last state, where it is too large to be written out */
  postStateHash?: string
  lastblockhash: string
  blocks: {
    rlp: string
    blockHeader?: Record<string, string>
    expectException?: string
    expectExceptionALL?: string
  }[]
  config?: { chainid?: string; blobSchedule?: FixtureBlobSchedule }
}

/** The headers that a test has imported, and the engine that imports them. */
interface Imports {
  /** The block that is being extended. */
  tip: SealedHeader
  /** Why the block is refused; undefined when it was imported, and is the tip. */
  add(engine: ExecutionEngine, encoded: Uint8Array): Promise<string | undefined>
  blockHash(number: bigint): Hash | undefined
}

/** Attributes and body of a block as they are executed. */
const inputOf = ({ header, transactions, withdrawals }: ReturnType<typeof decodeBlock>) => ({
  number: header.number,
  timestamp: header.timestamp,
  beneficiary: header.beneficiary,
  gasLimit: header.gasLimit,
  prevRandao: header.prevRandao,
  extraData: header.extraData,
  parentBeaconBlockRoot: header.parentBeaconBlockRoot,
  withdrawals,
  transactions,
})

/** What an error that refuses a block says; anything else is thrown on. */
function refusal(error: unknown): string {
  if (error instanceof InvalidBlock) return error.message
  if (isBaseError(error) && ['EXECUTION_INVALID_BLOCK', 'EXECUTION_INVALID_ATTRIBUTES'].includes(error.code))
    return error.shortMessage
  throw error
}

function importsAfter(first: SealedHeader, chain: ChainConfig): Imports {
  const known = new Map<Hash, SealedHeader>([[first.hash, first]])
  const imports: Imports = {
    tip: first,
    async add(engine, encoded) {
      try {
        const block = decodeBlock(encoded, chain)
        const { header } = block
        const parent = known.get(header.parentHash)
        if (parent === undefined) return `unknown parent ${header.parentHash}`
        validateHeader(parent, header)
        imports.tip = parent
        const executed = await engine.executeBlock(parent, inputOf(block))
        const skipped = executed.skipped[0]
        if (skipped !== undefined) return `transaction not includable: ${skipped.reason}`
        if (executed.header.hash !== header.hash) return difference(executed.header, header)
        known.set(header.hash, header)
        imports.tip = header
        return undefined
      } catch (error) {
        return refusal(error)
      }
    },
    // BLOCKHASH walks the branch that is being extended.
    blockHash(number) {
      let header: SealedHeader | undefined = imports.tip
      while (header !== undefined && header.number > number) header = known.get(header.parentHash)
      return header?.number === number ? header.hash : undefined
    },
  }
  return imports
}

/** Imports the test's blocks and holds what comes out against it; gives the last block that is valid. */
async function importAll(
  test: BlockchainTest,
  engine: ExecutionEngine,
  imports: Imports,
): Promise<SealedHeader> {
  let last = imports.tip
  for (const [index, block] of test.blocks.entries()) {
    const expected = block.expectException ?? block.expectExceptionALL
    const refused = await imports.add(engine, hexToBytes(toHex(block.rlp)))
    if (refused === undefined && expected !== undefined)
      throw new Mismatch(`block ${index}`, expected, 'imported')
    if (refused !== undefined && expected === undefined)
      throw new Mismatch(`block ${index}`, 'imported', refused)
    if (refused !== undefined) continue
    last = imports.tip
    if (block.blockHeader !== undefined) sameHeader(index, last, block.blockHeader)
  }
  same('hash of the last block', last.hash, test.lastblockhash)
  if (test.postState !== undefined) await compareState(engine, last, test.postState)
  if (test.postStateHash !== undefined)
    same('state root of the last block', last.stateRoot, word(test.postStateHash))
  return last
}

/** BlockchainTests: blocks in their wire form; valid ones must come out with their very hash, invalid ones must be refused. */
export function blockchainTest(
  path: string,
  name: string,
  test: BlockchainTest,
  engine: EngineUnderTest,
): TestFile {
  const chain = chainOf(test.network, quantity(test.config?.chainid ?? '0x1'), test.config?.blobSchedule)
  if (chain === undefined) return { cases: [], skipped: { [skipReason(test.network)]: 1 } }
  const run = async () => {
    const first = headerOf(test.genesisBlockHeader)
    same('hash of the genesis', headerHash(test.genesisBlockHeader), first.hash)
    if (test.genesisRLP !== undefined)
      same('genesisRLP', decodeBlock(hexToBytes(toHex(test.genesisRLP)), chain).header.hash, first.hash)
    const genesis = {
      timestamp: first.timestamp,
      gasLimit: first.gasLimit,
      baseFeePerGas: first.baseFeePerGas,
      prevRandao: first.prevRandao,
      extraData: first.extraData,
      beneficiary: first.beneficiary,
      alloc: alloc(test.pre),
    }
    const imports = importsAfter(first, chain)
    let end = first
    await withEngine(engine, chain, genesis, imports.blockHash, async (own, opened) => {
      same('state root of the genesis', opened.stateRoot, first.stateRoot)
      end = await importAll(test, own, imports)
    })
    // What the fixture does not mention must not be there, either.
    if (test.postState !== undefined)
      same('root of the post state', await rootOf(engine, chain, test.postState), end.stateRoot)
  }
  return { cases: [{ id: `${path}::${name}`, run }], skipped: {} }
}

function difference(got: SealedHeader, expected: SealedHeader): string {
  for (const [field, value] of Object.entries(expected) as [keyof SealedHeader, unknown][])
    if (field !== 'hash' && got[field] !== value)
      return `${field}: computed ${String(got[field]).slice(0, 80)}, the header says ${String(value).slice(0, 80)}`
  return `hash: computed ${got.hash}, the header says ${expected.hash}`
}

async function compareState(
  engine: ExecutionEngine,
  header: SealedHeader,
  expected: FixtureState,
): Promise<void> {
  const reader = engine.stateAt(header)
  for (const [key, account] of Object.entries(expected)) {
    const address = toAddress(key)
    const got = await reader.getAccount(address)
    same(`balance of ${address}`, got?.balance ?? 0n, quantity(account.balance))
    same(`nonce of ${address}`, got?.nonce ?? 0n, quantity(account.nonce))
    const code = await reader.getCode(address)
    same(`code of ${address}`, toHex(Buffer.from(code).toString('hex')), toHex(account.code))
    for (const [slot, value] of Object.entries(account.storage))
      same(`slot ${slot} of ${address}`, await reader.getStorage(address, word(slot)), word(value))
  }
}

/** A header as it is written beside the block's bytes. */
function sameHeader(index: number, got: SealedHeader, fields: Record<string, string>): void {
  const expected = headerOf(fields)
  for (const field of new Set([...Object.keys(expected), ...Object.keys(got)]) as Set<keyof SealedHeader>)
    same(`${field} of block ${index}`, got[field], expected[field])
  same(`header of block ${index}`, headerHash(fields), got.hash)
}

/** Hash of a header with all its fields, those that mean nothing any more included. */
function headerHash(fields: Record<string, string>): Hash {
  const bytes = (name: string) => hexToBytes(toHex(fields[name]))
  const integer = (name: string) => uintToBytes(quantity(fields[name]))
  const items = [
    bytes('parentHash'),
    bytes('uncleHash'),
    bytes('coinbase'),
    bytes('stateRoot'),
    bytes('transactionsTrie'),
    bytes('receiptTrie'),
    bytes('bloom'),
    ...['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp'].map(integer),
    bytes('extraData'),
    bytes('mixHash'),
    bytes('nonce'),
    integer('baseFeePerGas'),
    bytes('withdrawalsRoot'),
    integer('blobGasUsed'),
    integer('excessBlobGas'),
    bytes('parentBeaconBlockRoot'),
  ]
  if (fields['requestsHash']) items.push(bytes('requestsHash'))
  return keccak256Hex(rlpEncode(items))
}

function headerOf(fields: Record<string, string>): SealedHeader {
  const header: SealedHeader = {
    parentHash: word(fields['parentHash']),
    beneficiary: toAddress(fields['coinbase']!),
    stateRoot: word(fields['stateRoot']),
    transactionsRoot: word(fields['transactionsTrie']),
    receiptsRoot: word(fields['receiptTrie']),
    logsBloom: toHex(fields['bloom']),
    number: quantity(fields['number']),
    gasLimit: quantity(fields['gasLimit']),
    gasUsed: quantity(fields['gasUsed']),
    timestamp: quantity(fields['timestamp']),
    extraData: toHex(fields['extraData']),
    prevRandao: word(fields['mixHash']),
    baseFeePerGas: quantity(fields['baseFeePerGas']),
    withdrawalsRoot: word(fields['withdrawalsRoot']),
    blobGasUsed: quantity(fields['blobGasUsed']),
    excessBlobGas: quantity(fields['excessBlobGas']),
    parentBeaconBlockRoot: fields['parentBeaconBlockRoot'] ? word(fields['parentBeaconBlockRoot']) : zeroHash,
    hash: word(fields['hash']),
  }
  if (fields['requestsHash']) header.requestsHash = word(fields['requestsHash'])
  return header
}
