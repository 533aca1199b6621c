import { describe, expect, test } from '@jest/globals'
import {
  AbortedError,
  BaseError,
  CompositionError,
  InvalidInputError,
  isBaseError,
  redactUrls,
} from '../src/index.js'

describe('errors', () => {
  test('a message has its lines, a code and a cause', () => {
    const cause = new Error('socket closed')
    const error = new BaseError('The batch was not posted.', {
      code: 'BATCH_POST',
      cause,
      docsPath: '/spec/protocol.md',
      metaMessages: ['Batch: 7'],
    })
    expect(error.message).toBe(
      'The batch was not posted.\n\nBatch: 7\n\nDocs: docs/spec/protocol.md\n\nDetails: socket closed',
    )
    expect(error.code).toBe('BATCH_POST')
    expect(error.walk((e) => e === cause)).toBe(cause)
    expect(error.walk(() => false)).toBeUndefined()
  })

  test('a circle of causes ends', () => {
    const error = new BaseError('a') as BaseError & { cause: unknown }
    error.cause = error
    expect(error.walk(() => false)).toBeUndefined()
  })

  test('every error of the project is recognised, others are not', () => {
    for (const error of [
      new BaseError('a'),
      new InvalidInputError('port', 'a number', 'x'),
      new CompositionError('a', 'b', 'c', 'd'),
      new AbortedError('x'),
    ])
      expect(isBaseError(error)).toBe(true)
    for (const value of [new Error('a'), null, undefined, 'BaseError', {}])
      expect(isBaseError(value)).toBe(false)
  })

  test('bad input says what was expected and what came', () => {
    expect(new InvalidInputError('gas limit', 'at most 30000000', 5n).message).toBe(
      'Invalid gas limit: expected at most 30000000, got 5.',
    )
    expect(new InvalidInputError('call', 'an address', { to: 1n }).message).toContain('{"to":"1"}')
    expect(new InvalidInputError('data', 'short', 'x'.repeat(500)).message.length).toBeLessThan(200)
  })

  test.each([
    [
      'https://user:secret@host.example/v2/abcdefghijklmnopqrstuvwxyz012345?key=1',
      'https://host.example/v2/***?***',
    ],
    ['see wss://host.example:8546/ now', 'see wss://host.example:8546 now'],
    ['http://127.0.0.1:8545', 'http://127.0.0.1:8545'],
    ['https://[bad', '<url>'],
  ])('secrets in %s are stripped', (text, expected) => {
    expect(redactUrls(text)).toBe(expected)
    expect(new BaseError(text).message).toBe(expected)
  })
})
