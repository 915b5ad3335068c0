/**
 * Names of which one generation at a time is the holder, such as the connection to a platform that allows only
 * one. A lease depends on no clock: it ends when its holder releases it, leaves without keeping it
 * (`Ownership.startLeaving`), or is ended because its process is gone.
 */
export interface Leases {
  /**
   * Takes a lease that is free or already belongs to this generation. Rejects with LeaseNotHeldError when another
   * generation holds it, or when this generation has ended or is leaving.
   */
  acquireLease(name: string, generation: number): Promise<void>;
  /** Gives a lease back; does nothing when this generation does not hold it. */
  releaseLease(name: string, generation: number): Promise<void>;
  /** Resolves with the generation that holds the lease, or with null when it is free. */
  findLeaseHolder(name: string): Promise<number | null>;
}

/** Proof that an operation must give: the generation still holds this lease when the operation commits. */
export interface HeldLease {
  name: string;
  generation: number;
}
