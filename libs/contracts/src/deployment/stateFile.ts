import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { BaseError, type Address, type Hash } from '@animechain/core'
import type { L1Addresses } from '../addresses.js'
import { hashConfig, type L1Plan } from './plan.js'

/** What stands in the state file of a deployment. */
export interface DeployState {
  version: 1
  l1ChainId: number
  /** Hash of L1's block 0, where it was asked for. */
  l1GenesisHash?: Hash
  l2ChainId: string
  configHash: Hash
  deployer: Address
  /** Block hash of `startBlock`: tells whether L1 is still the same chain. */
  startBlock?: string
  startBlockHash?: Hash
  genesisTimestamp?: string
  genesisOutputRoot?: Hash
  addresses: L1Addresses
  steps: Record<string, { address?: Address; transaction?: Hash; done: boolean }>
}

/** The state of a deployment before its first step. */
export function beginState(plan: L1Plan, l1: { chainId: number; genesisHash?: Hash }): DeployState {
  return {
    version: 1,
    l1ChainId: l1.chainId,
    ...(l1.genesisHash ? { l1GenesisHash: l1.genesisHash } : {}),
    l2ChainId: plan.config.l2ChainId.toString(),
    configHash: hashConfig(plan.config),
    deployer: plan.deployer,
    addresses: plan.addresses,
    steps: Object.fromEntries(plan.creations.map(({ name, address }) => [name, { address, done: false }])),
  }
}

/**
 * Refuses a record of another deployment. With `l1GenesisHash` in both also one of another L1 with the same chain id, and one of other code.
 * @throws {BaseError} `DEPLOY_STATE_MISMATCH` that names what differs
 */
export function assertSameDeployment(before: DeployState, now: DeployState, path: string): void {
  assertSame('L1 chain id', before.l1ChainId, now.l1ChainId, path)
  assertSame('configuration', before.configHash, now.configHash, path)
  assertSame('deploying account', before.deployer, now.deployer, path)
  if (!before.l1GenesisHash || !now.l1GenesisHash) return
  assertSame('L1 with the same chain id', before.l1GenesisHash, now.l1GenesisHash, path)
  for (const [name, { address }] of Object.entries(now.steps))
    assertSame(
      `version of the contracts (${name})`,
      before.steps[name]?.address ?? 'none',
      address ?? 'none',
      path,
    )
}

function assertSame(what: string, before: string | number, now: string | number, path: string): void {
  if (before === now) return
  throw new BaseError(`The deployment in ${path} is of another ${what}.`, {
    code: 'DEPLOY_STATE_MISMATCH',
    metaMessages: [
      `Recorded: ${before}`,
      `Now: ${now}`,
      'Use another state file, or remove it to deploy anew.',
    ],
  })
}

/**
 * Reads a state file; undefined where there is none.
 * @throws {BaseError} `DEPLOY_STATE_CORRUPT`
 */
export function readState(path: string): DeployState | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const state = JSON.parse(text) as DeployState
    if (state.version === 1 && typeof state.steps === 'object') return state
  } catch (cause) {
    throw new BaseError(`${path} is no deployment record.`, { code: 'DEPLOY_STATE_CORRUPT', cause })
  }
  throw new BaseError(`${path} is no deployment record of version 1.`, { code: 'DEPLOY_STATE_CORRUPT' })
}

/** Written aside and renamed, so that a crash leaves the old record or the new one. */
export function writeState(path: string, state: DeployState): void {
  mkdirSync(dirname(path), { recursive: true })
  const aside = `${path}.${process.pid}.tmp`
  writeFileSync(aside, `${JSON.stringify(state, null, 2)}\n`)
  renameSync(aside, path)
}
