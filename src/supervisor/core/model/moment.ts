/** The time of an event. It is an argument of every decision, because the core has no clock. */
export interface Moment {
  /** Milliseconds since the epoch, for reports. */
  date: number;
  /** Milliseconds of a monotonic clock, for durations. */
  clock: number;
}
