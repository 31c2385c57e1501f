/** What is wrong, by the field that the API names, such as `waves.0.at`. */
export type FieldErrors = Record<string, string>;
