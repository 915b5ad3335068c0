#!/usr/bin/env node
/**
 * What `midturn` starts: says in one sentence when Node is too old, and else runs the command line. Written in syntax
 * that Node 12 reads, because the rest does not even parse there; the build leaves it as it is.
 */
const NEEDED = { major: 24, minor: 15 };
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > NEEDED.major || (major === NEEDED.major && minor >= NEEDED.minor)) {
  void import('./run.ts');
} else {
  process.stderr.write(
    'midturn: Node.js ' +
      process.versions.node +
      ' (' +
      process.execPath +
      ') is too old; Midturn needs ' +
      NEEDED.major +
      '.' +
      NEEDED.minor +
      ' or newer. Install it from https://nodejs.org, then try again.\n',
  );
  process.exitCode = 1;
}
