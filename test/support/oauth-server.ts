import { createHash, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Token {
  /** The login that it comes from; all of its tokens end together. */
  family: string;
  expiresAt: number;
}

type Fields = Record<string, unknown>;

/**
 * An authorization server and an MCP server that trusts it, on one port of this machine. Refresh tokens count once: one
 * that is used again ends the login that it came from, as RFC 9700 recommends.
 */
export class OAuthServer {
  /** Seconds that access tokens live. */
  lifetime = 3_600;
  /** What the person says in the browser. */
  answer: 'yes' | 'no' = 'yes';
  /** Replaces parts of the metadata. */
  resourceMetadata: Fields = {};
  metadata: Fields = {};
  /** Why a code or a refresh token is not taken, where it is not. */
  refusal = 'invalid_grant';
  registrations = 0;
  refreshes = 0;
  /** Number of refresh tokens that were used a second time. */
  reused = 0;
  /** Number of requests to the MCP server without a valid token. */
  refused = 0;
  /** Secrets that must never appear in logs or answers. */
  readonly secrets: string[] = [];
  /** The Authorization headers that came in, of whatever server. */
  readonly authorizations: string[] = [];
  readonly calls: unknown[] = [];
  /** Holds answers to refreshes back until it resolves. */
  beforeRefresh: () => Promise<void> = async () => {};
  readonly #codes = new Map<string, { challenge: string; redirect: string }>();
  readonly #access = new Map<string, Token>();
  readonly #refresh = new Map<string, { family: string; used: boolean }>();
  readonly #revoked = new Set<string>();
  readonly #clients = new Set<string>();
  readonly #server: Server;
  readonly #news = new EventEmitter();

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answerRequest(request, response).catch(() => response.destroy());
    });
  }

  static async open(): Promise<OAuthServer> {
    const server = new OAuthServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get origin(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  get url(): string {
    return `${this.origin}/mcp`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Makes all access tokens invalid; refresh tokens stay valid. */
  expireAll(): void {
    this.#access.clear();
  }

  /** Makes all refresh tokens invalid too. */
  revokeAll(): void {
    for (const { family } of this.#refresh.values()) this.#revoked.add(family);
    this.expireAll();
  }

  async waitUntil(condition: (server: this) => boolean): Promise<void> {
    while (!condition(this)) await once(this.#news, 'request');
  }

  async #answerRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.origin);
    const body = await textOf(request);
    if (request.headers.authorization) this.authorizations.push(request.headers.authorization);
    if (pathname.startsWith('/.well-known/oauth-protected-resource'))
      answerJson(response, this.#resourceMetadata());
    else if (pathname === '/.well-known/oauth-authorization-server')
      answerJson(response, this.#serverMetadata());
    else if (pathname === '/register') this.#registerClient(response, JSON.parse(body));
    else if (pathname === '/authorize') this.#authorizeClient(response, searchParams);
    else if (pathname === '/token') await this.#grantToken(response, new URLSearchParams(body));
    else if (pathname === '/mcp') this.#answerMcp(request, response, body);
    else response.writeHead(404).end();
    this.#news.emit('request');
  }

  #resourceMetadata(): Fields {
    return { resource: this.url, authorization_servers: [this.origin], ...this.resourceMetadata };
  }

  #serverMetadata(): Fields {
    return {
      issuer: this.origin,
      authorization_endpoint: `${this.origin}/authorize`,
      token_endpoint: `${this.origin}/token`,
      registration_endpoint: `${this.origin}/register`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      ...this.metadata,
    };
  }

  #registerClient(response: ServerResponse, asked: Fields): void {
    this.registrations += 1;
    const client = { ...asked, client_id: randomUUID(), client_secret: this.#newSecret() };
    this.#clients.add(client.client_id);
    answerJson(response, client, 201);
  }

  #authorizeClient(response: ServerResponse, asked: URLSearchParams): void {
    const redirect = asked.get('redirect_uri') ?? '';
    const back = new URL(redirect);
    back.searchParams.set('state', asked.get('state') ?? '');
    if (this.answer === 'no') back.searchParams.set('error', 'access_denied');
    else {
      const code = this.#newSecret();
      this.#codes.set(code, { challenge: asked.get('code_challenge') ?? '', redirect });
      back.searchParams.set('code', code);
    }
    response.writeHead(302, { location: back.href }).end();
  }

  async #grantToken(response: ServerResponse, asked: URLSearchParams): Promise<void> {
    if (asked.get('grant_type') === 'refresh_token') return this.#renewToken(response, asked);
    const code = asked.get('code') ?? '';
    const given = this.#codes.get(code);
    this.#codes.delete(code);
    const challenge = createHash('sha256')
      .update(asked.get('code_verifier') ?? '')
      .digest('base64url');
    if (given?.challenge !== challenge || given.redirect !== asked.get('redirect_uri')) {
      return this.#refuseRequest(response, `the code ${code} is not good`);
    }
    answerJson(response, this.#issueTokens(randomUUID()));
  }

  async #renewToken(response: ServerResponse, asked: URLSearchParams): Promise<void> {
    this.refreshes += 1;
    const token = this.#refresh.get(asked.get('refresh_token') ?? '');
    await this.beforeRefresh();
    if (token?.used) {
      this.reused += 1;
      this.#revoked.add(token.family);
    }
    if (!token || this.#revoked.has(token.family))
      return this.#refuseRequest(response, 'the login has ended');
    token.used = true;
    answerJson(response, this.#issueTokens(token.family));
  }

  #refuseRequest(response: ServerResponse, why: string): void {
    answerJson(response, { error: this.refusal, error_description: why }, 400);
  }

  #issueTokens(family: string): Fields {
    const [access, refresh] = [this.#newSecret(), this.#newSecret()];
    this.#access.set(access, { family, expiresAt: Date.now() + this.lifetime * 1_000 });
    this.#refresh.set(refresh, { family, used: false });
    return { access_token: access, refresh_token: refresh, token_type: 'Bearer', expires_in: this.lifetime };
  }

  #answerMcp(request: IncomingMessage, response: ServerResponse, body: string): void {
    const token = this.#access.get(request.headers.authorization?.replace(/^Bearer /, '') ?? '');
    if (!token || token.expiresAt <= Date.now() || this.#revoked.has(token.family)) {
      this.refused += 1;
      const where = `${this.origin}/.well-known/oauth-protected-resource/mcp`;
      response.writeHead(401, { 'www-authenticate': `Bearer resource_metadata="${where}"` }).end();
      return;
    }
    if (request.method !== 'POST') {
      response.writeHead(405).end();
      return;
    }
    const { id, method, params } = JSON.parse(body) as { id?: unknown; method: string; params: unknown };
    if (method === 'server/discover') {
      answerJson(response, { jsonrpc: '2.0', id, error: { code: -32_601, message: 'unknown method' } });
    } else if (method === 'initialize') {
      const serverInfo = { name: 'test', version: '1' };
      rpcResult(response, id, { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo });
    } else if (method === 'tools/list') {
      rpcResult(response, id, { tools: [{ name: 'work', inputSchema: { type: 'object' } }] });
    } else if (method === 'tools/call') {
      this.calls.push(params);
      if (JSON.stringify(params).includes('"echo"')) {
        const error = { code: -32_000, message: `I do not like ${request.headers.authorization}` };
        answerJson(response, { jsonrpc: '2.0', id, error });
        return;
      }
      rpcResult(response, id, { content: [{ type: 'text', text: 'done' }] });
    } else response.writeHead(202).end();
  }

  #newSecret(): string {
    const secret = `secret-${randomUUID()}`;
    this.secrets.push(secret);
    return secret;
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function answerJson(response: ServerResponse, value: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function rpcResult(response: ServerResponse, id: unknown, value: object): void {
  answerJson(response, { jsonrpc: '2.0', id, result: value });
}
