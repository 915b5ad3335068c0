import { ProxyVariableError } from '../../errors/models.ts';

/** A proxy, with the environment variable that names it. */
export interface EnvironmentProxy {
  variable: string;
  url: string;
}

/** The proxies of the environment, read like `curl` does: the lower-case variable has precedence. */
export interface Proxies {
  http?: EnvironmentProxy;
  https?: EnvironmentProxy;
  /** Hosts to reach directly, in the notation of `NO_PROXY`; the local machine is always included. */
  direct: string;
}

type Environment = Readonly<NodeJS.ProcessEnv>;

/** Reads the proxy variables. Throws ProxyVariableError when a value is not the address of a proxy. */
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

/** Hosts of the local machine, which a remote proxy cannot reach. */
const LOCAL = ['localhost', '127.0.0.1', '[::1]'];

function readProxy(env: Environment, lower: string): EnvironmentProxy | undefined {
  const variable = env[lower] === undefined ? lower.toUpperCase() : lower;
  const value = env[variable]?.trim();
  if (!value) return undefined;
  const url = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(url) || !/^(?:https?|socks5?):$/.test(new URL(url).protocol))
    throw new ProxyVariableError(variable, value);
  return { variable, url };
}

/** Describes the proxy that a request to `url` may have used, for error messages; empty without a proxy. */
export function describeProxy({ http, https }: Proxies, url: string): string {
  const { protocol, hostname } = new URL(url);
  const proxy = protocol === 'https:' ? https : http;
  if (!proxy || LOCAL.includes(hostname)) return '';
  const { host } = new URL(proxy.url);
  return ` (${proxy.variable} leads to the proxy ${host}, unless NO_PROXY names ${hostname})`;
}
