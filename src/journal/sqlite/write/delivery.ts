/** Message to the writer thread: store this input in the inbox of a session. */
export interface DeliverOperation {
  kind: 'deliver';
  session: string;
  agent: string;
  input: string;
  at: number;
  v: number;
  body: string;
  /** Id of the approval that the input decides; null when it is not a decision. */
  decides: string | null;
}
