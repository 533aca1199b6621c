import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

/**
 * The one place that knows how a package is bundled: ESM for Node 20.19 and newer (which also serves
 * `require()`), dependencies left external. Types are emitted by tsc into `dist/types`.
 */
export const packageBuild = (options = {}) =>
  defineConfig({
    format: ['esm'],
    target: 'node20',
    platform: 'node',
    splitting: true,
    sourcemap: true,
    // Everything but the types, which tsc writes, perhaps at the same time.
    clean: ['!types/**'],
    dts: false,
    // Without `node:` a bundler for browsers takes Node's modules for packages that are missing.
    removeNodeProtocol: false,
    silent: true,
    // tsup leaves `dependencies` out of the bundle by itself, but not the optional ones.
    external: Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).optionalDependencies ?? {}),
    ...options,
  })
