/*
 * Why something an operator asked for was refused, or why something did not get through: a closed list, so that the
 * dashboard can say it in the reader's language. The API says it in these English words as well. `{}` stands for
 * what the sentence is about, in the order of `values`.
 */

/** What goes with a refusal. */
const REFUSED = {
  admins_only: "Only an admin may do this.",
  cookie_from_elsewhere: "A cookie does not count in a request from another site.",
  body_too_large: "The body is larger than {} bytes.",

  no_such_sale: "There is no such sale.",
  sale_contended: "Others are changing this sale at the same moment; nothing was changed.",
  sale_of_key_deleted: "The sale that this key created was deleted since; create another with a new key.",
  orders_open:
    "Orders of this sale are still unpaid or on their way to the database. Pause it, wait until they are paid, cancelled or expired and recorded, and delete it then.",
  sales_not_told:
    "{} running sales could not be reached; they will be told within a minute. Send it again to try at once.",
  too_many_watch: "Too many are watching this sale.",

  no_such_user: "There is no such user.",
  account_contended: "Others are changing this account at the same moment; nothing was changed.",
  no_such_entry: "There is no such entry on the blacklist.",
  no_such_version: "There is no such version of these settings.",
  settings_contended: "Others are changing the settings at the same moment; nothing was changed.",

  no_such_webhook: "There is no such webhook endpoint.",
  no_such_delivery: "There is no such delivery.",
  no_such_letter: "There is no such dead letter.",
  letter_is_closed: "This letter is {}.",
  queue_full: "The queue did not take this letter, which stays open: {}",
  letter_too_large: "This letter is larger than the {} bytes that a queue takes. It can only be discarded.",
  letter_no_json: "This letter is not JSON and cannot be sent again.",

  no_such_run: "This sale has no such run.",
  ledger_lost:
    "The ledger of this sale is lost: there is nothing to compare its orders with. Restore it first.",
  ledger_not_lost: "The ledger of this sale is there. Only one that is lost can be restored.",
  ledger_erased: "The ledger of this sale was erased when the sale was deleted. Delete the sale again.",
  letters_first: "Orders of this sale are among the dead letters. Replay or discard them first.",
  unpaid_first:
    'Reservations are recorded as unpaid, and some may have been paid in the lost ledger. Look for them at the payment provider; `unpaid: "expire"` says that you have.',
  more_paid_than_known:
    "More units are paid than the sale is known to have. If there were more, say with `stock` how many there are.",
  order_of_another_sale:
    "The database has {} as an order of this sale, and it is none. Nothing was restored.",
  restore_of_another: "Another restoration of this sale was begun. Begin again, or leave it to that one.",
  number_twice: "The database has two orders with one number, which no ledger gives. Nothing was restored.",
  orders_changed: "The database's orders changed meanwhile. Begin again.",
} as const;

/** What is written down with a message that could not be recorded, and read back from there. The first that fits counts. */
const OF_LETTERS = {
  delivery_failed_each_time: "the order store failed at each of {} deliveries",
  refused_by_database: "order {}: {}",
  message_malformed_unkept: "{} is not {}, and its reason could not be kept at once",
  message_malformed: "{} is not {}",
} as const;

/** The same of events that an endpoint did not take; the runtime's own words among them. */
const OF_DELIVERIES = {
  host_without_address: "not sent: the address {} has no address",
  host_private: "not sent: the address {} leads to a private address",
  address_forbidden: "not sent: the address {}",
  resolver_failed: "the resolver answered {}",
  receiver_answered: "answered {}",
  receiver_silent: "The operation was aborted due to timeout",
  connection_lost: "Network connection lost.",
  platform_failed: "internal error; reference = {}",
  delivery_failed: "{}",
} as const;

const EXPLANATIONS = { ...REFUSED, ...OF_LETTERS, ...OF_DELIVERIES };

export type ExplanationCode = keyof typeof EXPLANATIONS;
export const EXPLANATION_CODES = Object.keys(EXPLANATIONS) as [ExplanationCode, ...ExplanationCode[]];

/** A reason as programs read it. */
export interface Explanation {
  code: ExplanationCode;
  /** What the sentence is about, such as an order's id. */
  values?: string[] | undefined;
}

/** What a refusal says for people, with its code beside. */
export function explain(
  code: keyof typeof REFUSED,
  ...values: (string | number)[]
): { detail: string; explanation: Explanation } {
  const rest = values.map(String);
  const detail = rest.reduce<string>((text, value) => text.replace("{}", () => value), REFUSED[code]);
  return { detail, explanation: { code, ...(rest.length > 0 && { values: rest }) } };
}

/** What a dead letter's reason says, as far as it is one of ours. */
export const explainLetter = readerOf(OF_LETTERS);
/** What an endpoint's last error says, as far as it is one of ours. */
export const explainDelivery = readerOf(OF_DELIVERIES);

function readerOf(sentences: Partial<Record<ExplanationCode, string>>) {
  const patterns = Object.entries(sentences).map(
    ([code, words]) => [code as ExplanationCode, patternOf(words)] as const,
  );
  return (text: string): Explanation | undefined => {
    for (const [code, pattern] of patterns) {
      const found = pattern.exec(text);
      if (found) return { code, ...(found.length > 1 && { values: found.slice(1) }) };
    }
    return undefined;
  };
}

function patternOf(words: string): RegExp {
  const parts = words.split("{}").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join("(.+?)")}$`, "s");
}
