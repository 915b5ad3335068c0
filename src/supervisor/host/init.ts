/**
 * What pid 1 of a container has to do: forward signals to the daemon, and collect processes whose parents have gone
 * (shell jobs outlive the generation that began them). Node cannot wait for processes that it did not start; a shell
 * does so whenever it waits. `kill -0` fails once the daemon was waited for, so the last `wait` had its exit code.
 */
const INIT = `
"$@" &
daemon=$!
for signal in TERM INT HUP QUIT; do trap "kill -$signal $daemon 2>/dev/null" $signal; done
while kill -0 $daemon 2>/dev/null; do wait $daemon; code=$?; done
exit $code`;

/** As pid 1, makes a shell of this process that runs the same command as its child; elsewhere it does nothing. */
export function leavePid1(): void {
  if (process.pid !== 1 || !process.execve) return;
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.execve('/bin/sh', ['sh', '-c', INIT, 'sh', ...command], process.env);
}
