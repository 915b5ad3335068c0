import { readFileSync, writeFileSync } from 'node:fs';
import { namedCalls } from './counts.ts';
import { type Gate, openGate } from './daemon/gates.ts';
import type { Mistake } from './facts.ts';
import { type Scene, statusWhen } from './scene.ts';

/**
 * Saves the configuration file with a mistake while the worker continues, and fixes it after the worker has reached its
 * next gate. Resolves with what the daemon reported meanwhile.
 */
export async function makeMistake(scene: Scene): Promise<Mistake> {
  const { daemon, watch, telling } = scene;
  const { config } = daemon.home;
  const reached = (gate: Gate) =>
    watch.known((events) => [...namedCalls(events).values()].includes(gate) || undefined);
  await reached('pack');
  const good = readFileSync(config, 'utf8');
  const spoiled = good.replace('"logging": {', '"logging" {');
  const mistake = { line: lineOf(spoiled, '"logging" {'), savedAt: Date.now() };
  writeFileSync(config, spoiled);
  telling.line(`An operator saves midturn.jsonc with a syntax error in line ${mistake.line}`, 'red');
  const reported = await report(scene);
  openGate('pack', daemon);
  await reached('sign');
  const mendedAt = Date.now();
  writeFileSync(config, good);
  const normalAt = (await statusWhen(scene, ({ mode }) => mode === 'normal')) ? Date.now() : null;
  if (normalAt !== null) telling.line('The operator fixes the file, and the status is normal again', 'green');
  return { ...mistake, reported, mendedAt, normalAt };
}

async function report(scene: Scene): Promise<Mistake['reported']> {
  const status = await statusWhen(scene, ({ mode }) => mode === 'degraded');
  const [problem] = status?.config.problem?.problems ?? [];
  if (!status || !problem) return null;
  const { line, column, message } = problem;
  const place = `midturn.jsonc:${line}:${column}`;
  scene.telling.line(
    `Degraded: ${place}: ${message}; revision ${status.revision.number} is still active`,
    'yellow',
  );
  return { at: Date.now(), place, line };
}

function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length;
}
