/** Something of a document that is not as it must be. */
export interface ExchangeProblem {
  /** JSON pointer, e.g. `/works/3/parents/0/shareBps`; empty for the document. */
  path: string
  expected: string
  got: string
}

/** The part of JSON Schema that the published schema uses, and nothing else. */
export interface Schema {
  $ref?: string
  const?: unknown
  enum?: readonly unknown[]
  type?: string
  pattern?: string
  maxLength?: number
  minimum?: number
  maximum?: number
  items?: Schema
  minItems?: number
  maxItems?: number
  properties?: Readonly<Record<string, Schema>>
  required?: readonly string[]
  additionalProperties?: false | Schema
  propertyNames?: Schema
  maxProperties?: number
  $defs?: Readonly<Record<string, Schema>>
}

const has = (value: object, name: string): boolean => Object.prototype.hasOwnProperty.call(value, name)
const own = <T>(value: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  value && has(value, name) ? value[name] : undefined

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isSafeInteger(value) ? 'integer' : typeof value
}

/** What came, in a few words. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return `an object of ${Object.keys(value).length} fields`
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

const pointer = (path: string, name: string | number): string =>
  `${path}/${`${name}`.slice(0, 80).replaceAll('~', '~0').replaceAll('/', '~1')}`

/** What a value must be, in words; undefined when it is. Not of what is inside. */
function expectedOf(schema: Schema, value: unknown): string | undefined {
  if (schema.const !== undefined && value !== schema.const) return JSON.stringify(schema.const)
  if (schema.enum && !schema.enum.includes(value)) return `one of ${schema.enum.join(', ')}`
  if (schema.type !== undefined && typeOf(value) !== schema.type)
    return `${/^[aio]/.test(schema.type) ? 'an' : 'a'} ${schema.type}`
  if (typeof value === 'string') {
    if (schema.maxLength !== undefined && value.length > schema.maxLength)
      return `at most ${schema.maxLength} characters`
    // Patterns are anchored, and none repeats what it repeats.
    if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value))
      return `text like ${schema.pattern}`
  }
  if (typeof value === 'number' && (value < (schema.minimum ?? value) || value > (schema.maximum ?? value)))
    return `a whole number of ${schema.minimum} to ${schema.maximum}`
  if (Array.isArray(value)) {
    const { minItems = 0, maxItems = Infinity } = schema
    if (value.length < minItems || value.length > maxItems) return `a list of ${minItems} to ${maxItems}`
  }
  return undefined
}

/** Holds a value of JSON against a schema; tells at most `most` problems. */
export function schemaProblems(root: Schema, document: unknown, most: number): ExchangeProblem[] {
  const problems: ExchangeProblem[] = []
  const tell = (path: string, expected: string, got: unknown) => {
    if (problems.length < most) problems.push({ path, expected, got: shown(got) })
  }
  const checkObject = (schema: Schema, value: Record<string, unknown>, path: string) => {
    const names = Object.keys(value)
    if (names.length > (schema.maxProperties ?? Infinity))
      return tell(path, `at most ${schema.maxProperties} fields`, value)
    for (const name of schema.required ?? [])
      if (!has(value, name)) tell(pointer(path, name), 'a value', undefined)
    for (const name of names) {
      if (problems.length >= most) return
      const field = own(schema.properties, name) ?? schema.additionalProperties
      if (field === false)
        tell(pointer(path, name), 'no such field: what other platforms add goes into extensions', value[name])
      else if (field) {
        if (schema.propertyNames) check(schema.propertyNames, name, pointer(path, name))
        check(field, value[name], pointer(path, name))
      }
    }
  }
  const check = (given: Schema, value: unknown, path: string): void => {
    if (problems.length >= most) return
    const schema = given.$ref === undefined ? given : root.$defs![given.$ref.slice('#/$defs/'.length)]!
    const expected = expectedOf(schema, value)
    if (expected !== undefined) return tell(path, expected, value)
    if (Array.isArray(value)) {
      if (schema.items) value.forEach((item, i) => check(schema.items!, item, pointer(path, i)))
    } else if (typeof value === 'object' && value !== null)
      checkObject(schema, value as Record<string, unknown>, path)
  }
  check(root, document, '')
  return problems
}
