import { readFile } from 'node:fs/promises'
import { BaseError } from '@animechain/core'
import { defineChain, type Address, type Chain } from 'viem'

type ChainJson = {
  id: number
  name: string
  nativeCurrency: Chain['nativeCurrency']
  rpcUrls: Chain['rpcUrls']
  contracts?: Chain['contracts']
  sourceId?: number
}

/** The two chains of a rollup, as `chain.json` of a deployment holds them. */
export interface RollupChains {
  l1: Chain
  l2: Chain
  addresses: Record<string, Address>
}

/**
 * Reads the deployment file (`.devnet/chain.json`): `{ l1, l2, addresses }`, where `l1` and `l2` are viem chain objects as JSON.
 * @throws {BaseError} `CHAIN_FILE` when it is missing, no JSON or lacks a part.
 */
export async function readChainFile(path: string): Promise<RollupChains> {
  let parsed: { l1?: ChainJson; l2?: ChainJson; addresses?: Record<string, Address> }
  try {
    parsed = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new BaseError(`The deployment file ${path} cannot be read.`, {
      code: 'CHAIN_FILE',
      cause,
      metaMessages: ['Expected the JSON file that the deployment writes, e.g. .devnet/chain.json.'],
    })
  }
  for (const part of ['l1', 'l2', 'addresses'] as const)
    if (typeof parsed[part] !== 'object' || parsed[part] === null)
      throw new BaseError(`The deployment file ${path} has no "${part}".`, {
        code: 'CHAIN_FILE',
        metaMessages: ['Expected { l1, l2, addresses }.'],
      })
  return { l1: defineChain(parsed.l1!), l2: defineChain(parsed.l2!), addresses: parsed.addresses! }
}
