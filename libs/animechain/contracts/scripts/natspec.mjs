// Says what src-sol, or the folder that is named, shows to others without a description.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { natspec } from '../../../../tools/solidity/natspec.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.exitCode = natspec(process.argv[2] ?? join(root, 'src-sol'))
