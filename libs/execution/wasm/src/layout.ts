// Where things stand in the guest's records: the same numbers as in assembly/ (evm/context.ts, evm/process.ts, receipt.ts, state.ts,
// trie.ts, layout.ts). A u256 is little-endian, hashes and addresses are byte strings.

export const block = {
  number: 0,
  timestamp: 8,
  gasLimit: 16,
  fork: 24,
  rollup: 28,
  baseFee: 32,
  prevRandao: 64,
  beneficiary: 96,
  blobBaseFee: 128,
  chainId: 160,
  parentHash: 192,
  beaconRoot: 224,
  excessBlobGas: 256,
  blobFraction: 264,
  blobMax: 272,
  systemCalls: 276,
  gasUsed: 280,
  blobGasUsed: 288,
} as const

export const result = {
  status: 0,
  hasContract: 4,
  gasUsed: 8,
  firstLog: 16,
  outputPtr: 24,
  outputLength: 28,
  contract: 32,
  gasRefunded: 56,
  gasPrice: 64,
  l1Fee: 96,
  l1BaseFee: 128,
  l1BlobBaseFee: 160,
  l1GasUsed: 192,
  l1BaseFeeScalar: 200,
  l1BlobBaseFeeScalar: 204,
  depositNonce: 208,
} as const

export const header = {
  stateRoot: 32,
  transactionsRoot: 64,
  receiptsRoot: 96,
  withdrawalsRoot: 128,
  requestsHash: 224,
  extraLength: 280,
  gasUsed: 304,
  blobGasUsed: 352,
  extra: 368,
  bloom: 400,
  hash: 656,
} as const

export const transaction = {
  type: 0,
  hasTo: 4,
  nonce: 8,
  gas: 16,
  dataPtr: 24,
  dataLength: 28,
  maxFee: 32,
  maxPriorityFee: 64,
  value: 96,
  to: 160,
  sender: 192,
  accessPtr: 288,
  accessCount: 292,
  authPtr: 304,
  authCount: 308,
  hash: 320,
  chainId: 480,
  hasChainId: 452,
  size: 512,
} as const

export const log = { address: 0, topicCount: 20, dataLength: 24, next: 28, topics: 32 } as const

export const account = {
  address: 0,
  nonce: 24,
  balance: 32,
  codeHash: 64,
  storageRoot: 96,
  /** Bytes from the address to the end of what the state holds. */
  state: 128,
  slots: 132,
  next: 148,
  exists: 152,
} as const

export const slot = { key: 0, value: 32, old: 96, next: 164, loaded: 168 } as const

export const code = { hash: 0, ptr: 32, length: 36, next: 44, isNew: 48 } as const

export const node = { next: 0, length: 4, hash: 16, bytes: 48 } as const
