import type { Seen } from './watcher.js'

/** What was seen, as a line for people. */
export function lineOf(seen: Seen): string {
  switch (seen.kind) {
    case 'assertion': {
      const { id, batchIndex, blockNumber, outputRoot, status } = seen.assertion
      const verdict = {
        right: 'right',
        wrong: `WRONG, it claims ${outputRoot}`,
        apart: 'right root, on another parent or with another history',
      }[seen.verdict]
      return `assertion ${id}: batch ${batchIndex}, block ${blockNumber}, ${status}: ${verdict}`
    }
    case 'raised': {
      const { alarm, by, peers } = seen
      const sent = peers === undefined ? '' : `, sent to ${peers} peers`
      return `alarm about ${alarm.game}, derived ${alarm.derived}, signed by ${by}${sent}`
    }
    case 'answer': {
      const { alarm, answer, last } = seen
      const how = answer.outcome === 'later' ? (last ? 'not taken' : 'asked again') : answer.outcome
      return `alarm about ${alarm.game}: ${answer.url}: ${how} (${answer.said})`
    }
    case 'heard': {
      const { alarm, by } = seen.raised
      return `alarm of ${by} about ${alarm.game}: right`
    }
  }
}
