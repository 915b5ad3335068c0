import { mkdirSync } from 'node:fs';
import { formatAddress } from '../../config/address.ts';
import { loadConfig } from '../../config/load.ts';
import { redactor } from '../../config/redact.ts';
import { leavePid1 } from '../../supervisor/init.ts';
import { runSupervisor } from '../../supervisor/supervisor.ts';
import { createLogger } from '../../telemetry/log.ts';
import type { Cli } from '../context.ts';

/** Runs the daemon until it is stopped. Throws ConfigError, or the errors of `runSupervisor`. */
export async function up({ home }: Cli): Promise<void> {
  leavePid1();
  const { config, secrets } = loadConfig(home);
  mkdirSync(home.root, { recursive: true, mode: 0o700 });
  const { exitCode } = await runSupervisor({
    home,
    listen: formatAddress(config.listen),
    drainCap: config.handover.drainCap,
    log: createLogger({ ...config.logging, redact: redactor(secrets) }),
  });
  process.exitCode = exitCode;
}
