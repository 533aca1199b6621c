import { equalBytes, hexToBytes } from '@animechain/core'
import type { ProvingKzg } from '@animechain/da-blob'
import { Mismatch, same, type TestFile } from './outcome.js'

/** A test of c-kzg-4844. */
interface KzgTest {
  input: Record<string, string>
  /** null: the input must be refused */
  output: string | string[] | boolean | null
}

/**
 * Reads a data.yaml of c-kzg-4844: a key with one text each, and an output that is a text, a list of texts, true, false or null.
 * Undefined where it is of another shape.
 */
export function kzgTestOf(yaml: string): KzgTest | undefined {
  const input: Record<string, string> = {}
  const list: string[] = []
  let output: KzgTest['output'] | undefined
  for (const line of yaml.split('\n')) {
    const field = /^ {2}(\w+): '([^']*)'$/.exec(line)
    const item = /^- '([^']*)'$/.exec(line)
    const end = /^output:(?: (null|true|false|'[^']*'))?$/.exec(line)
    if (field && output === undefined) input[field[1]!] = field[2]!
    else if (end)
      output =
        end[1] === undefined
          ? list
          : end[1] === 'null'
            ? null
            : end[1].startsWith("'")
              ? end[1].slice(1, -1)
              : end[1] === 'true'
    else if (item && output === list) list.push(item[1]!)
    else if (line !== '' && line !== 'input:') return undefined
  }
  return output === undefined ? undefined : { input, output }
}

type Compute = (kzg: ProvingKzg, input: Record<string, string>) => Uint8Array

const computed: Record<string, Compute> = {
  blob_to_kzg_commitment: (kzg, input) => kzg.blobToKzgCommitment(hexToBytes(input.blob!)),
  compute_blob_kzg_proof: (kzg, input) =>
    kzg.computeBlobKzgProof(hexToBytes(input.blob!), hexToBytes(input.commitment!)),
  compute_kzg_proof: (kzg, input) => kzg.computeKzgProof(hexToBytes(input.blob!), hexToBytes(input.z!)),
}

async function run(kzg: ProvingKzg, compute: Compute, { input, output }: KzgTest): Promise<void> {
  let got: Uint8Array | undefined
  try {
    got = compute(kzg, input)
  } catch {
    got = undefined
  }
  if (output === null) return same('result', got && Buffer.from(got).toString('hex'), undefined)
  const expected = hexToBytes(Array.isArray(output) ? output[0]! : String(output))
  if (!got || !equalBytes(got, expected))
    throw new Mismatch(
      'result',
      Buffer.from(expected).toString('hex'),
      got && Buffer.from(got).toString('hex'),
    )
}

/** The case of a test of c-kzg-4844, with each implementation. */
export function kzgCases(path: string, yaml: string, kzgs: readonly ProvingKzg[]): TestFile | undefined {
  const kind = Object.keys(computed).find((name) => path.includes(`/${name}/`))
  if (kind === undefined) {
    const why = path.includes('verify_')
      ? 'L1 verifies proofs, no code of this project does'
      : path.includes('challenge')
        ? 'an inner step of an implementation'
        : 'nothing here makes cells of blobs'
    return { cases: [], skipped: { [why]: 1 } }
  }
  const test = kzgTestOf(yaml)
  if (!test) throw new Error('expected fields with one text each, and an output')
  return {
    cases: kzgs.map((kzg) => ({ id: `${path}::${kzg.id}`, run: () => run(kzg, computed[kind]!, test) })),
    skipped: {},
  }
}
