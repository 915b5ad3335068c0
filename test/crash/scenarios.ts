import { approverScenarios, liveScenario } from './scenarios/people.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { workScenarios } from './scenarios/work.ts';

/** The scenarios in which a daemon is killed at every write, and hands over at every step. */
export const scenarios: Scenario[] = [...workScenarios, ...approverScenarios];

/** The scenarios that a handover may change; a question of a running call does not survive it. */
export const crashScenarios: Scenario[] = [...scenarios, liveScenario];
