/** An input on its way into an inbox, as the writer thread is told of it. */
export interface DeliverOperation {
  kind: 'deliver';
  session: string;
  agent: string;
  input: string;
  at: number;
  v: number;
  body: string;
  /** The question that the input decides; null when it is no decision. */
  decides: string | null;
}
