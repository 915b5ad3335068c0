import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Job } from './job.ts';
import { MARKER } from './processes.ts';

/**
 * The job host: parent process of the command, in its own process session, so that it outlives our processes.
 * It is plain `sh`, passed as a whole on its command line, because a release may be replaced under a running
 * job.
 *   - `ln` is the latch: the host's identity appears atomically, or not at all when another host was first.
 *   - The identity is on disk before the command starts, and the output before the exit status.
 *   - TERM is caught, not ignored: the host lives on to report how the command reacted, and children inherit
 *     no handler.
 *   - The command starts from a subshell, so that the host's own messages about its death stay out of the
 *     output.
 *   - The host's files are accessible to the owner only; the command gets the umask it would have had without
 *     the host.
 *   - The host's working directory is the job's folder, so that the home may be moved while it runs.
 *   - On a full disk it waits until there is space for the exit status.
 */
const HOST = `
claim=host.$2 cwd=$3 path=$4
cd "$1" || exit 1
shift 4
mask=$(umask)
umask 077
start=0
if [ -r "/proc/$$/stat" ]; then
  read -r stat < "/proc/$$/stat"
  start=$(set -f; set -- \${stat##*) }; echo "\${20}")
fi
trap : TERM INT HUP
echo "$$ $start" > "$claim" || exit 1
sync "$claim"
if ! ln "$claim" host; then
  rm -f "$claim"
  exit 0
fi
rm -f "$claim"
sync .
exec 3>> output || exit 1
(umask "$mask"; cd "$cwd" 2>&3 || exit 126; PATH=$path exec "$@" < /dev/null >&3 2>&1 3>&-)
status=$?
sync output
until echo "$status" > exit.tmp && { sync exit.tmp; mv exit.tmp exit; }; do
  [ -e output ] || exit 1
  sleep 1
done
sync .
`;

/**
 * Starts a job host. A second host of the same job exits without running the command. `onEnd` is called when
 * this very process has ended or could not be started; it must not throw.
 */
export function startHost(job: Job, env: Record<string, string>, onEnd: () => void): void {
  const { command, cwd, interpreter, sandbox = [] } = job.record;
  const path = env['PATH'] ?? '';
  const program = [...sandbox, interpreter, '-c', '--', command];
  const args = ['-c', HOST, 'midturn-job', job.folder, randomUUID(), cwd, path, ...program];
  try {
    const host = spawn('/bin/sh', args, {
      detached: true,
      stdio: 'ignore',
      cwd: '/',
      // The host's own commands come from our PATH, whatever PATH the configuration sets for the command.
      env: { ...env, PATH: process.env['PATH'] ?? path, [MARKER]: job.key },
    });
    host.once('error', onEnd);
    host.once('exit', onEnd);
    host.unref();
  } catch {
    onEnd();
  }
}
