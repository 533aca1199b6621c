/** What this package reads and writes at most. */
export const exchangeLimits = {
  /** A document, characters. */
  characters: 2 ** 26,
  works: 100_000,
  licences: 100_000,
  /** Problems that are told of a document; there may be more. */
  problems: 20,
} as const

/** Kinds of works by their names in documents; the place in the list plus one is the kind of **IPRegistry**. */
export const workKinds = [
  ...(['script', 'storyboard', 'character', 'background', 'cut'] as const),
  ...(['episode', 'music', 'voice', 'dataSet', 'other'] as const),
] as const

const ref = (name: string) => ({ $ref: `#/$defs/${name}` })
const whole = (maximum: number, minimum = 0) => ({ type: 'integer', minimum, maximum })
const list = (items: object, maxItems: number, minItems = 0) => ({ type: 'array', items, minItems, maxItems })

/** An object of exactly these fields; those with a question mark may be left out. */
function fields(properties: Record<string, object>) {
  const named = Object.entries(properties).map(([name, schema]) => [name.replace('?', ''), schema] as const)
  const required = Object.keys(properties).filter((name) => !name.endsWith('?'))
  return { type: 'object', properties: Object.fromEntries(named), required, additionalProperties: false }
}

/**
 * JSON Schema (2020-12) of documents with works and licences, version 1; published as docs/spec/animechain-exchange.schema.json. What it cannot
 * say (order, sums, ends before beginnings) `exchangeProblems` adds.
 */
export const exchangeSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Animechain works and licences, version 1',
  ...fields({
    format: { const: 'animechain-exchange' },
    version: { const: 1 },
    chain: ref('chain'),
    works: list(ref('work'), exchangeLimits.works),
    licences: list(ref('licence'), exchangeLimits.licences),
    'extensions?': ref('extensions'),
  }),
  $defs: {
    chain: { type: 'string', pattern: '^eip155:(0|[1-9][0-9]{0,31})$', description: 'CAIP-2' },
    address: { type: 'string', pattern: '^0x[0-9a-f]{40}$' },
    bytes32: { type: 'string', pattern: '^0x[0-9a-f]{64}$' },
    uint64: { type: 'string', pattern: '^(0|[1-9][0-9]{0,19})$', description: 'At most 2^64 - 1' },
    uint256: { type: 'string', pattern: '^(0|[1-9][0-9]{0,77})$', description: 'At most 2^256 - 1' },
    id: { type: 'string', pattern: '^[1-9][0-9]{0,77}$', description: 'At most 2^256 - 1' },
    bps: whole(10_000),
    work: fields({
      id: ref('id'),
      kind: { enum: [...workKinds] },
      owner: ref('address'),
      vaultAsset: ref('bytes32'),
      contentRoot: ref('bytes32'),
      termsId: ref('uint64'),
      authors: { ...list(ref('address'), 16, 1), description: 'Ascending' },
      parents: { ...list(ref('parent'), 8), description: 'Ascending by work' },
      'extensions?': ref('extensions'),
    }),
    parent: fields({ work: ref('id'), shareBps: whole(10_000, 1) }),
    licence: fields({
      id: ref('id'),
      work: ref('id'),
      holder: ref('address'),
      'parent?': ref('id'),
      'terminatedAt?': { ...ref('uint64'), description: 'Seconds; left out while it lives' },
      terms: ref('terms'),
      'extensions?': ref('extensions'),
    }),
    terms: fields({
      uses: whole(2 ** 32 - 1),
      media: whole(2 ** 32 - 1),
      territory: { ...ref('uint64'), description: 'Bit set' },
      from: { ...ref('uint64'), description: 'Seconds' },
      until: { ...ref('uint64'), description: 'Seconds, inclusive' },
      exclusive: { type: 'boolean' },
      depth: whole(255),
      shareBps: ref('bps'),
      price: { ...ref('uint256'), description: 'Smallest units of the currency' },
      currency: ref('address'),
    }),
    extensions: {
      type: 'object',
      description: 'Of other platforms, by names in reverse-domain form; changes the meaning of nothing here',
      propertyNames: { type: 'string', pattern: '^[a-z0-9-]{1,63}([.][a-z0-9-]{1,63}){1,7}$' },
      maxProperties: 16,
      additionalProperties: { type: 'string', maxLength: 10_000 },
    },
  },
} as const
