import { openGate } from './daemon/gates.ts';
import type { Facts } from './facts.ts';
import { followChanges } from './follow-changes.ts';
import { killEverything, killGeneration } from './kills.ts';
import { makeMistake } from './mistake.ts';
import type { Scene } from './scene.ts';

/** Disturbs the daemon while the worker works: two configuration changes, two kills, and a broken configuration file. */
export async function disturb(scene: Scene): Promise<Pick<Facts, 'kills' | 'mistake'>> {
  await followChanges(scene);
  const first = await killGeneration(scene);
  openGate('tests', scene.daemon);
  const mistake = await makeMistake(scene);
  const second = await killEverything(scene, () => openGate('sign', scene.daemon));
  return { kills: [first, second], mistake };
}
