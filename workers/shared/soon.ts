/** A value that is known already, or the promise of one. Waiting for a promise costs a turn even when nothing is awaited. */
export type Soon<Value> = Value | Promise<Value>;

/** Goes on with a value: at once when it is known, when its promise is kept otherwise. */
export function andThen<Value, Result>(
  value: Soon<Value>,
  next: (value: Value) => Soon<Result>,
): Soon<Result> {
  return value instanceof Promise ? whenKept(value, next) : next(value);
}

async function whenKept<Value, Result>(
  promise: Promise<Value>,
  next: (value: Value) => Soon<Result>,
): Promise<Result> {
  return await next(await promise);
}
