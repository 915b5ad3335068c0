import type { Input } from '../core/model/events.ts';

/** An input on its way into a session's inbox. */
export interface Delivery {
  session: string;
  /** Used when the delivery creates the session; ignored otherwise. */
  agent: string;
  input: Input;
  /** Milliseconds since the epoch. */
  at: number;
}

export interface Receipt {
  session: string;
  input: string;
  /** Position of the session when the input was first stored: all that the input causes comes after it. */
  seq: number;
  duplicate: boolean;
}
