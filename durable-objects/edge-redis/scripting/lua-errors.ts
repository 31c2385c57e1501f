/** What a function that Lua calls complains about: a text, or a table whose `err` is the text. */
export class LuaError extends Error {
  override readonly name = "LuaError";
  /** Redis's own errors are tables; those of libraries are texts that begin with where they happened. */
  readonly isTable: boolean;

  constructor(message: string, isTable = false) {
    super(message);
    this.isTable = isTable;
  }
}

/** Lua broke in a way that leaves nothing to go on with; it has to be started anew. */
export class LuaBroken extends Error {
  override readonly name = "LuaBroken";
}
