import { ExitCode, MidturnError } from './errors.ts';

/** A model name that leads to no configured provider, or to no script of a scripted one. */
export class UnknownModelError extends MidturnError {
  readonly code = 'unknown_model';
  readonly status = 400;
  override readonly exitCode = ExitCode.config;
  override readonly details: Record<string, unknown>;
  constructor(name: string, missing: 'provider' | 'script', known: readonly string[], nearest?: string) {
    const hint = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
    super(
      `There is no model "${name}": ${reasons[missing]}.${hint} Known: ${known.join(', ') || 'none'}. A model is named "<provider>/<model>".`,
    );
    this.details = { model: name, known, ...(nearest === undefined ? {} : { nearest }) };
  }
}

const reasons = {
  provider: 'no provider of that name is configured under "providers"',
  script: 'the scripted provider has no script of that name',
};

/** The provider wants credentials and the configuration has none. */
export class MissingApiKeyError extends MidturnError {
  readonly code = 'missing_api_key';
  readonly status = 400;
  override readonly exitCode = ExitCode.config;
  constructor(provider: string, variable: string) {
    super(
      `Provider "${provider}" has no API key. Set providers.${provider}.apiKey, for example to "\${env:${variable}}".`,
    );
  }
}

/** A provider's entry in the configuration cannot be used. */
export class ProviderConfigError extends MidturnError {
  readonly code = 'provider_config';
  readonly status = 400;
  override readonly exitCode = ExitCode.config;
  constructor(provider: string, key: string, why: string) {
    super(`Provider "${provider}" cannot be used: providers.${provider}.${key} ${why}.`);
  }
}

/** A proxy variable of the daemon's environment has a value that is no address. */
export class ProxyVariableError extends MidturnError {
  readonly code = 'proxy_variable';
  readonly status = 400;
  override readonly exitCode = ExitCode.config;
  constructor(variable: string, value: string) {
    const shown = value.replace(/\/\/[^@/]*@/, '//…@');
    super(
      `The environment variable ${variable} is "${shown}", which is no address of a proxy. Set it to an address such as "http://proxy.example.com:3128", or remove it, and start the daemon again.`,
    );
  }
}
