// A provider of OpenID Connect on loopback for the tests: oidc-provider as it comes, whose own
// pages let anybody sign in under any name.
//
//   node provider.mjs NODE_MODULES [ID_TOKEN_SECONDS]
//
// The first line on standard output is a JSON object with the issuer. Every line `rotate` on
// standard input replaces the keys by new ones; it is answered by a line `rotated`. Ends when
// standard input does.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [modules, idTokenSeconds = '3600'] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(`${modules}/oidc-provider/lib/index.js`));

let generation = 0;
function newKeys() {
  generation += 1;
  const jwk = (type, options, alg) => ({
    ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
    kid: `${alg}-${generation}`, alg, use: 'sig',
  });
  return {
    keys: [
      jwk('rsa', { modulusLength: 2048 }, 'RS256'),
      jwk('ec', { namedCurve: 'P-256' }, 'ES256'),
      jwk('rsa', { modulusLength: 2048 }, 'PS256'),
    ],
  };
}

// Programs on a person's machine: no secret, and redirections to any port of loopback.
const client = (id, algorithm) => ({
  client_id: id,
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token',
    'urn:ietf:params:oauth:grant-type:device_code'],
  response_types: ['code'],
  redirect_uris: ['http://127.0.0.1/callback'],
  id_token_signed_response_alg: algorithm,
});

function newProvider(issuer) {
  const provider = new Provider(issuer, {
    clients: [client('rollcall', 'RS256'), client('rollcall-es', 'ES256'),
      client('rollcall-ps', 'PS256'), client('another-program', 'RS256')],
    jwks: newKeys(),
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'PS256'] },
    features: { deviceFlow: { enabled: true }, revocation: { enabled: true } },
    cookies: { keys: ['only for tests'] },
    ttl: { IdToken: Number(idTokenSeconds), AccessToken: 3600, DeviceCode: 600, Grant: 86400,
      Interaction: 600, RefreshToken: 86400, Session: 86400 },
  });
  return provider.callback();
}

const server = createServer((request, response) => handle(request, response));
let handle;
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  handle = newProvider(issuer);
  console.log(JSON.stringify({ issuer }));
  const commands = createInterface({ input: process.stdin });
  commands.on('line', (line) => {
    if (line !== 'rotate') return;
    handle = newProvider(issuer);
    console.log('rotated');
  });
  commands.on('close', () => process.exit(0));
});
