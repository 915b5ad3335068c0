/** Longest path of a unix socket in bytes: the kernel's field, without the NUL at its end. */
export const SOCKET_PATH_BYTES = process.platform === 'linux' ? 107 : 103;
