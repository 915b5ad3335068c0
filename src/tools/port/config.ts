/** What the built-in tools need to know. Durations are in milliseconds, sizes in bytes, paths are absolute. */
export interface ToolsConfig {
  shell: ShellConfig;
  files: FilesConfig;
  http: HttpConfig;
  config: { enabled: boolean };
}

export interface ShellConfig {
  enabled: boolean;
  /** How long a command may run when the call does not say. */
  timeout: number;
  /** A command that prints more than this is ended. */
  outputLimit: number;
  /** Added to the clean environment of every command. */
  env: Record<string, string>;
  /** Where commands start when the call does not say; created when it is missing. */
  cwd: string;
  /** `bubblewrap`: a command sees the system, its own folders and nothing else; see `roots`. */
  sandbox: 'none' | 'bubblewrap';
  /** Whether a command in the sandbox reaches the network. */
  network: boolean;
}

export interface FilesConfig {
  enabled: boolean;
  /** Folders that the file tools may touch; relative paths start at the first one, which is created when missing. */
  roots: string[];
  /** Most text that `read_file` returns at once. */
  readLimit: number;
}

export interface HttpConfig {
  enabled: boolean;
  /**
   * Hosts that may be asked: names, addresses, `*.suffix`, or `*` for every host. Empty means `*`. A loopback,
   * link-local or private address is reached only through an entry other than `*`.
   */
  allow: string[];
  /** Time for a whole request, redirects included. */
  timeout: number;
  /** Most of a response that is read. */
  maxBytes: number;
}
