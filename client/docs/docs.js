/* Shows the API's description at /docs; `SwaggerUIBundle` comes from the script before this one. */
window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  // The default asks an outside host whether the document is valid.
  validatorUrl: null,
});
