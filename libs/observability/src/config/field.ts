import type { Address, Hex } from '@animechain/core'

/** What a type of the table gives in TypeScript. */
interface FieldTypes {
  string: string
  /** a whole number */
  integer: number
  number: number
  bigint: bigint
  boolean: boolean
  /** http, https, ws or wss */
  url: string
  /** URLs separated by commas; a JSON list in a file; at least one */
  urls: readonly string[]
  /** a file or folder */
  path: string
  hex: Hex
  address: Address
  /** 32 bytes of hex; always treated as a secret */
  privateKey: Hex
  /** text separated by commas; a JSON list in a file */
  list: readonly string[]
}

type ConfigValue = FieldTypes[keyof FieldTypes]

/** One row of the table. */
export interface ConfigField {
  type: keyof FieldTypes
  /** One line, for `--help` and the documentation. */
  help: string
  /** Taken when nothing else says otherwise. In the type's own TypeScript form. */
  default?: ConfigValue
  /** Without a default the key must be given. */
  required?: boolean
  /** Without the dashes. Default: the key in kebab-case. */
  flag?: string
  /** Default: prefix and the key in upper snake case. */
  env?: string
  choices?: readonly string[]
  /** Why a text that one could expect is none of the choices, by the text: said where it is given. */
  refusals?: Readonly<Record<string, string>>
  /** numbers and bigints */
  min?: number | bigint
  max?: number | bigint
  /** Never printed; may also be given as a file named by the environment variable with `_FILE` behind its name. */
  secret?: boolean
  /** Unit for the documentation: `ms`, `wei`, `bytes`... */
  unit?: string
  /** Says what was expected when the value will not do. */
  check?: (value: never) => string | undefined
}

/** Options of a program by name, e.g. `blockTime` for `--block-time`. */
export type ConfigTable = Record<string, ConfigField>

type FieldValue<F extends ConfigField> = F['choices'] extends readonly (infer C)[] ? C : FieldTypes[F['type']]

/** The values of a table, typed: what has a default or is required is always there. */
export type ConfigValues<T extends ConfigTable> = {
  [K in keyof T]: T[K] extends { default: ConfigValue } | { required: true }
    ? FieldValue<T[K]>
    : FieldValue<T[K]> | undefined
}
