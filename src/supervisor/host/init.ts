/**
 * Shell script that does the duties of pid 1 in a container: it forwards signals to the daemon and reaps processes
 * whose parents have gone (shell jobs outlive the generation that started them). Node cannot wait for processes
 * that it did not start; a shell does so whenever it waits. `kill -0` fails once the daemon has been waited for,
 * so the last `wait` returned its exit code.
 */
const INIT_SCRIPT = `
"$@" &
daemon=$!
for signal in TERM INT HUP QUIT; do trap "kill -$signal $daemon 2>/dev/null" $signal; done
while kill -0 $daemon 2>/dev/null; do wait $daemon; code=$?; done
exit $code`;

/**
 * Replaces this process by a shell that runs the same command as its child, when this process is pid 1; otherwise
 * does nothing.
 */
export function leavePid1(): void {
  if (process.pid !== 1 || !process.execve) return;
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.execve('/bin/sh', ['sh', '-c', INIT_SCRIPT, 'sh', ...command], process.env);
}
