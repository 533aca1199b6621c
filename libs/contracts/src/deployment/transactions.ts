import type { Address, Hex } from '@animechain/core'
import { encodeFunctionData } from 'viem'
import { create2Deployer, create2Gas, create2Input } from '../create2.js'
import { inboxAbi } from '../generated/index.js'
import { installData, type GenesisChoice } from './install.js'
import type { L1Plan } from './plan.js'

/** The installation takes about 3.2 million. */
const INSTALL_GAS = 9_000_000n
const CONTEXT_GAS = 400_000n

/** A transaction of a deployment. */
export interface DeployTransaction {
  /** Name of the contract that it creates, `install` or `first context`. */
  name: string
  /** Place among the steps of the whole deployment. */
  index: number
  to: Address
  data: Hex
  /** wei */
  value: bigint
  /** Gas at most, known before what it calls is there. */
  gas: bigint
  /** Address of the contract that it creates. */
  creates?: Address
}

/** What of a plan stands on L1. */
export interface Survey {
  /** for each creation of the plan */
  present: readonly boolean[]
  /** Whether the proxies have code of their own: all or none, as it is one transaction. */
  installed: boolean
  /** Whether the inbox has an entry in its deposit queue. */
  hasContext: boolean
}

/** Number of steps of a whole deployment. */
export const stepCount = (plan: L1Plan): number => plan.creations.length + 2

/** The transactions that a deployment lacks, in the order in which they are sent. */
export function missingTransactions(
  plan: L1Plan,
  survey: Survey,
  genesis: GenesisChoice,
): DeployTransaction[] {
  const transactions: DeployTransaction[] = plan.creations.flatMap((creation, index) =>
    survey.present[index]
      ? []
      : [
          {
            name: creation.name,
            index,
            to: create2Deployer.address,
            data: create2Input(creation.salt, creation.initCode),
            value: 0n,
            gas: create2Gas(creation.initCode, creation.gas),
            creates: creation.address,
          },
        ],
  )
  if (!survey.installed)
    transactions.push({
      name: 'install',
      index: plan.creations.length,
      to: plan.bootstrap,
      data: installData(plan, genesis),
      value: 0n,
      gas: INSTALL_GAS,
    })
  if (!survey.hasContext)
    // So that the first batch already tells L2 about L1.
    transactions.push({
      name: 'first context',
      index: plan.creations.length + 1,
      to: plan.addresses.inbox,
      data: encodeFunctionData({ abi: inboxAbi, functionName: 'appendContext' }),
      value: 0n,
      gas: CONTEXT_GAS,
    })
  return transactions
}

/** Cuts a list so that each piece fits a block: nodes drop what follows a transaction that had no room. */
export function wavesOf<T extends { gas: bigint }>(transactions: readonly T[], limit: bigint): T[][] {
  const waves: T[][] = []
  let room = 0n
  for (const transaction of transactions) {
    if (waves.length === 0 || transaction.gas > room) {
      waves.push([])
      room = limit
    }
    waves.at(-1)!.push(transaction)
    room -= transaction.gas
  }
  return waves
}
