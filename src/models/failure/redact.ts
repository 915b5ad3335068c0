import { createMask, MASK } from '../../util/mask.ts';

/**
 * Creates a function that masks credentials in foreign text, because providers echo keys in their error messages:
 *   1. Every given secret of at least six characters is masked exactly: with the secret "hunter22", `key hunter22 is wrong` becomes `key
 *      [redacted] is wrong`.
 *   2. Text that looks like a credential is masked even when it is unknown: `Bearer abcd1234` becomes `Bearer
 *      [redacted]`, and `sk-abcdef123` becomes `[redacted]`.
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const mask = createMask(secrets);
  return (text) => redactPatterns(mask(text));
}

const patterns: readonly [RegExp, string][] = [
  [/\b(Bearer|Basic)\s+[^\s"',;]{4,}/gi, `$1 ${MASK}`],
  [
    /\b(authorization|x-api-key|x-goog-api-key|api[-_]?key)(["']?\s*[:=]\s*["']?)(?!Bearer|Basic)[^\s"',;&]+/gi,
    `$1$2${MASK}`,
  ],
  [/([?&](?:key|token|access_token)=)[^\s"'&]+/gi, `$1${MASK}`],
  [/\b(?:sk|pk|rk)-[\w*.-]{6,}|\b(?:gsk|xai|hf|r8)[_-][\w*]{8,}|\bAIza[\w*-]{8,}/g, MASK],
  [/(\/\/)[^\s/@:]+:[^\s/@]+@/g, `$1${MASK}@`],
];

function redactPatterns(text: string): string {
  return patterns.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);
}
