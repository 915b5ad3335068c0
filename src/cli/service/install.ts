import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../config/check/load.ts';
import { computeBudgets } from '../../supervisor/process/budgets.ts';
import { print, printJson } from '../../terminal/output.ts';
import { entryPoint } from '../../util/entry.ts';
import type { CliContext } from '../kit/context.ts';
import { renderUnit } from './unit.ts';

export interface ServiceOptions {
  system?: boolean;
  print?: boolean;
}

/** Writes the systemd unit and prints the commands that enable it. It starts nothing: that is the operator's decision. */
export function installService(
  { home, json }: CliContext,
  { system = false, print: only = false }: ServiceOptions,
): void {
  const scope = system ? 'system' : 'user';
  const unit = renderUnit({
    node: process.execPath,
    script: fileURLToPath(entryPoint('cli/main')),
    home: home.root,
    path: process.env['PATH'] ?? '',
    stopTimeout: computeBudgets(loadConfig(home).config.handover).serviceStop,
    scope,
  });
  if (only) {
    process.stdout.write(unit);
    return;
  }
  const path = join(system ? '/etc/systemd/system' : userUnitFolder(), 'midturn.service');
  const replaced = existsSync(path);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, unit, { mode: 0o644 });
  const ctl = system ? 'systemctl' : 'systemctl --user';
  const next = [`${ctl} daemon-reload`, `${ctl} enable --now midturn`];
  if (json) {
    printJson({ path, replaced, next });
    return;
  }
  print(`${replaced ? 'Replaced' : 'Wrote'} ${path}. Next:`);
  for (const command of next) print(`  ${command}`);
  if (!system) print('  loginctl enable-linger      # keeps it running while you are logged out');
}

function userUnitFolder(): string {
  return join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'systemd', 'user');
}
