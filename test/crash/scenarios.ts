import { liveScenario, peopleScenarios } from './scenarios/people.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { workScenarios } from './scenarios/work.ts';

/** Those in which a daemon is killed at every write, and hands over at every step. */
export const scenarios: Scenario[] = [...workScenarios, ...peopleScenarios];

/** Those in which a handover makes a difference: a question of a running call does not wait for it. */
export const crashScenarios: Scenario[] = [...scenarios, liveScenario];
