/** Maximum length of the path of a unix socket in bytes: the size of the kernel field without the final NUL. */
export const SOCKET_PATH_BYTES = process.platform === 'linux' ? 107 : 103;
