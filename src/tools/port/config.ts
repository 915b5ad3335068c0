/** Configuration of the built-in tools. Durations are in milliseconds, sizes in bytes, and paths are absolute. */
export interface ToolsConfig {
  shell: ShellConfig;
  files: FilesConfig;
  http: HttpToolConfig;
  config: { enabled: boolean };
}

export interface ShellConfig {
  enabled: boolean;
  /** Time limit of a command when the call does not specify one, in milliseconds. */
  timeout: number;
  /** Most output that a command may print, in bytes; a command that prints more is ended. */
  outputLimit: number;
  /** Variables that are added to the clean environment of every command. */
  env: Record<string, string>;
  /** Folder where commands start when the call does not specify one; created when it is missing. */
  cwd: string;
  /** With `bubblewrap`, a command sees only the system, its own folders and the roots of the file tools. */
  sandbox: 'none' | 'bubblewrap';
  /** Whether a command in the sandbox can reach the network. */
  network: boolean;
}

export interface FilesConfig {
  enabled: boolean;
  /** Folders that the file tools may touch. Relative paths start at the first one, which is created when missing. */
  roots: string[];
  /** Most text that one call of `read_file` returns, in bytes. */
  readLimit: number;
}

export interface HttpToolConfig {
  enabled: boolean;
  /**
   * Hosts that requests may go to. Rules:
   *   1. An entry is a name, an address, `*.suffix` (every subdomain, such as `*.example.com`), or `*` for
   *      every host.
   *   2. An empty list means `*`.
   *   3. A loopback, link-local or private address is reached only through an entry other than `*`; example:
   *      `localhost`.
   */
  allow: string[];
  /** Time limit of a whole request in milliseconds, redirects included. */
  timeout: number;
  /** Most bytes that are read of a response body; the rest is cut off. */
  maxBytes: number;
}
