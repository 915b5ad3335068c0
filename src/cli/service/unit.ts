export interface UnitOptions {
  /** Absolute path of the Node executable; `script` is the absolute path of the command line's module. */
  node: string;
  script: string;
  home: string;
  /** The installer's PATH, so that tools and MCP servers find programs that a version manager put there. */
  path: string;
  /** Milliseconds that the daemon may take to stop (`Budgets.serviceStop`). */
  stopTimeout: number;
  /** `user` runs under the service manager of one user; `system` starts at boot for the whole machine. */
  scope: 'user' | 'system';
}

/**
 * Renders the systemd unit. `KillMode=process`, because shell jobs outlive a stop and the next start picks them up.
 * `RestartPreventExitStatus=78`, because another start with the same configuration cannot succeed. `NotifyAccess=all`,
 * because a child process, `systemd-notify`, sends the notifications.
 */
export function renderUnit({ node, script, home, path, stopTimeout, scope }: UnitOptions): string {
  return `[Unit]
Description=Midturn: LLM agent sessions that survive every restart
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
NotifyAccess=all
${renderPath(path)}ExecStart=${[node, script, 'up', '--home', home].map(quoteArgument).join(' ')}
ExecReload=/bin/kill -HUP $MAINPID
KillMode=process
Restart=on-failure
RestartSec=1
RestartPreventExitStatus=78
TimeoutStartSec=120
TimeoutStopSec=${Math.ceil(stopTimeout / 1000)}
WatchdogSec=60
UMask=0077

[Install]
WantedBy=${scope === 'user' ? 'default.target' : 'multi-user.target'}
`;
}

/** Renders the PATH line with absolute folders only: a service has no working folder to resolve relative ones. */
function renderPath(path: string): string {
  const folders = path.split(':').filter((folder) => folder.startsWith('/') && !/\p{Cc}/u.test(folder));
  const value = [...new Set(folders)]
    .join(':')
    .replaceAll('%', '%%')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"');
  return value === '' ? '' : `Environment="PATH=${value}"\n`;
}

/** Quotes an argument for systemd: percent signs would be specifiers, and spaces would split it. */
function quoteArgument(word: string): string {
  const escaped = word
    .replaceAll('%', '%%')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('$', '$$$$');
  return /[\s"'\\]/.test(word) ? `"${escaped}"` : escaped;
}
