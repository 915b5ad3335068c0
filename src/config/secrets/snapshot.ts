/**
 * The values that the references of a text had when it was checked; with them, the same configuration can run again
 * later.
 */
export interface ReferenceSnapshot {
  /** Values of environment variables, by name. */
  env: Record<string, string>;
  /** Contents of files, by absolute path: those of `${file:…}`, and instructions that are kept in files. */
  files: Record<string, string>;
}
