export interface UnitOptions {
  /** Absolute paths of Node and of the command line's module. */
  node: string;
  script: string;
  home: string;
  /** The installer's PATH; what a version manager put there is then found by tools and MCP servers too. */
  path: string;
  /** Milliseconds that the daemon may take to stop (`Budgets.serviceStop`). */
  stopTimeout: number;
  /** `user` runs with the person's own manager, `system` at boot. */
  scope: 'user' | 'system';
}

/**
 * A systemd unit. `KillMode=process`: shell jobs outlive a stop and are picked up by the next start. Exit code 78 says
 * that another start cannot succeed. `NotifyAccess=all`: notifications are sent by `systemd-notify`.
 */
export function unitFile({ node, script, home, path, stopTimeout, scope }: UnitOptions): string {
  return `[Unit]
Description=Midturn: LLM agent sessions that survive every restart
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
NotifyAccess=all
${environment(path)}ExecStart=${[node, script, 'up', '--home', home].map(quoted).join(' ')}
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

/** Absolute folders only: a service has no folder of its own that the others would be relative to. */
function environment(path: string): string {
  const folders = path.split(':').filter((folder) => folder.startsWith('/') && !/\p{Cc}/u.test(folder));
  const value = [...new Set(folders)]
    .join(':')
    .replaceAll('%', '%%')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"');
  return value === '' ? '' : `Environment="PATH=${value}"\n`;
}

/** As systemd reads it: percent signs are specifiers, and quotes keep spaces. */
function quoted(word: string): string {
  const escaped = word
    .replaceAll('%', '%%')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('$', '$$$$');
  return /[\s"'\\]/.test(word) ? `"${escaped}"` : escaped;
}
