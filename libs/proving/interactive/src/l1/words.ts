import type { Address, Hash } from '@animechain/core'

/** 32 zero bytes */
export const ZERO_WORD: Hash = `0x${'0'.repeat(64)}`
export const ZERO_ADDRESS: Address = `0x${'0'.repeat(40)}`
