import { Worker } from 'node:worker_threads';
import type { Crowd } from './crowd.ts';

/** Starts the thread of many followers; what it does with the bytes must not slow down the thread that measures. */
export function startCrowd(crowd: Crowd): Worker {
  return new Worker(new URL('./crowd.ts', import.meta.url), { workerData: crowd });
}

/** Resolves when the crowd says this. */
export function hearCrowd(crowd: Worker, what: 'connected' | 'caught up'): Promise<void> {
  return new Promise((resolve) => {
    crowd.on('message', (message) => {
      if (message === what) resolve();
    });
  });
}
