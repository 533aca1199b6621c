import { join } from 'node:path'
import { BaseError, InvalidInputError, systemClock, type Logger, type Metrics } from '@animechain/core'
import { l1Alarms, networkWriter, rivalReads, type L1Alarms } from '@animechain/network-verifier'
import type { ConfigValues } from '@animechain/observability'
import { loop, type Loop } from '@animechain/runtime'
import { openStorage, type Deployment, type StorageWord } from '@animechain/stack'
import { formatEther } from 'viem'
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts'
import { drillsContract, networkAt } from '../network/l1.js'
import type { watchConfig } from '../watchConfig.js'

type WatchValues = ConfigValues<(typeof watchConfig)['table']>

/** Alarms on L1 of somebody who watches without stake. `round` waits for what was found before. */
export interface WatchClaims extends Pick<L1Alarms, 'found' | 'round' | 'counts'> {
  /** who pays for them, and earns the bounties */
  readonly account: PrivateKeyAccount['address']
  /** Says in the log what the account has, and does what is due from now on, until it is closed. */
  start(): Promise<void>
  /** Says in the log what the account has. */
  look(): Promise<void>
  /** What went wrong at the last look; undefined: nothing. */
  readonly trouble: string | undefined
  close(): Promise<void>
}

/**
 * The account that pays for alarms on L1; undefined: none are raised there.
 * @throws {InvalidInputError} where `--claim` lacks an account or a folder
 */
export function claimAccount({
  claim,
  dutyKey,
  storage,
}: Pick<WatchValues, 'claim' | 'dutyKey' | 'storage'>): PrivateKeyAccount | undefined {
  if (!claim) return undefined
  if (dutyKey === undefined)
    throw new InvalidInputError(
      'claim',
      'an account on L1 that pays for alarms there, in --duty-key',
      'no account',
    )
  if (storage === 'memory')
    throw new InvalidInputError(
      'claim',
      'a store on disk (--storage auto, lmdb or file): an alarm is revealed with what its commitment was made of, days after it',
      '--storage memory',
    )
  return privateKeyToAccount(dutyKey)
}

async function openStore({ storage, dataDir }: WatchValues, logger: Logger) {
  const path = join(dataDir, 'network', 'alarms')
  try {
    return await openStorage(storage as StorageWord, path, { logger })
  } catch (cause) {
    throw new BaseError(`The folder ${path}, which alarms on L1 are kept in, cannot be used.`, {
      code: 'WATCH_ALARMS',
      cause,
      metaMessages: [
        'Expected a folder that this program can write, and that no other program has open.',
        'What was committed to on L1 can be revealed with this folder alone.',
      ],
    })
  }
}

/**
 * Opens what raises alarms on L1, in the folder of the watcher; undefined without `--claim`.
 * @throws {InvalidInputError} as {@link claimAccount}; {BaseError} `VERIFIER_NO_NETWORK`, `WATCH_ALARMS`
 */
export async function watchClaims(
  values: WatchValues,
  { deployment, logger, metrics }: { deployment: Deployment; logger: Logger; metrics: Metrics },
): Promise<WatchClaims | undefined> {
  const account = claimAccount(values)
  if (!account) return undefined
  const { client, transport, contracts, reads } = networkAt(deployment, values)
  const drills = drillsContract(contracts)
  const store = await openStore(values, logger)
  const { dutyFee: maxFeePerGas, alarmDayFee, claimTo } = values
  const writer = networkWriter({
    ...{ client, transport, account, maxFeePerGas, logger, metrics },
    role: 'watcher',
  })
  const rivals = rivalReads(client, deployment.addresses.disputeGameFactory)
  const alarms = l1Alarms({
    ...{ client, drills, reads, writer, store, logger, metrics },
    feePerDay: alarmDayFee,
    async acceptedGame(_batchIndex, _batchAcc, game) {
      const accepted = await rivals.accepted(game)
      return accepted && (await reads.isAccepted(accepted)) ? accepted : undefined
    },
    ...(claimTo && { receiver: () => Promise.resolve(claimTo) }),
  })
  async function look(): Promise<void> {
    const balance = await client.getBalance({ address: account!.address })
    const about = { account: account!.address, ether: formatEther(balance) }
    if (balance > 0n) logger.info('alarms are raised on L1 too', about)
    else logger.warn('the account that pays for alarms on L1 has nothing: none is committed to', about)
  }
  const steps: Loop = loop(
    {
      ...{ name: 'drill', pollMs: 2 * values.pollInterval, maxBackoffMs: 60_000 },
      async step(signal) {
        await writer.look()
        await alarms.step(signal)
      },
    },
    { clock: systemClock, logger },
  )
  const noting = new Set<Promise<void>>()
  return {
    async found(assertion, derived) {
      const noted = alarms.found(assertion, derived).finally(() => noting.delete(noted))
      noting.add(noted)
      await noted
      // The first commitment wins.
      steps.wake()
    },
    async round(signal) {
      // What fails here is said where it was found.
      await Promise.allSettled(noting)
      await alarms.round(signal)
    },
    counts: alarms.counts,
    account: account.address,
    look,
    async start() {
      await look()
      await steps.start()
    },
    get trouble() {
      return steps.lastError?.message.split('\n')[0]
    },
    async close() {
      await steps.stop()
      await store.stop()
    },
  }
}
