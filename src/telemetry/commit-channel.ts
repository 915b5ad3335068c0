/**
 * Diagnostics channel (node:diagnostics_channel) on which the journal publishes how many milliseconds a write took,
 * from handing it over until it was on disk. It is published only while something subscribes.
 */
export const COMMIT_CHANNEL = 'midturn:journal:commit';
