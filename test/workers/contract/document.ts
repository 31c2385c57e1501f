import { z } from "zod";
import { request } from "../support/http.ts";

type Schema = Record<string, unknown>;

interface Operation {
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const REFERENCE = "#/components/schemas/";

/** What `/openapi.json` promises, and whether an answer keeps it. */
export class ApiDocument {
  readonly #document: OpenApi;
  readonly #definitions: Record<string, unknown>;

  static async read(): Promise<ApiDocument> {
    const response = await request("/openapi.json");
    return new ApiDocument(await response.json<OpenApi>());
  }

  private constructor(document: OpenApi) {
    this.#document = document;
    const { schemas } = document.components;
    this.#definitions = Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [name, this.#closed(schema)]),
    );
  }

  /** All operations, as `GET /api/spikes/{id}`. */
  get operations(): string[] {
    return Object.entries(this.#document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
  }

  /** The operation that a request is, or undefined. What is spelled out comes before what is a parameter. */
  operationOf(method: string, url: string): string | undefined {
    const segments = url.replace(/[?#].*$/, "").split("/");
    const matches = this.operations.filter((operation) => {
      const [verb, path = ""] = operation.split(" ");
      const template = path.split("/");
      const fits = (part: string, n: number) => part.startsWith("{") || part === segments[n];
      return verb === method && template.length === segments.length && template.every(fits);
    });
    return matches.toSorted((a, b) => a.split("{").length - b.split("{").length)[0];
  }

  /**
   * What of this answer the document does not say: its status, its media type, or a field that is
   * missing, of another type, or not named there.
   */
  async faultOf(operation: string, response: Response): Promise<string | null> {
    const [method = "", path = ""] = operation.split(" ");
    const promised = this.#document.paths[path]?.[method.toLowerCase()]?.responses[response.status];
    if (!promised) return `${operation} answers ${response.status}, which is not documented`;
    const type = response.headers.get("content-type")?.split(";")[0] ?? null;
    if (!promised.content) return type === null ? null : `${operation} ${response.status} has a body`;
    const schema = type === null ? undefined : promised.content[type]?.schema;
    if (!schema) return `${operation} ${response.status} is ${type}, which is not documented`;
    if (!type?.endsWith("json")) return null;
    const result = this.#parserOf(schema).safeParse(await response.clone().json());
    return result.success ? null : `${operation} ${response.status}: ${z.prettifyError(result.error)}`;
  }

  #parserOf(schema: Schema): z.ZodType {
    const whole = { ...(this.#closed(schema) as Schema), $defs: this.#definitions };
    return z.fromJSONSchema(whole as Parameters<typeof z.fromJSONSchema>[0]);
  }

  /** The schema with its references as `$defs`, its parts put together, and open to no other fields. */
  #closed(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((part) => this.#closed(part));
    if (typeof schema !== "object" || schema === null) return schema;
    const merged = this.#merged(schema as Schema);
    const closed = Object.fromEntries(
      Object.entries(merged).map(([key, value]) => [key, this.#closed(value)]),
    );
    const { $ref } = closed;
    if (typeof $ref === "string") return { $ref: $ref.replace(REFERENCE, "#/$defs/") };
    const isClosable = closed["type"] === "object" && "properties" in closed;
    return isClosable && !("additionalProperties" in closed)
      ? { ...closed, additionalProperties: false }
      : closed;
  }

  /** `allOf` as one object: each part by itself would refuse the fields of the others. */
  #merged(schema: Schema): Schema {
    if (!Array.isArray(schema["allOf"])) return schema;
    const parts = (schema["allOf"] as Schema[]).map((part) => this.#merged(this.#resolved(part)));
    return {
      type: "object",
      properties: Object.assign({}, ...parts.map(({ properties }) => properties)) as object,
      required: parts.flatMap(({ required }) => (required as string[] | undefined) ?? []),
    };
  }

  #resolved(schema: Schema): Schema {
    const { $ref } = schema;
    if (typeof $ref !== "string") return schema;
    return this.#document.components.schemas[$ref.slice(REFERENCE.length)] ?? {};
  }
}
