import { readFileSync, writeFileSync } from 'node:fs';
import { namedCalls } from './counts.ts';
import { type Gate, openGate } from './daemon/gates.ts';
import type { Mistake } from './facts.ts';
import { type Scene, statusWhen } from './scene.ts';

/** Somebody saves the file with a mistake; the worker goes on; somebody mends it. The worker then goes on from there. */
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
  telling.line(`Somebody saves midturn.jsonc with a mistake in line ${mistake.line}`, 'red');
  const reported = await report(scene);
  openGate('pack', daemon);
  await reached('sign');
  const mendedAt = Date.now();
  writeFileSync(config, good);
  const normalAt = (await statusWhen(scene, ({ mode }) => mode === 'normal')) ? Date.now() : null;
  if (normalAt !== null) telling.line('The file is mended, and the status is normal again', 'green');
  return { ...mistake, reported, mendedAt, normalAt };
}

async function report(scene: Scene): Promise<Mistake['reported']> {
  const status = await statusWhen(scene, ({ mode }) => mode === 'degraded');
  const [problem] = status?.config.problem?.problems ?? [];
  if (!status || !problem) return null;
  const { line, column, message } = problem;
  const place = `midturn.jsonc:${line}:${column}`;
  scene.telling.line(
    `Status: degraded. ${place}: ${message}; revision ${status.revision.number} goes on`,
    'yellow',
  );
  return { at: Date.now(), place, line };
}

function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length;
}
