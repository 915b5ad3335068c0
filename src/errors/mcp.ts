import { MidturnError } from './errors.ts';

/** A tool of an MCP server was called and the server could not be asked. Nothing was sent. */
export class McpUnavailableError extends MidturnError {
  readonly code = 'mcp_unavailable';
  readonly status = 503;
  constructor(server: string, why: string) {
    super(`Not run: the MCP server "${server}" ${why}. Nothing was sent to it.`);
  }
}

/** An MCP server sent a message that is longer than we read. */
export class McpMessageTooLongError extends MidturnError {
  readonly code = 'mcp_message_too_long';
  readonly status = 502;
  constructor(limit: number) {
    super(`it sent a message of more than ${limit} bytes`);
  }
}

/** An MCP server does not read what it is sent. */
export class McpNotReadingError extends MidturnError {
  readonly code = 'mcp_not_reading';
  readonly status = 502;
  constructor(waiting: number) {
    super(`it does not read: ${waiting} bytes wait to be written`);
  }
}

/** The folder that a configured MCP server is to run in is a file, or cannot be made. */
export class McpFolderError extends MidturnError {
  readonly code = 'mcp_folder';
  readonly status = 500;
  constructor(folder: string, why: string) {
    super(`there is no folder ${folder} to run it in (${why})`);
  }
}

/** The system did not let the process of an MCP server start. */
export class McpProcessError extends MidturnError {
  readonly code = 'mcp_process';
  readonly status = 500;
  constructor() {
    super('the system did not let its process start');
  }
}

/** An MCP server can say nothing any more although its process is there. */
export class McpOutputClosedError extends MidturnError {
  readonly code = 'mcp_output_closed';
  readonly status = 502;
  constructor() {
    super('it closed its output');
  }
}

/** An MCP server sent more messages in one batch than are read. */
export class McpBatchTooLongError extends MidturnError {
  readonly code = 'mcp_batch_too_long';
  readonly status = 502;
  constructor(messages: number, most: number) {
    super(`it sent a batch of ${messages} messages; at most ${most} are read`);
  }
}
