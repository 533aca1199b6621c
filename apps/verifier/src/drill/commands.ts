import { InvalidInputError, type Address } from '@animechain/core'
import { drillStage, type DrillStage } from '@animechain/network-verifier'
import { readDeployment } from '@animechain/stack'
import { zeroAddress } from 'viem'
import { drillCommands, type DrillCommand } from '../drillConfig.js'
import { jsonText } from '../network/send.js'
import { assertDrill } from './assert.js'
import { commitDrill } from './commit.js'
import {
  assertionsAbout,
  cannot,
  dateOf,
  drillContext,
  eth,
  foundDrill,
  nextOf,
  saysDrill,
  saysOther,
  timeOf,
  type DrillContext,
  type DrillValues,
  type Found,
} from './context.js'
import { makerOf, sendCall } from './send.js'

/** Where the drill stands after something was done about it. */
async function again(context: DrillContext, { secret, commitment }: Found): Promise<Found> {
  const drill = (await context.reads.drill(commitment))!
  return { secret, commitment, drill, stage: drillStage(drill, await timeOf(context)) }
}

const facts = ({ commitment, drill, stage }: Found) => ({
  ...{ commitment, stage: stage.is, until: 'until' in stage ? stage.until : undefined },
  ...(drill.game !== zeroAddress && { game: drill.game.toLowerCase() }),
})

/** Says that there is nothing to do. */
function nothing({ say }: DrillContext, found: Found, what: string): void {
  say([what, nextOf(found)], { done: 'nothing', ...facts(found), fee: 0n, transactions: [] })
}

const wrongStage = (found: Found, expected: string) =>
  cannot(`The drill ${found.commitment} is not that far, or further: ${found.stage.is}.`, expected, [
    nextOf(found),
  ])

/** `drill reveal` */
async function reveal(context: DrillContext): Promise<void> {
  const { values, settlement, calls, tell, say } = context
  const account = makerOf(context)
  const found = await foundDrill(context)
  const { secret, drill, stage } = found
  const { batchIndex } = secret
  if (drill.maker.toLowerCase() !== account.address.toLowerCase())
    throw new InvalidInputError('makerKey', `the key of ${drill.maker}, who made the drill`, account.address)
  if (stage.is === 'revealed' || stage.is === 'decided' || stage.is === 'closable')
    return nothing(context, found, `The drill is revealed already, as ${drill.game}.`)
  if (stage.is !== 'committed') throw wrongStage(found, 'Expected a drill that can be revealed.')
  const about = await assertionsAbout(settlement(), [batchIndex])
  const made = about.find((each) => saysDrill(each, secret) && each.createdAt > drill.committedAt)
  const game = values.game ?? (made?.id as Address | undefined)
  if (game === undefined)
    throw cannot(
      `Nobody has asserted the root of the drill since ${dateOf(drill.committedAt)}.`,
      `Expected an assertion of ${secret.outputRoot} for batch ${batchIndex}: \`drill assert\`.`,
    )
  const other = about.find((each) => saysOther(each, secret))
  if (!other)
    throw cannot(
      `Nobody has asserted another root for batch ${batchIndex} yet.`,
      'Expected a rival of the drill: L1 takes no reveal before, as it would warn those who do not look.',
      [nextOf(found, true)],
    )
  tell([
    `Reveals that ${game} is a drill: who attested to it loses a tenth of the stake, not all of it. Alarms that are committed to from now on earn nothing.`,
    'It costs the fees alone.',
  ])
  const call = calls.revealDrill(secret.salt, game, other.id as Address)
  const { transactions, fee } = await sendCall(context, account, call)
  const now = await again(context, found)
  say([`Revealed ${game}: ${eth(fee)} of fees (${transactions.join(', ')}).`, nextOf(now)], {
    ...{ done: 'revealed', ...facts(now), fee, transactions },
  })
}

/** An accepted and final game for the drill's batch: beside it, or on another parent. */
async function acceptedFor({ at, rivals, settlement }: DrillContext, { secret, drill }: Found) {
  const { batchIndex, batchAcc } = secret
  const beside = await rivals.accepted(drill.game)
  const about = beside ? [beside] : []
  if (!beside)
    for (const each of await assertionsAbout(settlement(), [batchIndex]))
      if (each.status === 'accepted' && each.batchAcc === batchAcc) about.push(each.id as Address)
  for (const game of about) if (await at.reads.isAccepted(game)) return game
  throw cannot(
    `L1 has accepted no root for batch ${batchIndex} yet, or it is not final.`,
    'Expected an assertion that stood for its challenge period, or won its dispute, and was resolved.',
  )
}

/** `drill decide` */
async function decide(context: DrillContext): Promise<void> {
  const { at, calls, tell, say } = context
  const account = makerOf(context)
  const found = await foundDrill(context)
  const { drill, stage, secret } = found
  if (stage.is === 'decided' || stage.is === 'closable')
    return nothing(context, found, 'The drill is decided already.')
  if (drill.bounty === 0n || drill.game === zeroAddress)
    throw wrongStage(found, 'Expected a drill that is revealed.')
  const accepted = await acceptedFor(context, found)
  const says = await at.reads.game(accepted)
  const isRight = says?.outputRoot.toLowerCase() === secret.outputRoot
  tell([
    isRight
      ? `L1 accepted the root of the drill itself: nothing about it was wrong, and its bounty of ${eth(drill.bounty)} is burned.`
      : `Has the drill decided by ${accepted}: from now on alarms about it can be revealed.`,
    'It costs the fees alone.',
  ])
  const { transactions, fee } = await sendCall(context, account, calls.decideDrill(drill.game, accepted))
  const now = await again(context, found)
  say([`Decided: ${eth(fee)} of fees (${transactions.join(', ')}).`, nextOf(now)], {
    ...{ done: 'decided', ...facts(now), accepted, fee, transactions },
  })
}

/** Whether the bounty of a drill that is over, or about to be, comes back to an account. */
const comesBack = ({ drill }: Found, account: Address): boolean =>
  drill.winner === zeroAddress && drill.maker.toLowerCase() === account.toLowerCase()

/** `drill close` */
async function close(context: DrillContext): Promise<void> {
  const { values, reads, calls, tell, say } = context
  const account = makerOf(context)
  const found = await foundDrill(context)
  const { drill, stage } = found
  if (stage.is === 'decided')
    throw cannot(
      'The drill cannot be closed yet.',
      `Expected a time after ${dateOf(stage.until)}: until then alarms about it can be revealed.`,
    )
  const isMine = comesBack(found, account.address)
  const isOwed = stage.is === 'returned' && isMine && (await reads.credit(account.address)) > 0n
  if (stage.is !== 'closable' && !isOwed) {
    if (drill.bounty === 0n) return nothing(context, found, 'The drill is closed already.')
    throw wrongStage(found, 'Expected a drill that is decided.')
  }
  const to = values.to ?? account.address
  tell([
    drill.winner === zeroAddress
      ? `Nobody raised a right alarm: the bounty${drill.bounty > 0n ? ` of ${eth(drill.bounty)}` : ''} comes back${isMine ? `, and is paid to ${to}` : ` to ${drill.maker}`}.`
      : `The bounty of ${eth(drill.bounty)} goes to ${drill.winner}, who raised the first right alarm.`,
    'It costs the fees alone.',
  ])
  const sent = { transactions: [] as string[], fee: 0n }
  const send = async (call: Parameters<typeof sendCall>[2]) => {
    const { transactions, fee } = await sendCall(context, account, call)
    sent.transactions.push(...transactions)
    sent.fee += fee
  }
  if (stage.is === 'closable') await send(calls.closeDrill(drill.game))
  if (isMine) await send(calls.claimCredit(to))
  const now = await again(context, found)
  say([`Closed: ${eth(sent.fee)} of fees (${sent.transactions.join(', ')}).`, nextOf(now)], {
    ...{ done: 'closed', ...facts(now), winner: drill.winner === zeroAddress ? undefined : drill.winner },
    ...{ bounty: drill.bounty, ...(isMine && { paidTo: to }), ...sent },
  })
}

/** `drill expire` */
async function expire(context: DrillContext): Promise<void> {
  const { calls, tell, say } = context
  const account = makerOf(context)
  const found = await foundDrill(context)
  const { drill, stage, commitment } = found
  if (drill.bounty === 0n) return nothing(context, found, 'The drill is over already.')
  if (stage.is !== 'late')
    throw cannot(
      'The drill cannot expire now.',
      'until' in stage && stage.is !== 'decided'
        ? `Expected a time after ${dateOf(stage.until)}.`
        : 'Expected one that was not revealed or not decided in time; this one is decided.',
      [nextOf(found)],
    )
  tell([`Has the bounty of ${eth(drill.bounty)} burned. It costs the fees alone.`])
  const { transactions, fee } = await sendCall(context, account, calls.expireDrill(commitment))
  const now = await again(context, found)
  say([`Expired: ${eth(drill.bounty)} are burned, ${eth(fee)} of fees (${transactions.join(', ')}).`], {
    ...{ done: 'expired', ...facts(now), bounty: drill.bounty, fee, transactions },
  })
}

const stages: Record<DrillStage['is'], string> = {
  committed: 'committed to, and not revealed',
  revealed: 'revealed, and not decided',
  decided: 'decided: alarms can be revealed',
  closable: 'decided, and to be closed',
  late: 'not revealed or decided in time',
  paid: 'closed: the bounty went to an alarm',
  returned: 'closed: the bounty went back',
  burned: 'over: the bounty was burned',
}

/** `drill status` */
async function status({ say, ...context }: DrillContext): Promise<void> {
  const found = await foundDrill({ say, ...context })
  const { secret, drill, stage, commitment } = found
  const { batchIndex, batchAcc, outputRoot } = secret
  const made =
    stage.is === 'committed'
      ? (await assertionsAbout(context.settlement(), [batchIndex])).find((each) => saysDrill(each, secret))
      : undefined
  const game = drill.game === zeroAddress ? made?.id : drill.game.toLowerCase()
  const rows: [string, string | undefined][] = [
    ['drill', `${commitment}: ${stages[stage.is]}`],
    ['about batch', `${batchIndex}`],
    ['wrong root', outputRoot],
    ['assertion', game ?? 'none yet'],
    ['bounty', eth(drill.bounty)],
    ['first alarm', drill.winner === zeroAddress ? undefined : drill.winner],
  ]
  say(
    [
      ...rows.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(14)}${value}`])),
      nextOf(found, made !== undefined),
    ],
    {
      ...{ ...facts(found), maker: drill.maker, batchIndex, batchAcc, outputRoot, bounty: drill.bounty },
      ...(game && { game }),
      ...(drill.winner !== zeroAddress && { winner: drill.winner }),
    },
  )
}

const commands: Record<DrillCommand, (context: DrillContext) => Promise<void>> = {
  ...{ commit: commitDrill, assert: assertDrill, reveal, decide, close, expire, status },
}

const isCommand = (word: string | undefined): word is DrillCommand =>
  (drillCommands as readonly (string | undefined)[]).includes(word)

/** One command of a drill's maker. Resolves when it is done. @throws {BaseError} what stands in its way */
export async function runDrillCommand(
  words: readonly string[],
  values: DrillValues,
  print: (line: string) => void,
): Promise<void> {
  const [word] = words
  if (words.length !== 1 || !isCommand(word))
    throw new InvalidInputError(
      'command',
      `drill and one of ${drillCommands.join(', ')}`,
      words.join(' ') || 'nothing',
    )
  await commands[word](
    drillContext(values, readDeployment(values.deployment), {
      tell: (lines) => {
        if (!values.json) lines.forEach(print)
      },
      say: (lines, json) => (values.json ? [jsonText(json)] : lines).forEach(print),
    }),
  )
}
