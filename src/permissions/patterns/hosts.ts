import { ANY, coversGlob, type Glob, mayFit } from './glob.ts';
import { getTextArgument, type PatternKind } from './kind.ts';

const METHODS = ['GET', 'HEAD', 'PUT', 'DELETE', 'POST', 'PATCH'];
const SHAPE = /^(?:([A-Z]+) )?(\[[\da-f:.]+\]|[^\s:/\\?#@[\]]+)(?::(\d{1,5}))?$/i;

/** Patterns for hosts of requests: `*.example.com`, optionally with a method before and a port after it. */
export function createHostPatterns(argument: string): PatternKind {
  const addressOf = (input: unknown) => readAddress(input, argument);
  return {
    argument,
    parsePattern(text) {
      const [, method, host, port] = SHAPE.exec(text) ?? [];
      if (host === undefined)
        return 'a pattern is a host such as "*.example.com", "GET api.example.com" or "localhost:8080"';
      if (method !== undefined && !METHODS.includes(method)) return `the methods are ${METHODS.join(', ')}`;
      const glob = [...globPart(method), ' ', ...globPart(normalizeHost(host)), ':', ...globPart(port)];
      return {
        globs: [glob],
        matches(input) {
          const address = addressOf(input);
          return address !== undefined && coversGlob(glob, address);
        },
        mayMatch: (input) => mayFit(glob, addressOf(input) ?? [ANY]),
      };
    },
    narrowPattern: (input) => addressOf(input)?.join(''),
  };
}

function globPart(text: string | undefined): Glob {
  return text === undefined ? [ANY] : text.split('').map((char) => (char === '*' ? ANY : char));
}

/** Returns the target of a call, such as `GET api.example.com:443`, in the spelling that the request will use. */
function readAddress(input: unknown, argument: string): Glob | undefined {
  const url = URL.parse(getTextArgument(input, argument) ?? '');
  const method = getTextArgument(input, 'method') ?? 'GET';
  if (!url?.hostname || !METHODS.includes(method)) return undefined;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return `${method} ${normalizeHost(url.hostname)}:${port}`.split('');
}

function normalizeHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
