/** Where a daemon listens. The unix socket needs no token. */
export type Target = { socketPath: string } | { url: string; token?: string };

/** How the target is called in messages to people. */
export function nameOf(target: Target): string {
  return 'socketPath' in target ? target.socketPath : target.url;
}
