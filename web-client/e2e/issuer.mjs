// An identity provider of the test's own: `oidc-provider`, which is certified for OpenID Connect, on loopback, with its own pages.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

const CLIENT = 'tongke';
const SECRET = 'a secret: with signs/that+are %encoded';

/** Starts it for a client that is sent back to `redirect`. The people are [{ login, strong }]; `strong` ones give a second factor. */
export async function startIssuer(redirect, people) {
  // It warns of its own test pages and of keys that last as long as the test; nobody needs to read that each time.
  const [warn, info] = [console.warn, console.info];
  console.warn = console.info = () => {};
  const { Provider } = await import('oidc-provider');
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Another name than the service's, so that for browsers it is another site.
  const url = `http://localhost:${server.address().port}`;
  const key = { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'e2e' };
  const provider = new Provider(url, {
    clients: [{ client_id: CLIENT, client_secret: SECRET, redirect_uris: [redirect], id_token_signed_response_alg: 'ES256' }],
    jwks: { keys: [key] },
    cookies: { keys: ['e2e'] },
    claims: { openid: ['sub', 'amr'], profile: ['preferred_username'] },
    pkce: { required: () => true },
    ttl: { Session: 600, Interaction: 600, Grant: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id }) }),
  });
  const finished = provider.interactionFinished.bind(provider);
  provider.interactionFinished = (request, response, result, options) => {
    if (people.some(({ login, strong }) => strong && login === result.login?.accountId)) result.login.amr = ['pwd', 'otp'];
    return finished(request, response, result, options);
  };
  server.on('request', provider.callback());
  [console.warn, console.info] = [warn, info];
  return {
    url,
    keys: { 'oidc-issuer': url, 'oidc-client-id': CLIENT, 'oidc-client-secret': SECRET, 'oidc-name': '某县教育统一身份认证' },
    stop: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}
