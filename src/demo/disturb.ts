import { openGate } from './daemon/gates.ts';
import type { DemoFacts } from './facts.ts';
import { followChanges } from './follow-changes.ts';
import { playFullKill, playGenerationKill } from './kills.ts';
import { playMistake } from './mistake.ts';
import type { Scene } from './scene.ts';

/** Disturbs the daemon while the worker works: two configuration changes, two kills, and a broken configuration file. */
export async function disturbDaemon(scene: Scene): Promise<Pick<DemoFacts, 'kills' | 'mistake'>> {
  await followChanges(scene);
  const first = await playGenerationKill(scene);
  openGate('tests', scene.daemon);
  const mistake = await playMistake(scene);
  const second = await playFullKill(scene, () => openGate('sign', scene.daemon));
  return { kills: [first, second], mistake };
}
