/** The maximum size of a single message from a server, in bytes; a larger one ends the connection. */
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
