/** What is wrong, by the field that the API names, such as `waves.0.at`. */
export type FieldErrors = Record<string, string>;

/** The same for a form with certain fields; `""` is the form as a whole. */
export type FormErrors<Name extends string> = Partial<Record<Name | "", string>>;
