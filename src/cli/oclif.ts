/**
 * What the commands use of oclif. Its root module loads all of it, also what only plugins and generators need; these
 * sub-paths start faster.
 */
export * as Args from '@oclif/core/args';
export { Command } from '@oclif/core/command';
export * as Flags from '@oclif/core/flags';
