import type { ShellConfig } from '../../../src/tools/shell/config.ts';

export const SHELL: Omit<ShellConfig, 'cwd'> = {
  enabled: true,
  timeout: 30_000,
  outputLimit: 100_000,
  env: {},
  sandbox: 'none',
  network: false,
};
