/**
 * Who may take part, as JSON. A spike carries a list of rules that must all hold.
 * Times are RFC 3339 strings, as everywhere on the wire.
 */
export type AccessRule =
  | { kind: "all"; rules: AccessRule[] }
  | { kind: "any"; rules: AccessRule[] }
  | { kind: "not"; rule: AccessRule }
  | { kind: "min_tier"; tier: number }
  | { kind: "registered_before"; at: string }
  | { kind: "account_age_days"; days: number }
  | { kind: "countries"; allow?: string[] | undefined; deny?: string[] | undefined }
  | { kind: "users"; allow?: string[] | undefined; deny?: string[] | undefined }
  | { kind: "percent_of_users"; percent: number }
  | { kind: "bought_in"; spikeIds: string[] }
  | { kind: "not_bought_in"; spikeIds: string[] }
  | { kind: "time_window"; from: string; to: string };
