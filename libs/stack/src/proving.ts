import { join } from 'node:path'
import { CompositionError, type KeyValueStore, type ProofSystem } from '@animechain/core'
import { guestBinary } from '@animechain/execution-wasm'
import { interactive } from '@animechain/proving-interactive'
import { reexecution } from '@animechain/proving-reexecution'
import { privateKeyToAccount } from 'viem/accounts'
import type { NodeSettings } from './nodeSettings.js'
import { machineThread } from './machineThread.js'

/** What of a node's settings decides how its verdicts are enforced. */
type ProvingSettings = Pick<
  NodeSettings,
  | 'proving'
  | 'execution'
  | 'settlement'
  | 'deployment'
  | 'l1RpcUrl'
  | 'l1Quorum'
  | 'keys'
  | 'disputeFees'
  | 'dataDir'
  | 'logger'
  | 'metrics'
>

/** Opens a store in a folder. */
type Open = (folder: string) => Promise<KeyValueStore>

/**
 * The proof system that a word names. Disputes are played where they are decided, by who has a key for them; else what is left of either system is to examine.
 * @throws CompositionError where a game is asked for and the settlement has none
 */
export async function provingOf(settings: ProvingSettings, open: Open): Promise<ProofSystem> {
  const { proving: word, settlement, execution, keys } = settings
  if (word === 'interactive' && settlement !== 'optimistic')
    throw new CompositionError(
      'proof system interactive',
      'a settlement with a dispute game (optimistic)',
      'settlement',
      settlement,
    )
  const isPlayed =
    word === 'interactive' || (word === 'auto' && settlement === 'optimistic' && execution === 'wasm')
  return isPlayed && keys?.challenger ? player(settings, keys.challenger, open) : reexecution()
}

async function player(
  settings: ProvingSettings,
  key: NonNullable<NonNullable<NodeSettings['keys']>['challenger']>,
  open: Open,
): Promise<ProofSystem> {
  const { deployment, l1RpcUrl, l1Quorum, disputeFees, dataDir, logger, metrics } = settings
  // A dispute outlasts the process.
  const store = await open(join(dataDir, 'disputes'))
  const runner = machineThread(await guestBinary('proof'))
  const system = interactive({
    l1: { rpcUrl: l1RpcUrl, ...(l1Quorum === undefined ? {} : { quorum: l1Quorum }) },
    account: privateKeyToAccount(key),
    tree: deployment.addresses.challengeTree,
    startBlock: deployment.rollup.l1StartBlock,
    ...{ runner, store },
    ...(disputeFees && { fees: disputeFees }),
    logger: logger.child({ layer: 'proving' }),
    metrics,
  })
  return {
    ...system,
    // A disputed block may take minutes, for which nobody wants to wait who stops the node.
    enforce: (chain, options) => runner.until(options?.signal, () => system.enforce!(chain, options)),
    async stop() {
      await system.stop()
      await runner.end()
    },
  }
}
