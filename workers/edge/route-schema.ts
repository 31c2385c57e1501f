import type { RouteConfig } from "@hono/zod-openapi";
import type { TypedResponse } from "hono";
import type { ToSchema } from "hono/types";
import type { StatusCode } from "hono/utils/http-status";
import type { z } from "zod";

/** A path with its parameters as Hono writes them: `/api/orders/{id}` is `/api/orders/:id`. */
type HonoPath<Path extends string> = Path extends `${infer Before}{${infer Name}}${infer After}`
  ? `${Before}:${Name}${HonoPath<After>}`
  : Path;

type JsonIn<Route extends RouteConfig> = Route["request"] extends {
  body: { content: { "application/json": { schema: infer Schema extends z.ZodType } } };
}
  ? { json: z.input<Schema> }
  : object;

type QueryIn<Route extends RouteConfig> = Route["request"] extends { query: infer Schema extends z.ZodType }
  ? { query: z.input<Schema> }
  : object;

type BodyOf<Answer> = Answer extends { content: infer Content }
  ? Content[keyof Content] extends { schema: infer Schema extends z.ZodType }
    ? z.output<Schema>
    : undefined
  : undefined;

/** What schemas of the wire describe is JSON already, rules within rules included. */
type AnswersOf<Responses> = {
  [Status in keyof Responses & StatusCode]: TypedResponse<BodyOf<Responses[Status]>, Status>;
}[keyof Responses & StatusCode];

/** What a route takes and answers, as `hono/client` reads it: made of the schemas that validate and document it. */
export type SchemaOf<Route extends RouteConfig> = ToSchema<
  Route["method"],
  HonoPath<Route["path"]>,
  JsonIn<Route> & QueryIn<Route>,
  AnswersOf<Route["responses"]>
>;
