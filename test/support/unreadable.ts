/** Contents of a configuration file that no reader takes for text, although an operator's settings are in them. */
export const UNREADABLE: readonly (readonly [what: string, contentOf: (source: string) => Uint8Array])[] = [
  ['one Latin-1 character', (source) => Buffer.from(`// f\u00fcr alle\n${source}`, 'latin1')],
  ['UTF-16', (source) => Buffer.from(`\uFEFF${source}`, 'utf16le')],
  ['over the size limit', (source) => Buffer.from(source + ' '.repeat(1024 * 1024))],
];
