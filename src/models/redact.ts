/**
 * Takes credentials out of words that came from outside: the given ones exactly, and whatever looks like one.
 * Providers echo keys in their error messages.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const exact = secrets
    .filter((secret) => secret.length >= 4)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    .toSorted((a, b) => b.length - a.length);
  return (text) => redactPatterns(exact.reduce((clean, secret) => clean.replaceAll(secret, HIDDEN), text));
}

const HIDDEN = '[redacted]';

const patterns: readonly [RegExp, string][] = [
  [/\b(Bearer|Basic)\s+[^\s"',;]{4,}/gi, `$1 ${HIDDEN}`],
  [
    /\b(authorization|x-api-key|x-goog-api-key|api[-_]?key)(["']?\s*[:=]\s*["']?)(?!Bearer|Basic)[^\s"',;&]+/gi,
    `$1$2${HIDDEN}`,
  ],
  [/([?&](?:key|token|access_token)=)[^\s"'&]+/gi, `$1${HIDDEN}`],
  [/\b(?:sk|pk|rk)-[\w*.-]{6,}|\b(?:gsk|xai|hf|r8)[_-][\w*]{8,}|\bAIza[\w*-]{8,}/g, HIDDEN],
  [/(\/\/)[^\s/@:]+:[^\s/@]+@/g, `$1${HIDDEN}@`],
];

function redactPatterns(text: string): string {
  return patterns.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);
}
