import type { ExtractSchema, ParamKeys } from "hono/types";
import type { AdminApi } from "../../../workers/admin-api.ts";
import type { Method } from "../../shared/http.ts";

/*
 * What the admin API takes and answers at each address, by the server's own route schemas. An address that
 * does not exist, a parameter that is forgotten and a field that was renamed do not compile.
 */

const PREFIX = "/api/admin";

type Schema = ExtractSchema<AdminApi>;
type SuccessStatus = 200 | 201 | 202 | 204;

/** What each address below /api/admin does with a method: one entry for each status it may answer. */
type Endpoints<M extends Method> = {
  [
    Full in keyof Schema as Full extends `${typeof PREFIX}${infer Path}`
      ? `$${Lowercase<M>}` extends keyof Schema[Full]
        ? Path
        : never
      : never
  ]: Schema[Full][`$${Lowercase<M>}` & keyof Schema[Full]];
};

/** The addresses that take a method, such as `/spikes/:id`. */
export type PathOf<M extends Method> = keyof Endpoints<M>;

/** The body of a success. */
export type BodyOf<M extends Method, Path extends PathOf<M>> =
  Extract<Endpoints<M>[Path], { status: SuccessStatus }> extends { output: infer Body } ? Body : never;

type ParamsOf<Path> = [ParamKeys<Path & string>] extends [never]
  ? object
  : { param: Record<ParamKeys<Path & string>, string> };

/** Something that may be left out, because nothing in it is needed. */
type IsOptional<Part> = Partial<Part> extends Part ? true : false;

/** A query or a body may be left out where nothing in it is needed. */
type PartOf<Input, Name extends string> =
  Input extends Record<Name, infer Part>
    ? IsOptional<Part> extends true
      ? Partial<Record<Name, Part>>
      : Record<Name, Part>
    : object;

/** What a call sends along: the names in its path, its query, its JSON, and headers. */
export type RequestTo<M extends Method, Path extends PathOf<M>> = ParamsOf<Path> &
  (Endpoints<M>[Path] extends { input: infer Input }
    ? PartOf<Input, "query"> & PartOf<Input, "json">
    : object) & {
    header?: Record<string, string>;
  };

/** The arguments after the address: none where none is needed. */
export type RequestArguments<M extends Method, Path extends PathOf<M>> =
  IsOptional<RequestTo<M, Path>> extends true
    ? [request?: RequestTo<M, Path>]
    : [request: RequestTo<M, Path>];

/** The name of the list in an answer that comes in pages, such as `orders`. */
export type ListName<Body> = {
  [Name in keyof Body]: Body[Name] extends unknown[] ? Name : never;
}[keyof Body];

export type ItemOf<Body, Name extends keyof Body> = Body[Name] extends (infer Item)[] ? Item : never;

/** Any request, as it is sent. */
export interface AnyRequest {
  param?: Record<string, string>;
  query?: Record<string, string | undefined>;
  json?: unknown;
  header?: Record<string, string>;
}

/** The address of a call: the names filled in, and a query of what is given. */
export function addressOf(path: string, { param = {}, query = {} }: AnyRequest = {}): string {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(param[name] ?? ""));
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${PREFIX}${filled}${given.length === 0 ? "" : `?${new URLSearchParams(given)}`}`;
}
