import { EventEmitter } from 'node:events'
import { describe, expect, test } from '@jest/globals'
import { askedThread, type ThreadPort } from '../src/index.js'

/** A thread that does as it is told. */
function port(act: (question: unknown, events: EventEmitter) => void) {
  const events = new EventEmitter()
  const refs = { count: 0 }
  const made: ThreadPort = {
    postMessage: (question) => void setImmediate(() => act(question, events)),
    on: (event: string, listener: (value: never) => void) => events.on(event, listener as () => void),
    ref: () => void (refs.count = 1),
    unref: () => void (refs.count = 0),
    terminate: async () => events.emit('exit', 1),
  }
  return { made, refs, events }
}

const echo = (question: unknown, events: EventEmitter) => void events.emit('message', question)

describe('a thread that is asked', () => {
  test('starts with the first question, answers in order, and keeps no process alive in between', async () => {
    const { made, refs } = port(echo)
    const thread = askedThread<number, number>(() => made)
    const asked = [1, 2, 3].map((question) => thread.ask(question))
    expect(await asked[0]).toEqual({ status: 'answered', answer: 1 })
    expect(refs.count).toBe(1)
    expect(await Promise.all(asked)).toEqual([1, 2, 3].map((answer) => ({ status: 'answered', answer })))
    expect([refs.count, thread.ended]).toEqual([0, 0])
  })

  test('says what is lost with it, and starts again', async () => {
    const ports = [
      port((question, events) => (question === 1 ? echo(1, events) : events.emit('error', 'broken'))),
      port(echo),
    ]
    const thread = askedThread<number, number>(() => ports.shift()!.made)
    const asked = [1, 2, 3].map((question) => thread.ask(question))
    expect(await asked[1]).toEqual({ status: 'lost', cause: 'broken' })
    expect(await asked[2]).toEqual({ status: 'lost', cause: 'broken' })
    expect(await thread.ask(4)).toEqual({ status: 'answered', answer: 4 })
    expect(thread.ended).toBe(1)
  })

  test('is not started again when it never answered', async () => {
    const thread = askedThread<number, number>(() => port((_, events) => events.emit('exit', 1)).made)
    expect(await thread.ask(1)).toEqual({ status: 'lost', cause: 'it ended with exit code 1' })
    expect(await thread.ask(2)).toEqual({ status: 'absent' })
  })

  test('may be absent, and may be ended', async () => {
    const none = askedThread<number, number>(() => undefined)
    expect(await none.ask(1)).toEqual({ status: 'absent' })
    await none.end()
    const thread = askedThread<number, number>(
      () => port((question, events) => (question === 1 ? undefined : echo(question, events))).made,
    )
    const asked = thread.ask(1)
    await new Promise(setImmediate)
    await thread.end()
    expect(await asked).toEqual({ status: 'lost', cause: 'it was ended' })
    expect(await thread.ask(2)).toEqual({ status: 'answered', answer: 2 })
  })
})
