import { UsageError, type Output } from './arguments.js'
import { fuzz, FUZZ_HELP } from './fuzz.js'
import { hostile, HOSTILE_HELP } from './hostile.js'
import { machine, MACHINE_HELP } from './machine.js'
import { findMutants, MUTANTS_HELP } from './mutants.js'
import { fuzzPrecompiles, PRECOMPILES_HELP } from './precompiles.js'
import { soak, SOAK_HELP } from './soak.js'
import { stepGas, STEP_GAS_HELP } from './steps/stepGas.js'
import { steps, STEPS_HELP } from './steps/steps.js'

const commands: Record<
  string,
  { help: string; run(argv: readonly string[], output: Output): Promise<number> }
> = {
  fuzz: { help: FUZZ_HELP, run: fuzz },
  hostile: { help: HOSTILE_HELP, run: hostile },
  soak: { help: SOAK_HELP, run: soak },
  machine: { help: MACHINE_HELP, run: machine },
  mutants: { help: MUTANTS_HELP, run: findMutants },
  precompiles: { help: PRECOMPILES_HELP, run: fuzzPrecompiles },
  steps: { help: STEPS_HELP, run: steps },
  stepGas: { help: STEP_GAS_HELP, run: stepGas },
}

const output: Output = {
  line: (text) => void process.stdout.write(`${text}\n`),
  error: (text) => void process.stderr.write(`${text}\n`),
}
const [name = '', ...argv] = process.argv.slice(2)
const command = commands[name]
if (command === undefined) {
  output.error(`Expected ${Object.keys(commands).join(', ')}, got ${name || 'nothing'}.`)
  process.exitCode = 2
} else if (argv.includes('--help') || argv.includes('-h')) output.line(command.help)
else
  try {
    process.exitCode = await command.run(argv, output)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    output.error(`${error.message}\n\n${command.help}`)
    process.exitCode = 2
  }
