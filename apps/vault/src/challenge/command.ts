import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { BaseError, isBaseError, type Address, type Hash } from '@animechain/core'
import { acknowledgedBlobs, isoTime } from '@animechain/vault-client'
import { storageCommittee } from '@animechain/vault-committee'
import { formatEther, parseGwei } from 'viem'
import type { Output } from '../output.js'
import type { Session } from '../setup.js'
import { certifiedBatches, certifiedBy, type CertificateParts } from './certificates.js'
import { challengeContract, promiseOf, type ChallengeContract, type Promised } from './contract.js'
import { DAY, nextMove, sampled, spentWithin, type Move } from './plan.js'
import { challengeRecords, type ChallengeRecord, type ChallengeRecords } from './records.js'

/** Gas of opening, drawing and ending a challenge, at most. */
const GAS = 900_000n
/** Milliseconds between two looks at L1 while a leaf is not drawn. */
const LOOK_MS = 1_000

/** Seconds that a promise must last beyond what a challenge takes: L1's clock goes on until it is opened. */
const SLACK = 60n

const noContract = (fields: string, file: string) =>
  new BaseError('The committee file does not say where nodes are challenged on L1.', {
    code: 'VAULT_NO_CHALLENGES',
    metaMessages: [`Expected addresses as ${fields} in ${file}.`],
  })

/** What became of a challenge in this run. */
interface Told {
  blob: Hash
  shard: number
  member: Address
  id?: bigint
  /** `opened`: its leaf is not drawn; `asked`: the node has until `deadline`; the rest is over */
  outcome: 'opened' | 'asked' | 'answered' | 'slashed' | 'expired' | 'never opened'
  /** seconds; L1's time */
  deadline?: bigint
}

/** What a run works with. */
interface Run {
  session: Session
  contract: ChallengeContract
  records: ChallengeRecords
  output: Output
}

/** Seconds after which a transaction that is in no block is given up. */
const LOST_AFTER = 3_600n

const toldOf = ({ blob, shard, member }: ChallengeRecord) => ({ blob, shard, member })

/** Makes the moves in a challenge that can be made now. */
async function advance(
  { contract, records }: Run,
  record: ChallengeRecord,
  others: ReadonlySet<bigint>,
): Promise<Told> {
  const about = toldOf(record)
  const now = await contract.head()
  const found = await contract.find(record, others)
  if (!found) {
    if (now.timestamp < record.at + LOST_AFTER) return { ...about, outcome: 'opened' }
    await records.remove(record)
    return { ...about, outcome: 'never opened' }
  }
  const { id } = found
  const move = nextMove(found, now, contract.times.draw)
  const over = async (outcome: Told['outcome']): Promise<Told> => {
    await records.save({ ...record, isOver: true })
    return { ...about, id, outcome }
  }
  const moves: Record<Move, () => Promise<Told>> = {
    wait: async () =>
      found.deadline > 0n
        ? { ...about, id, outcome: 'asked', deadline: found.deadline }
        : { ...about, id, outcome: 'opened' },
    draw: async () => {
      await contract.draw(found)
      const drawn = await contract.find({ ...record, id }, others)
      return { ...about, id, outcome: 'asked', ...(drawn && { deadline: drawn.deadline }) }
    },
    fail: async () => {
      await contract.fail(found)
      return over('slashed')
    },
    expire: async () => {
      await contract.expire(found)
      return over('expired')
    },
    done: async () =>
      over((await contract.wasAnswered(id, record, now.number)) === false ? 'slashed' : 'answered'),
  }
  return moves[move]()
}

/** Goes on with every challenge of earlier runs. One that fails holds up no other. */
async function goOn(run: Run): Promise<Told[]> {
  const told: Told[] = []
  const all = await run.records.all()
  for (const record of all) {
    if (run.session.signal.aborted) break
    if (record.isOver) {
      // What is over counts among what was spent today.
      const { timestamp } = await run.contract.head()
      if (timestamp > record.at + DAY) await run.records.remove(record)
      continue
    }
    try {
      const others = new Set(all.flatMap(({ id }) => (id === undefined || id === record.id ? [] : [id])))
      told.push(await advance(run, record, others))
    } catch (error) {
      if (!isBaseError(error)) throw error
      run.output.warn(`${record.blob} shard ${record.shard}: ${error.shortMessage}`)
    }
  }
  return told
}

/** Shards that nodes acknowledged to this account. */
async function acknowledged({ session }: Run): Promise<Promised[]> {
  const account = session.keys.account.address.toLowerCase()
  const all = await acknowledgedBlobs(session.store).all()
  return all.flatMap(({ descriptor, acknowledgements }) =>
    acknowledgements
      .filter(({ message: { eraser, length } }) => eraser.toLowerCase() === account && length > 0n)
      .map((what): Promised => ({ kind: 'acknowledged', what, descriptor })),
  )
}

/** As many batches of a confidential rollup by chance, and of each a member that certified it. */
async function certified({ session, contract, output }: Run, count: number): Promise<Promised[]> {
  const { committee, signal } = session
  const { inbox, adapter, registry: l2Registry, l1ChainId, chainId } = committee
  if (!inbox || !adapter) throw noContract('inbox and adapter', session.values.committee[0]!)
  const nodes = storageCommittee({
    nodes: committee.storage.members,
    domain: { chainId, registry: l2Registry },
  })
  const parts: CertificateParts = {
    ...{ client: contract.client, registry: contract.registry, inbox, below: (n) => randomInt(n) },
    certificates: { chainId: l1ChainId, adapter },
    descriptor: (blob) => nodes.descriptor(blob, signal),
  }
  const found: Promised[] = []
  for (const transaction of sampled(await certifiedBatches(parts), count, (n) => randomInt(n)))
    try {
      const promised = await certifiedBy(parts, transaction)
      if (promised) found.push(promised)
    } catch (error) {
      output.warn(`The certificate in ${transaction} cannot be used: ${(error as Error).message}`)
    }
  return found
}

/** What is challenged in this run: promises that last long enough, and that no challenge of this account is open about. */
async function chosen(run: Run): Promise<Promised[]> {
  const { session, contract, records } = run
  const { samples, of } = session.values
  if (samples === 0) return []
  const { timestamp } = await contract.head()
  const earliest = timestamp + contract.times.draw + contract.times.response + SLACK
  const open = new Set(
    (await records.all()).filter(({ isOver }) => !isOver).map(({ blob, shard }) => `${blob} ${shard}`),
  )
  const promises = of === 'certified' ? await certified(run, samples) : await acknowledged(run)
  const free = promises.filter((each) => {
    const { blob, shard, until } = promiseOf(each)
    return until > earliest && !open.has(`${blob} ${shard}`)
  })
  return sampled(free, samples, (n) => randomInt(n))
}

/** Times that a challenge is opened anew, where its member's bond changed in between: others challenge it, and it answers. */
const TRIES = 3

/** Opens one challenge, written down before it is sent. @returns false where a day's spending is used up */
async function open(run: Run, promised: Promised): Promise<boolean> {
  const { session, contract, records, output } = run
  const { key, blob, shard } = promiseOf(promised)
  const member = await contract.memberOf(key)
  for (let attempt = 1; ; attempt++) {
    const bond = await contract.bondFor(member)
    const { number, timestamp, baseFee } = await contract.head()
    const cost = bond + GAS * (2n * baseFee + parseGwei('1'))
    const spent = spentWithin(await records.all(), timestamp)
    if (spent + cost > session.values.spendPerDay) {
      const room = `${formatEther(spent)} of ${formatEther(session.values.spendPerDay)} ether`
      output.warn(`A day's spending is used up: ${room}, and the next challenge takes ${formatEther(cost)}.`)
      return false
    }
    const record = { blob, shard, member, fromBlock: number, at: timestamp, cost, isOver: false }
    await records.save(record)
    try {
      const id = await contract.open(promised, bond)
      await records.save({ ...record, id })
      return true
    } catch (error) {
      if (!isBaseError(error)) throw error
      const isRefused = error.code === 'VAULT_CHALLENGE_REFUSED'
      // What may be mined all the same is found by the next run.
      if (isRefused) await records.remove(record)
      if (isRefused && attempt < TRIES && (await contract.bondFor(member)) !== bond) continue
      output.warn(`${blob} shard ${shard}: ${error.shortMessage}`)
      return true
    }
  }
}

/** Draws the leaves of what was opened, as soon as L1's randomness is there. */
async function drawAll(run: Run): Promise<Told[]> {
  const { signal } = run.session
  const told = new Map<string, Told>()
  for (;;) {
    for (const each of await goOn(run)) told.set(`${each.blob} ${each.shard} ${each.id}`, each)
    const left = [...told.values()].filter(({ outcome, id }) => outcome === 'opened' && id !== undefined)
    if (left.length === 0 || signal.aborted) return [...told.values()]
    run.output.progress.show('drawing', told.size - left.length, told.size)
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}

const lineOf = ({ blob, shard, member, id, outcome, deadline }: Told): string => {
  const rest = outcome === 'asked' ? `, must answer until ${isoTime(deadline ?? 0n)}` : ''
  return `${outcome}${rest}: ${id === undefined ? '' : `challenge ${id}, `}${member}, shard ${shard} of ${blob}`
}

/**
 * Goes on with challenges of earlier runs, has what is due paid back, and challenges nodes about shards by chance: as many as `--samples` says, for as much as
 * `--spend-per-day` allows. Exit code 3 where a node lost stake.
 */
export async function challenge(session: Session, output: Output): Promise<number> {
  const { values, committee, keys, store, signal } = session
  const { availabilityChallenge: address, l1ChainId: chainId } = committee
  if (!address) throw noContract('availabilityChallenge', values.committee[0]!)
  const contract = await challengeContract({
    ...{ url: values.l1RpcUrl, chainId, contract: address, account: keys.account, signal },
    maxFeePerGas: values.maxFeePerGas,
  })
  const run: Run = { session, contract, records: challengeRecords(store), output }
  const before = await goOn(run)
  const over = before.filter(({ outcome }) => outcome !== 'opened' && outcome !== 'asked')
  for (const each of await chosen(run)) if (signal.aborted || !(await open(run, each))) break
  const told = [...over, ...(await drawAll(run))]
  const credit = await contract.credit()
  if (credit > 0n && over.length > 0) await contract.claim()
  output.result({ challenges: told, ...(over.length > 0 && { claimed: credit }) }, [
    ...told.map(lineOf),
    ...(credit > 0n && over.length > 0 ? [`Paid back: ${formatEther(credit)} ether.`] : []),
    ...(told.length === 0 ? ['There is nothing to challenge, and no challenge is open.'] : []),
  ])
  return told.some(({ outcome }) => outcome === 'slashed') ? 3 : 0
}
