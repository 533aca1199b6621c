import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BaseError, type Hash } from '@animechain/core'
import type { RollupRole } from '@animechain/node'
import { checkGenesis, type Deployment } from './deployment.js'
import { genesisOutput } from './genesisOutput.js'

/** What a node's folder is for: the content of its `node.json`. */
export interface NodeFolder {
  role: RollupRole
  chainId: number
  genesisHash: Hash
}

/**
 * Checks that a folder is one of this chain and role, and that a deployment file describes one chain, before a node writes anything. Only a
 * sequencer keeps blocks and transactions that are nowhere else: a verifier would throw them away.
 * @throws BaseError `NODE_FOLDER` for a folder of another role or chain, `DEPLOYMENT_GENESIS` for a genesis that has another hash than the file says
 * @returns marks the folder: to be called once the node runs in it
 */
export async function checkNodeFolder(
  folder: string,
  role: RollupRole,
  deployment: Deployment,
): Promise<() => void> {
  const { chainId, genesis, genesisHash } = deployment.rollup
  const path = join(folder, 'node.json')
  const wanted: NodeFolder = { role, chainId: Number(chainId), genesisHash }
  if (existsSync(path)) {
    const found = readNodeFolder(path)
    for (const key of ['role', 'chainId', 'genesisHash'] as const)
      if (found[key] !== wanted[key])
        throw new BaseError(`The folder ${folder} belongs to another node.`, {
          code: 'NODE_FOLDER',
          metaMessages: [
            `Expected ${key} ${wanted[key]}, got ${String(found[key])}.`,
            'Give each node a folder of its own (--data-dir), or check which deployment file it is given.',
          ],
        })
    return () => {}
  }
  checkGenesis(deployment, (await genesisOutput({ chainId, genesis })).hash)
  return () => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${path}.tmp`, `${JSON.stringify(wanted)}\n`)
    renameSync(`${path}.tmp`, path)
  }
}

function readNodeFolder(path: string): Partial<NodeFolder> {
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as Partial<NodeFolder> | null
    if (typeof found === 'object' && found !== null) return found
  } catch (cause) {
    throw new BaseError(`The file ${path} cannot be read.`, {
      code: 'NODE_FOLDER',
      cause,
      metaMessages: [
        'Expected what a node wrote at its first start: { role, chainId, genesisHash }. Restore or remove it.',
      ],
    })
  }
  throw new BaseError(`The file ${path} is no object.`, { code: 'NODE_FOLDER' })
}
