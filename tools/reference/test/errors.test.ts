import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { matchCodes } from '../src/errors.js'
import { errorReference } from '../src/errors.js'
import { analyse } from '../src/program.js'
import { thrownCodes } from '../src/thrown.js'

const BASE = `
export interface BaseErrorOptions { code?: string; cause?: unknown; metaMessages?: readonly string[] }
export class BaseError extends Error {
  readonly code: string
  constructor(shortMessage: string, options: BaseErrorOptions = {}) {
    super(shortMessage)
    this.code = options.code ?? 'ERROR'
  }
}
export class Invalid extends BaseError {
  constructor(what: string, options: BaseErrorOptions = {}) {
    super(\`Invalid \${what}.\`, { code: 'INVALID', ...options })
  }
}
export class Coded extends BaseError {
  constructor(message: string, code: 'ONE' | 'TWO', options: { cause?: unknown } = {}) {
    super(message, { code, ...options })
  }
}
`
const base = mkdtempSync(join(tmpdir(), 'reference-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))
let made = 0

/** Sources of one package, as the analysis sees them. */
function sourcesOf(text: string) {
  const folder = `pkg${made++}`
  mkdirSync(join(base, folder, 'src'), { recursive: true })
  const paths = [
    ['base.ts', BASE],
    ['index.ts', `import { BaseError, Coded, Invalid, type BaseErrorOptions } from './base.js'\n${text}`],
  ].map(([name, content]) => {
    const path = join(base, folder, 'src', name!)
    writeFileSync(path, content!)
    return path
  })
  // The smallest library: each case is a program of its own.
  return analyse(paths, [{ name: 'pkg', folder }], base, { types: [], lib: ['lib.es5.d.ts'] })
}
const codesOf = (text: string) => {
  const { thrown, problems } = thrownCodes(sourcesOf(text))
  return { thrown: thrown.map(({ code, message }) => `${code}: ${message}`).sort(), problems }
}

describe('codes that are thrown', () => {
  test('are found behind classes, helpers, conditions and other names', () => {
    expect(
      codesOf(`
        const port = 1
        throw new BaseError(\`Port \${port} is taken.\`, { code: 'PORT' })
        const failed = (what: string, cause?: unknown) => new BaseError(what + '.', { code: 'FAILED', cause })
        failed('x')
        function named(code: string, message: string) { return new BaseError(message, { code }) }
        throw named('NAMED', 'It has a name.')
        throw new Coded('One of two.', port > 0 ? 'ONE' : 'TWO')
        throw new Invalid('height')
        throw new Invalid('key', { code: 'INVALID_KEY' })
        const later = (message: string) => new Coded(message, 'ONE')
        later('Later.')
        const options: BaseErrorOptions = { code: 'OPTIONS' }
        throw new BaseError('With options.', options)
      `),
    ).toEqual({
      thrown: [
        'FAILED: <…>.',
        'INVALID: Invalid <what>.',
        'INVALID: Invalid <what>.',
        'INVALID_KEY: Invalid <what>.',
        'NAMED: It has a name.',
        'ONE: Later.',
        'ONE: One of two.',
        'OPTIONS: With options.',
        'PORT: Port <port> is taken.',
        'TWO: One of two.',
      ],
      problems: [],
    })
  })

  test('must be there, and be literals', () => {
    expect(codesOf(`throw new BaseError('No code.')`).problems).toEqual([
      expect.stringMatching(/src\/index\.ts:2 makes an error without a code/),
    ])
    expect(
      codesOf(`declare function pick(): string\nthrow new BaseError('Which one?', { code: pick() })`)
        .problems,
    ).toEqual([expect.stringMatching(/src\/index\.ts:3 .*cannot tell/)])
  })

  test('an error that came from another thread with its code is not thrown here', () => {
    expect(
      codesOf(`
        const errorOf = ({ code, message }: { code: string; message: string }) => new BaseError(message, { code })
        declare const answer: { error: { code: string; message: string } }
        throw errorOf(answer.error)
      `),
    ).toEqual({ thrown: [], problems: [] })
  })
})

describe('the reference of errors', () => {
  const sources = (catalogue: string) =>
    sourcesOf(`throw new BaseError('Gone.', { code: 'GONE' })\nexport const errorCatalogue = ${catalogue}`)
  const problems = (catalogue: string) =>
    errorReference(sources(catalogue), (name) => `${name}/src/catalogue.ts`).problems.filter(
      (problem) => !problem.includes('throws INVALID'),
    )

  test('has each code with cause, remedy, messages and package', () => {
    const text = `{ GONE: { cause: 'It ' + 'went.', remedy: 'Call it.' } } as const`
    const { errors } = errorReference(sources(text), String)
    expect(errors).toEqual([
      expect.objectContaining({
        code: 'GONE',
        cause: 'It went.',
        remedy: 'Call it.',
        messages: ['Gone.'],
        thrownBy: ['pkg'],
      }),
    ])
    expect(problems(text)).toEqual([])
  })

  test('fails for a code that nothing explains, saying where to', () => {
    expect(problems('{}')).toEqual([
      expect.stringMatching(
        /src\/index\.ts:2 throws GONE, which nothing explains: add its cause and remedy to pkg\/src\/catalogue\.ts\./,
      ),
    ])
  })

  test('fails for a text of a code that is thrown nowhere, without a sentence, or given twice', () => {
    const gone = `GONE: { cause: 'It went.', remedy: 'Call it.' }`
    expect(problems(`{ ${gone}, LOST: { cause: 'Lost.', remedy: 'Find it.' } }`)).toEqual([
      expect.stringMatching(/explains LOST, which is thrown nowhere/),
    ])
    expect(problems(`{ GONE: { cause: 'It went.', remedy: '' } }`)).toEqual([
      expect.stringMatching(/needs a remedy for GONE/),
    ])
    const entry = { code: 'A', package: 'a', place: 'a.ts:1', cause: 'It is.', remedy: 'See.' }
    const thrown = [{ code: 'A', package: 'a', place: 'a.ts:9', message: 'A.' }]
    expect(matchCodes(thrown, [entry, { ...entry, place: 'b.ts:1' }], String).problems).toEqual([
      'b.ts:1 explains A, which a.ts:1 does already.',
    ])
  })
})
