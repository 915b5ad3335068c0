import { ProxyVariableError } from '../../errors/models.ts';

/** A proxy that the environment names. */
export interface Proxy {
  variable: string;
  url: string;
}

/** How the environment leads out, as `curl` and most programs read it: the lower-case variable counts first. */
export interface Proxies {
  http?: Proxy;
  https?: Proxy;
  /** Hosts that are reached directly, in the notation of `NO_PROXY`; this machine always is. */
  direct: string;
}

type Environment = Readonly<NodeJS.ProcessEnv>;

/** Reads the proxy variables. Throws ProxyVariableError when a value is no address of a proxy. */
export function readProxies(env: Environment): Proxies {
  const http = readProxy(env, 'http_proxy');
  const https = readProxy(env, 'https_proxy') ?? http;
  const direct = (env['no_proxy'] ?? env['NO_PROXY'] ?? '').trim();
  return {
    ...(http ? { http } : {}),
    ...(https ? { https } : {}),
    direct: direct === '*' ? direct : [direct, ...LOCAL].join(','),
  };
}

/** A proxy elsewhere cannot reach what listens here. */
const LOCAL = ['localhost', '127.0.0.1', '[::1]'];

function readProxy(env: Environment, lower: string): Proxy | undefined {
  const variable = env[lower] === undefined ? lower.toUpperCase() : lower;
  const value = env[variable]?.trim();
  if (!value) return undefined;
  const url = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(url) || !/^(?:https?|socks5?):$/.test(new URL(url).protocol))
    throw new ProxyVariableError(variable, value);
  return { variable, url };
}

/** Names the proxy that a request to `url` may have taken, for the reason of a failure; empty without one. */
export function describeProxy({ http, https }: Proxies, url: string): string {
  const { protocol, hostname } = new URL(url);
  const proxy = protocol === 'https:' ? https : http;
  if (!proxy || LOCAL.includes(hostname)) return '';
  const { host } = new URL(proxy.url);
  return ` (${proxy.variable} leads to the proxy ${host}, unless NO_PROXY names ${hostname})`;
}
