import { ANY, couldFit, covers, type Glob } from './glob.ts';
import { type Kind, textAt } from './kind.ts';

const METHODS = ['GET', 'HEAD', 'PUT', 'DELETE', 'POST', 'PATCH'];
const SHAPE = /^(?:([A-Z]+) )?(\[[\da-f:.]+\]|[^\s:/\\?#@[\]]+)(?::(\d{1,5}))?$/i;

/** Patterns for hosts of requests: `*.example.com`, optionally with a method before and a port after it. */
export const hosts: Kind = {
  argument: 'url',
  pattern(text) {
    const [, method, host, port] = SHAPE.exec(text) ?? [];
    if (host === undefined)
      return 'a pattern is a host such as "*.example.com", "GET api.example.com" or "localhost:8080"';
    if (method !== undefined && !METHODS.includes(method)) return `the methods are ${METHODS.join(', ')}`;
    const glob = [...part(method), ' ', ...part(plain(host)), ':', ...part(port)];
    return {
      globs: [glob],
      matches(input) {
        const address = addressOf(input);
        return address !== undefined && covers(glob, address);
      },
      could: (input) => couldFit(glob, addressOf(input) ?? [ANY]),
    };
  },
  narrow: (input) => addressOf(input)?.join(''),
};

function part(text: string | undefined): Glob {
  return text === undefined ? [ANY] : text.split('').map((char) => (char === '*' ? ANY : char));
}

/** Returns the target of a call, such as `GET api.example.com:443`, in the spelling that the request will use. */
function addressOf(input: unknown): Glob | undefined {
  const url = URL.parse(textAt(input, 'url') ?? '');
  const method = textAt(input, 'method') ?? 'GET';
  if (!url?.hostname || !METHODS.includes(method)) return undefined;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return `${method} ${plain(url.hostname)}:${port}`.split('');
}

function plain(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
