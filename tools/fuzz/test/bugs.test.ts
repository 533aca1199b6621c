import { expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { bugs } from '../src/bugs.js'

const sources = { wasm: 'wasm/assembly', ethereumjs: 'ethereumjs/src' }

test('each planted bug has its one place in the sources of its engine', () => {
  const lost = bugs.filter(({ engine, file, from }) => {
    const path = new URL(`../../../libs/execution/${sources[engine]}/${file}`, import.meta.url)
    return readFileSync(path, 'utf8').split(from).length !== 2
  })
  expect(lost).toEqual([])
})
