import { expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { packageVersion } from '../src/version.js'

test('the version is that of the manifest', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  expect(packageVersion(import.meta.url)).toBe(manifest.version)
  expect(() => packageVersion('file:///nowhere/src/index.js')).toThrow('/nowhere/package.json')
})
