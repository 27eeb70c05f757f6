const KEY = "Idempotency-Key";

// A write that is tried out here gets a key of its own, unless one is typed in.
function withFreeKeys(document) {
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path)) {
      for (const parameter of operation.parameters ?? []) {
        if (parameter.name === KEY) {
          parameter.required = false;
          parameter.description += " Left empty on this page, one is made up.";
        }
      }
    }
  }
  return document;
}

function show(document) {
  SwaggerUIBundle({
    spec: withFreeKeys(document),
    dom_id: "#api",
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    validatorUrl: null,
    requestInterceptor: (request) => {
      if (request.method === "POST" && !request.headers[KEY]) {
        const random = crypto.getRandomValues(new Uint8Array(16));
        request.headers[KEY] = Array.from(random, (one) => one.toString(16).padStart(2, "0")).join("");
      }
      return request;
    },
  });
}

fetch("/docs/openapi.json").then((answer) => answer.json()).then(show);
