import { fileURLToPath } from 'node:url'

/** Shared by every package: native ES modules, swc for TypeScript, workspace packages from their sources. */
export const packageJest = (name, options = {}) => ({
  displayName: name,
  testEnvironment: 'node',
  setupFiles: [fileURLToPath(new URL('jest.setup.js', import.meta.url))],
  setupFilesAfterEnv: [fileURLToPath(new URL('jest.asserts.js', import.meta.url))],
  testEnvironmentOptions: { customExportConditions: ['animechain-source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      fileURLToPath(import.meta.resolve('@swc/jest')),
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js'] },
  // For machines that are busy with other things; nothing is asserted by it.
  testTimeout: 60_000,
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  ...options,
})
