/**
 * The floor: a Worker that does nothing but answer, with a body and headers of a refusal's size. No
 * refusal can be cheaper on the same runtime.
 */
const BODY = JSON.stringify({ padding: "x".repeat(330) });

export default {
  fetch: () =>
    new Response(BODY, {
      status: 409,
      headers: {
        "content-type": "application/problem+json",
        "cache-control": "no-store",
        "x-request-id": "00000000-0000-0000-0000-000000000000",
        "retry-after": "3",
      },
    }),
};
