/** Address of a daemon: its unix socket, which needs no token, or a URL with a token. */
export type Target = { socketPath: string } | { url: string; token?: string };

/** Returns the address as it appears in messages to users. */
export function describeTarget(target: Target): string {
  return 'socketPath' in target ? target.socketPath : target.url;
}
