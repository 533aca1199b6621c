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
    clean: ['dist/*.js', 'dist/*.map'],
    dts: false,
    silent: true,
    ...options,
  })
