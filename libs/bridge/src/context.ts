import type { Clock, Counter, KeyValueStore, Logger } from '@animechain/core'
import type { Purses } from '@animechain/l1'
import type { Account, Address, Chain, PublicClient, Transport, WalletClient } from 'viem'
import type { ExitContracts } from './fast/contracts.js'
import type { Ledger } from './ledger.js'
import type { GasBudget } from './limits.js'

/** What the parts of a bridge share. */
export interface BridgeContext {
  readonly l1: Chain
  readonly l2: Chain
  readonly l1Client: PublicClient
  readonly l2Client: PublicClient
  /** The relayer's; without it the bridge only reports. */
  readonly wallet: WalletClient<Transport, Chain, Account> | undefined
  readonly portal: Address
  readonly storage: KeyValueStore
  readonly ledger: Ledger
  readonly budget: GasBudget
  readonly limits: { maxOpen: number; maxOpenPerAccount: number; maxGas: bigint; graceMs: number }
  /** Whether withdrawals are paid early, and out of whose word. Fees in wei. */
  readonly fast: {
    policy: 'never' | 'when-covered'
    contracts: ExitContracts
    verifiers: readonly string[]
    maxFee: bigint
    /** milliseconds between two looks at the fast way of a withdrawal */
    lookMs: number
  }
  /** Fees of fast exits that the relayer pays in an hour, gwei. */
  readonly fees: GasBudget
  /** Steps taken on L1, by step and result. */
  readonly steps: Counter
  /** The relayer's balance and fees. */
  readonly purse: Purses
  readonly clock: Clock
  readonly logger: Logger
}
