import { expect, test } from '@jest/globals'
import { redactUrls } from '../src/redact.js'

test.each([
  [
    'expected a URL such as http://127.0.0.1:8545, got nothing.',
    'expected a URL such as http://127.0.0.1:8545, got nothing.',
  ],
  ['from https://host.example/rpc?key=secret, again', 'from https://host.example/rpc?***, again'],
  ['at https://user:secret@host.example/.', 'at https://host.example.'],
  ['not https://[bad, at all', 'not <url>, at all'],
])('%s keeps its punctuation', (text, expected) => {
  expect(redactUrls(text)).toBe(expected)
})

test('a long run of punctuation is passed over once', () => {
  const run = ','.repeat(1_000_000)
  expect(redactUrls(`http://host.example/${run}x`)).toBe('http://host.example/***')
  expect(redactUrls(`http://${run}`)).toBe(`<url>${run}`)
})
