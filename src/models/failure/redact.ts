import { createMask, MASK } from '../../util/mask.ts';

/**
 * Takes credentials out of words that came from outside: the given ones exactly, and whatever looks like one.
 * Providers echo keys in their error messages.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
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
