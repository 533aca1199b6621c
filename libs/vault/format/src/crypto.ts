import { nodeCrypto } from './cryptoNode.js'
import type { VaultCrypto } from './cryptoPort.js'
import { webCrypto } from './cryptoWeb.js'

export type { Awaitable, ChunkCipher, VaultCrypto } from './cryptoPort.js'

/** Node's cryptography where the program runs on Node, else WebCrypto. */
export const defaultCrypto: VaultCrypto = nodeCrypto() ?? webCrypto()
