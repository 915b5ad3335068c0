/** The longest message of a server that is read, in bytes. */
export const MESSAGE_LIMIT = 8 * 1024 * 1024;
