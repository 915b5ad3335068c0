import { ExitCode, MidturnError } from './errors.ts';

/** Reports a model name whose provider is not configured, or whose script the scripted provider does not have. */
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

/**
 * Reports that a provider requires an API key and the configuration has none; `variable` is the usual environment
 * variable.
 */
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

/** Reports a configuration of a provider that cannot be used; `key` is relative to the entry of the provider. */
export class ProviderConfigError extends MidturnError {
  readonly code = 'provider_config';
  readonly status = 400;
  override readonly exitCode = ExitCode.config;
  constructor(provider: string, key: string, why: string) {
    super(`Provider "${provider}" cannot be used: providers.${provider}.${key} ${why}.`);
  }
}

/**
 * Reports a proxy variable in the daemon's environment whose value is not an address; credentials in it are masked.
 */
export class ProxyVariableError extends MidturnError {
  readonly code = 'proxy_variable';
  readonly status = 400;
  override readonly exitCode = ExitCode.config;
  constructor(variable: string, value: string) {
    const shown = value.replace(/\/\/[^@/]*@/, '//…@');
    super(
      `The environment variable ${variable} is "${shown}", which is not the address of a proxy. Set it to an address such as "http://proxy.example.com:3128", or remove it, and start the daemon again.`,
    );
  }
}
