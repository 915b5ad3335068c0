import type {
  LanguageModelV4StreamPart,
  LanguageModelV4ToolCall,
  LanguageModelV4ToolResult,
} from '@ai-sdk/provider';
import type {
  AssistantPart,
  FilePart,
  ProviderData,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolOutput,
} from '../core/model/message.ts';
import { messageOf } from '../errors/errors.ts';
import { copyJson, mergeProviderData } from './json.ts';
import type { AnswerPart, GeneratedFile } from './port/model.ts';
import { makeWellFormed } from './prompt/well-formed.ts';
import { parseToolInput } from './tool-input.ts';

const ARGUMENTS_TRUNCATED = 'the answer reached its length limit before the arguments were complete';

type Part<T extends LanguageModelV4StreamPart['type']> = Extract<LanguageModelV4StreamPart, { type: T }>;
type Block = Part<`${'text' | 'reasoning'}-${'start' | 'delta' | 'end'}`>;

/** Assembles a model's answer from the parts of its stream, in the order in which they arrive. */
export class ModelAnswer {
  /** The answer text that has arrived so far, without reasoning. */
  text = '';
  readonly #parts: (AssistantPart | HeldFile)[] = [];
  readonly #open = new Map<string, TextPart | ReasoningPart>();
  /** Names of the tools whose call has started but whose arguments have not arrived, by the provider's call id. */
  readonly #begun = new Map<string, string>();
  /** Calls that arrived without any arguments. */
  readonly #bare: ToolCallPart[] = [];
  /** Maps the provider's call id to the unique id that was assigned to the call. */
  readonly #ids = new Map<string, string>();
  readonly #used = new Set<string>();
  /** Positions of the tool calls that have begun, by the provider's call id. */
  readonly #positions = new Map<string, number>();
  readonly #onPart: (part: AnswerPart) => void;

  constructor(onPart: (part: AnswerPart) => void) {
    this.#onPart = onPart;
  }

  addPart(part: LanguageModelV4StreamPart): void {
    switch (part.type) {
      case 'text-start':
      case 'text-delta':
      case 'text-end':
      case 'reasoning-start':
      case 'reasoning-delta':
      case 'reasoning-end':
        this.#addBlock(part);
        break;
      case 'tool-input-start':
        if (!part.providerExecuted) this.#beginCall(part.id, part.toolName);
        break;
      case 'tool-input-delta':
        this.#addInput(part.id, part.delta);
        break;
      case 'tool-call':
        this.#addCall(part);
        break;
      case 'tool-result':
        this.#addResult(part);
        break;
      case 'file':
        this.#addFile(part);
        break;
    }
  }

  /** Tells whether neither text nor a tool call has arrived; reasoning alone counts as empty. */
  get isEmpty(): boolean {
    const said = this.#parts.some(({ type }) => type !== 'text' && type !== 'reasoning');
    return this.text.trim() === '' && !said && this.#begun.size === 0;
  }

  /**
   * Returns the content that has arrived, without blank blocks. When the provider stopped at a limit (`truncated`),
   * calls whose arguments may be incomplete are marked invalid. Generated files are stored with `store`, or described in
   * words when that fails.
   */
  async buildContent(
    truncated: boolean,
    store: ((file: GeneratedFile) => Promise<FilePart>) | undefined,
  ): Promise<AssistantPart[]> {
    const lost = [...this.#begun].map(
      ([id, toolName]): ToolCallPart => ({
        type: 'tool-call',
        toolCallId: this.#uniqueId(id),
        toolName,
        input: {},
        invalid: truncated ? ARGUMENTS_TRUNCATED : 'the arguments never arrived',
      }),
    );
    this.#begun.clear();
    // A call may have no arguments, but in a truncated answer they may be missing.
    if (truncated) for (const call of this.#bare) call.invalid = ARGUMENTS_TRUNCATED;
    this.#parts.push(...lost);
    const parts = await Promise.all(this.#parts.map((part) => resolvePart(part, store)));
    return makeWellFormed(parts.flat().filter(isSubstantial));
  }

  #addBlock(part: Block): void {
    const type = part.type.startsWith('text') ? 'text' : 'reasoning';
    const key = `${type} ${part.id}`;
    const known = part.type.endsWith('-start') ? undefined : this.#open.get(key);
    const block = known ?? this.#openBlock(key, type);
    const data = mergeProviderData(block.providerOptions, part.providerMetadata);
    if (data) block.providerOptions = data;
    if ('delta' in part && part.delta !== '') {
      block.text += part.delta;
      if (type === 'text') this.text += part.delta;
      this.#onPart({ kind: type, text: part.delta });
    }
    if (part.type.endsWith('-end')) this.#open.delete(key);
  }

  #openBlock(key: string, type: 'text' | 'reasoning'): TextPart | ReasoningPart {
    const block = { type, text: '' };
    this.#open.set(key, block);
    this.#parts.push(block);
    return block;
  }

  #beginCall(id: string, toolName: string): void {
    this.#begun.set(id, toolName);
    this.#positions.set(id, this.#positions.size + 1);
  }

  #addInput(id: string, delta: string): void {
    const [tool, position] = [this.#begun.get(id), this.#positions.get(id)];
    if (tool === undefined || position === undefined || delta === '') return;
    this.#onPart({ kind: 'tool_input', position, tool, text: delta });
  }

  #addCall(part: LanguageModelV4ToolCall): void {
    if (!part.providerExecuted && !this.#positions.has(part.toolCallId))
      this.#beginCall(part.toolCallId, part.toolName);
    this.#begun.delete(part.toolCallId);
    const data = mergeProviderData(undefined, part.providerMetadata);
    const call: ToolCallPart = {
      type: 'tool-call',
      toolCallId: this.#uniqueId(part.toolCallId),
      toolName: part.toolName,
      ...parseToolInput(part.input),
      ...(part.providerExecuted ? { providerExecuted: true } : {}),
      ...(data ? { providerOptions: data } : {}),
    };
    if (part.input.trim() === '') this.#bare.push(call);
    this.#parts.push(call);
  }

  #addFile({ data, mediaType, providerMetadata }: Part<'file'>): void {
    if (data.type !== 'data') return;
    const bytes = typeof data.data === 'string' ? Buffer.from(data.data, 'base64') : data.data;
    const about = mergeProviderData(undefined, providerMetadata);
    this.#parts.push({
      type: 'held-file',
      data: bytes,
      mediaType,
      ...(about ? { providerOptions: about } : {}),
    });
  }

  /** Adds the result of a call that the provider ran itself; it replaces an earlier, preliminary result. */
  #addResult(part: LanguageModelV4ToolResult): void {
    const toolCallId = this.#ids.get(part.toolCallId) ?? part.toolCallId;
    const data = mergeProviderData(undefined, part.providerMetadata);
    const result: AssistantPart = {
      type: 'tool-result',
      toolCallId,
      toolName: part.toolName,
      output: toResultOutput(part),
      ...(data ? { providerOptions: data } : {}),
    };
    const before = this.#parts.findIndex((p) => p.type === 'tool-result' && p.toolCallId === toolCallId);
    if (before >= 0) this.#parts[before] = result;
    else this.#parts.push(result);
  }

  /** Assigns an id that is unique within the answer, because results are matched to calls by id. */
  #uniqueId(id: string): string {
    const wished = id.trim() || 'call';
    let unique = id.trim() || 'call_1';
    for (let n = 2; this.#used.has(unique); n++) unique = `${wished}_${n}`;
    this.#used.add(unique);
    this.#ids.set(id, unique);
    return unique;
  }
}

/** A generated file whose bytes are not stored yet. */
interface HeldFile extends GeneratedFile {
  type: 'held-file';
  providerOptions?: ProviderData;
}

async function resolvePart(
  part: AssistantPart | HeldFile,
  store: ((file: GeneratedFile) => Promise<FilePart>) | undefined,
): Promise<AssistantPart[]> {
  if (part.type !== 'held-file') return [part];
  const { data, mediaType, providerOptions } = part;
  if (!store) return [];
  try {
    const stored = await store({ data, mediaType });
    return [{ ...stored, ...(providerOptions ? { providerOptions } : {}) }];
  } catch (error) {
    return [{ type: 'text', text: `[a generated file, ${mediaType}, was not kept: ${messageOf(error)}]` }];
  }
}

function toResultOutput({ result, isError }: LanguageModelV4ToolResult): ToolOutput {
  const value = copyJson(result);
  if (!isError) return { type: 'json', value };
  return { type: 'error-text', value: typeof value === 'string' ? value : JSON.stringify(value) };
}

/** Tells whether to keep a block: providers refuse blank blocks in a history, except those that carry a signature. */
function isSubstantial(part: AssistantPart): boolean {
  if (part.type === 'reasoning') return part.text !== '' || part.providerOptions !== undefined;
  if (part.type !== 'text' || part.text.trim() !== '') return true;
  return Object.values(part.providerOptions ?? {}).some((data) => 'thoughtSignature' in data);
}
