import { createHash } from 'node:crypto';
import { ConfigError, type ConfigProblem } from '../../errors/config.ts';
import type { Home } from '../../util/home.ts';
import { createMask } from '../../util/mask.ts';
import { abbreviateText } from '../../util/text.ts';
import { type ConfigKey, listKeys } from '../fields/keys.ts';
import {
  describeIssue,
  type Finding,
  formatConfigPath,
  MAX_FINDINGS,
  toFindings,
} from '../fields/problems.ts';
import { canonicalJson, resolveMeaning } from '../schema/meaning.ts';
import { type Config, resolveConfig } from '../schema/resolve.ts';
import { configSchema, type ParsedConfig } from '../schema/schema.ts';
import { expandReferences } from '../secrets/references.ts';
import { collectHidden, collectSecrets, findShortSecrets } from '../secrets/secrets.ts';
import type { ReferenceSnapshot } from '../secrets/snapshot.ts';
import { isEmptySource, type JsoncDocument, parseDocument } from '../source/jsonc.ts';
import { crossCheck } from './cross-check.ts';
import { checkDelegatedRules } from './delegated-rules.ts';
import { collectReferencedFiles } from './files.ts';
import { readInstructions } from './instructions.ts';
import { checkRuleNames, type RuleFindings } from './rule-names.ts';

/** The result of a complete check: a valid configuration with its text, its hashes, its secrets and its warnings. */
export interface CheckedConfig {
  config: Config;
  /** The text that was checked, as it is written. */
  source: string;
  /**
   * Semantic hash (hexadecimal SHA-256): ignores comments, whitespace and key order; references count as they are
   * written.
   */
  hash: string;
  /**
   * Hash of the resolved meaning (hexadecimal SHA-256): includes defaults and the values that references stand for.
   */
  fingerprint: string;
  /** Texts that must never be shown; pass them to `createMask`. */
  secrets: string[];
  /**
   * Texts that tools must not show: the secrets that are not existing paths, and values of variables for commands
   * and servers.
   */
  hidden: string[];
  /** Problems that the operator should know about although the configuration can be used. */
  warnings: ConfigProblem[];
  /**
   * Absolute paths of the files that it refers to; a change of one of them may change what the configuration means.
   */
  files: string[];
  /** The values that its references stood for during this check. */
  given: ReferenceSnapshot;
  /** The parsed file with defaults, before paths are resolved; for comparing configurations. */
  parsed: ParsedConfig;
}

export interface CheckOptions {
  /** Relative paths in the text start at the root of this home. */
  home: Home;
  env: Readonly<Record<string, string | undefined>>;
  /**
   * The reference values of an earlier check of the same text. When given, the environment and the files are not
   * read again, because what was there when the configuration was accepted may be gone.
   */
  given?: ReferenceSnapshot | undefined;
  /** Name of the text in messages; default `midturn.jsonc`. */
  file?: string;
}

/**
 * Checks a configuration text completely, as at start. Throws ConfigError with every problem that was found, and
 * never another error.
 */
export function checkConfig(text: string, options: CheckOptions): CheckedConfig {
  const file = options.file ?? 'midturn.jsonc';
  const document = parseDocument(text);
  if (document.problems.length > 0) throw new ConfigError(file, document.problems.slice(0, MAX_FINDINGS));

  const keys = listKeys(configSchema);
  const expanded = expandReferences(document.value, { root: options.home.root, ...options });
  const secrets = collectSecrets(expanded, document.value, keys);
  const unseen = [...secrets, ...expanded.resolved.map(({ text }) => text)];
  const found = [...expanded.findings];
  const parsed = configSchema.safeParse(expanded.value, { error: describeIssue });
  const rules = parsed.success ? ruleFindings(parsed.data, options) : NO_RULES;
  if (!parsed.success) found.push(...shapeFindings(parsed.error.issues, expanded.value, keys, found));
  else if (found.length === 0) found.push(...crossCheck(parsed.data, options), ...rules.errors);
  const instructions = readInstructions(
    parsed.success && found.length === 0 ? parsed.data : {},
    options,
    expanded.given,
  );
  found.push(...instructions.findings);
  if (found.length > 0 || !parsed.success)
    throw new ConfigError(file, locateFindings(found, document, unseen));
  const config = resolveConfig(parsed.data, options.home, instructions.texts);
  return {
    config,
    source: text,
    hash: hashOf(document.value),
    fingerprint: hashOf(resolveMeaning(parsed.data, config)),
    secrets,
    hidden: collectHidden(secrets, config),
    warnings: locateFindings(
      [...findShortSecrets(expanded, document.value, keys), ...rules.warnings],
      document,
      unseen,
    ),
    files: collectReferencedFiles(expanded, options.home),
    given: expanded.given,
    parsed: parsed.data,
  };
}

/**
 * Checks the text of a file like `checkConfig`, but refuses one without content: an operator who wants the defaults
 * writes `{}`. A file without content is being written, or is what a full disk or a power cut left behind. Throws
 * ConfigError.
 */
export function checkFileText(text: string, options: CheckOptions): CheckedConfig {
  if (!isEmptySource(text)) return checkConfig(text, options);
  const problem = { path: '', line: 1, column: 1, message: 'there is nothing in the file' };
  const hint = 'write {} if the defaults are meant';
  throw new ConfigError(options.file ?? 'midturn.jsonc', [{ ...problem, hint }]);
}

/**
 * Checks the rule names. When `given` is set, errors become warnings, because this configuration ran before: a tool
 * or server that was removed meanwhile must not keep the daemon from starting with it.
 */
function ruleFindings(parsed: ParsedConfig, { given }: CheckOptions): RuleFindings {
  const { errors, warnings } = checkRuleNames(parsed);
  warnings.push(...checkDelegatedRules(parsed));
  return given ? { errors: [], warnings: [...errors, ...warnings] } : { errors, warnings };
}

const NO_RULES: RuleFindings = { errors: [], warnings: [] };

/** Returns the problems that the schema found, without those about values whose references are already reported. */
function shapeFindings(
  issues: Parameters<typeof toFindings>[0],
  value: unknown,
  keys: readonly ConfigKey[],
  known: readonly Finding[],
): Finding[] {
  const reported = new Set(known.map(({ path }) => formatConfigPath(path)));
  return toFindings(issues, value, keys).filter(({ path }) => !reported.has(formatConfigPath(path)));
}

function locateFindings(
  found: Finding[],
  document: JsoncDocument,
  hidden: readonly string[],
): ConfigProblem[] {
  const redact = createMask(hidden, 3);
  const clean = (text: string) => clipMessage(redact(text));
  return found
    .slice(0, MAX_FINDINGS)
    .map(({ hint, ...rest }) => ({ ...rest, message: clean(rest.message), hint: hint && clean(hint) }))
    .map(document.locate)
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Shortens a message; called after redaction, so that no part of a secret is left. */
function clipMessage(text: string): string {
  return abbreviateText(text, 400);
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
