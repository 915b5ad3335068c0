import { MidturnError } from './errors.ts';

/**
 * Reports that a tool was called while its MCP server was unavailable. Nothing was sent, so the call is safe to
 * repeat.
 */
export class McpUnavailableError extends MidturnError {
  readonly code = 'mcp_unavailable';
  readonly status = 503;
  constructor(server: string, why: string) {
    super(`Not run: the MCP server "${server}" ${why}. Nothing was sent to it.`);
  }
}

/** Reports a message of an MCP server that is longer than `limit` bytes; the connection is closed. */
export class McpMessageTooLongError extends MidturnError {
  readonly code = 'mcp_message_too_long';
  readonly status = 502;
  constructor(limit: number) {
    super(`it sent a message of more than ${limit} bytes`);
  }
}

/** Reports that an MCP server does not read its input, while `waiting` bytes are buffered for it. */
export class McpNotReadingError extends MidturnError {
  readonly code = 'mcp_not_reading';
  readonly status = 502;
  constructor(waiting: number) {
    super(`it does not read: ${waiting} bytes wait to be written`);
  }
}

/** Reports that the working directory of an MCP server is a file, or does not exist and cannot be made. */
export class McpFolderError extends MidturnError {
  readonly code = 'mcp_folder';
  readonly status = 500;
  constructor(folder: string, why: string) {
    super(`there is no folder ${folder} to run it in (${why})`);
  }
}

/** Reports that the system refused to start the process of an MCP server, for example because of a process limit. */
export class McpProcessError extends MidturnError {
  readonly code = 'mcp_process';
  readonly status = 500;
  constructor() {
    super('the system did not let its process start');
  }
}

/** Reports that an MCP server closed its output although its process still runs, so that it can send nothing. */
export class McpOutputClosedError extends MidturnError {
  readonly code = 'mcp_output_closed';
  readonly status = 502;
  constructor() {
    super('it closed its output');
  }
}

/** Reports a batch of an MCP server with more messages than are read; the whole batch is ignored. */
export class McpBatchTooLongError extends MidturnError {
  readonly code = 'mcp_batch_too_long';
  readonly status = 502;
  constructor(messages: number, most: number) {
    super(`it sent a batch of ${messages} messages; at most ${most} are read`);
  }
}
