import { readFileSync, writeFileSync } from 'node:fs';
import { type Gate, openGate } from './daemon/gates.ts';
import type { ConfigMistake } from './facts.ts';
import { listCalls } from './journal.ts';
import { type Scene, waitForStatus } from './scene.ts';
import { findCallName } from './story.ts';

/**
 * Saves the configuration file with a mistake while the worker continues, and fixes it after the worker has reached its
 * next gate. Resolves with what the daemon reported meanwhile.
 */
export async function playMistake(scene: Scene): Promise<ConfigMistake> {
  const { daemon, watcher: watch, printer: telling } = scene;
  const { config } = daemon.home;
  const reached = (gate: Gate) =>
    watch.waitFor((seen) => listCalls(seen).some(({ input }) => findCallName(input) === gate) || undefined);
  await reached('pack');
  const good = readFileSync(config, 'utf8');
  const spoiled = good.replace('"logging": {', '"logging" {');
  const mistake = { line: findLine(spoiled, '"logging" {'), savedAt: Date.now() };
  writeFileSync(config, spoiled);
  telling.printLine(`An operator saves midturn.jsonc with a syntax error in line ${mistake.line}`, 'red');
  const reported = await reportMistake(scene);
  openGate('pack', daemon);
  await reached('sign');
  const mendedAt = Date.now();
  writeFileSync(config, good);
  const normalAt = (await waitForStatus(scene, ({ mode }) => mode === 'normal')) ? Date.now() : null;
  if (normalAt !== null)
    telling.printLine('The operator fixes the file, and the status is normal again', 'green');
  return { ...mistake, reported, fixedAt: mendedAt, normalAt };
}

async function reportMistake(scene: Scene): Promise<ConfigMistake['reported']> {
  const status = await waitForStatus(scene, ({ mode }) => mode === 'degraded');
  const [problem] = status?.config.problem?.problems ?? [];
  if (!status || !problem) return null;
  const { line, column, message } = problem;
  const place = `midturn.jsonc:${line}:${column}`;
  scene.printer.printLine(
    `Degraded: ${place}: ${message}; revision ${status.revision.number} is still active`,
    'yellow',
  );
  return { at: Date.now(), place, line };
}

function findLine(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length;
}
