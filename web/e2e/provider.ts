// An OpenID provider in the test's own process: whoever comes is the person that the test has named.
import { createHash, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Somebody is a person as the provider knows them. */
export interface Somebody {
  sub: string;
  email: string;
  name: string;
}

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function signed(claims: object): string {
  const text = `${encoded({ alg: 'RS256', kid: 'one', typ: 'JWT' })}.${encoded(claims)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey).toString('base64url')}`;
}

async function form(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const part of request) text += String(part);
  return new URLSearchParams(text);
}

/** Provider speaks discovery, the authorization code flow with PKCE, and publishes its key. */
export class Provider {
  readonly clientId = 'holdfast';
  readonly secret = 'not a secret outside of tests';
  /** Who signs in next; nobody: the provider says no. */
  person: Somebody | undefined;
  private readonly server: Server;
  private readonly asked = new Map<string, { nonce: string; challenge: string; person: Somebody }>();

  private constructor() {
    this.server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', this.issuer);
      const json = (status: number, body: unknown) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
      switch (pathname) {
        case '/.well-known/openid-configuration':
          json(200, {
            issuer: this.issuer, authorization_endpoint: `${this.issuer}/authorize`, token_endpoint: `${this.issuer}/token`, jwks_uri: `${this.issuer}/keys`, response_types_supported: ['code'],
            subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'], code_challenge_methods_supported: ['S256'], token_endpoint_auth_methods_supported: ['client_secret_post'],
          });
          break;
        case '/keys':
          json(200, { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }] });
          break;
        case '/authorize': {
          const back = new URL(searchParams.get('redirect_uri') ?? '');
          back.searchParams.set('state', searchParams.get('state') ?? '');
          if (this.person) {
            const code = randomUUID();
            this.asked.set(code, { nonce: searchParams.get('nonce') ?? '', challenge: searchParams.get('code_challenge') ?? '', person: this.person });
            back.searchParams.set('code', code);
          } else back.searchParams.set('error', 'access_denied');
          response.writeHead(302, { Location: back.href }).end();
          break;
        }
        case '/token':
          void form(request).then((f) => {
            const asked = this.asked.get(f.get('code') ?? '');
            const proven = createHash('sha256').update(f.get('code_verifier') ?? '').digest('base64url');
            if (!asked || proven !== asked.challenge || f.get('client_secret') !== this.secret) return json(400, { error: 'invalid_grant' });
            this.asked.delete(f.get('code') ?? '');
            const now = Math.floor(Date.now() / 1000);
            const { sub, email, name } = asked.person;
            const id = signed({ iss: this.issuer, aud: this.clientId, sub, iat: now, exp: now + 300, auth_time: now, nonce: asked.nonce, email, email_verified: true, name });
            return json(200, { access_token: randomUUID(), token_type: 'Bearer', expires_in: 300, id_token: id });
          });
          break;
        default:
          json(404, { error: 'not_found' });
      }
    });
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** open starts a provider on a free port. */
  static async open(): Promise<Provider> {
    const provider = new Provider();
    await new Promise<void>((ready) => provider.server.listen(0, '127.0.0.1', ready));
    return provider;
  }

  /** settings are what a server needs to know of the provider; people of harbour.example belong to the demo's tenant. */
  get settings(): Record<string, string> {
    return {
      HOLDFAST_OIDC_ISSUER: this.issuer, HOLDFAST_OIDC_CLIENT_ID: this.clientId, HOLDFAST_OIDC_CLIENT_SECRET: this.secret, HOLDFAST_OIDC_NAME: 'Harbour identity',
      HOLDFAST_AUTH_DOMAINS: 'harbour.example=harbour-energy-services:sso',
    };
  }

  async close() {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}
