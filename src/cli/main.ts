#!/usr/bin/env node
/**
 * Entry point of `midturn`: prints one sentence when Node is too old, and otherwise runs the command line. The syntax is
 * limited to what Node 12 parses, because older versions fail on the other modules; the build copies it unchanged.
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
