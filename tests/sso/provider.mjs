// A provider of OpenID Connect for the tests: `node provider.mjs PORT REDIRECT_URI`.
//
// Whoever signs in as NAME is NAME; the groups of each stand in GROUPS.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [port, redirectUri, modules] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { Provider } = await import(pathToFileURL(require.resolve("oidc-provider")).href);

const GROUPS = { mei: ["hotel-managers", "everybody"], ning: ["everybody"], chief: [] };

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: "caravanserai",
    client_secret: "the-secret-of-the-tests-and-of-nobody-else",
    redirect_uris: [redirectUri],
    grant_types: ["authorization_code"],
    response_types: ["code"],
  }],
  pkce: { required: () => true },
  cookies: { keys: ["tests"] },
  claims: { openid: ["sub"], profile: ["name", "preferred_username", "groups"], email: ["email", "email_verified"] },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      name: `<i>${id}</i>`,
      preferred_username: id,
      groups: GROUPS[id] ?? [],
      email: `${id}@example.com`,
      email_verified: true,
    }),
  }),
});

provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
