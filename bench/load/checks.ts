import type { Evidence, Receipt, Told } from "./evidence.ts";
import type { AdminOrder, WireOrderState } from "./wire.ts";

/** One invariant and what was found. */
export interface Check {
  name: string;
  pass: boolean;
  /** The numbers that decided it, in words. */
  found: string;
}

/** Judges a finished sale. Every row is decided by what clients, ledger and database said, nothing else. */
export function judge(evidence: Evidence): Check[] {
  const { notes } = evidence;
  return [
    neverOversold(evidence),
    stockAddsUp(evidence),
    neverUndersold(evidence),
    databaseMatchesLedger(evidence),
    noOrderTwice(evidence),
    everyReceiptRecorded(evidence),
    noOrderFromNowhere(evidence),
    refusedMeansNothingSold(evidence),
    {
      name: "the same key gives the same order",
      pass: notes.contradicted.same_key === 0,
      found: `${notes.repeatedKeys} repeated, ${notes.contradicted.same_key} answered differently`,
    },
    withinLimitPerUser(evidence),
    ordersAsShoppersWereTold(evidence),
    holdsExpired(evidence),
    amountsRight(evidence),
    {
      name: "a token buys only for its owner",
      pass: notes.contradicted.forged_token === 0,
      found: `${notes.forgedTokens} forged or borrowed, ${notes.contradicted.forged_token} accepted`,
    },
    {
      name: "every answer is one the contract knows",
      pass: notes.contradicted.unexpected_answer === 0,
      found: `${notes.contradicted.unexpected_answer} others`,
    },
  ];
}

function neverOversold({ stock, ledger, orders, samples }: Evidence): Check {
  const inLedger = ledger.sold + ledger.held;
  const inDatabase = unitsOf(orders, ["paid", "reserved"]);
  const most = samples.reduce((peak, sample) => Math.max(peak, sample.sold + sample.held), inLedger);
  return {
    name: "never more sold than there is",
    pass: most <= stock && inDatabase <= stock,
    found: `stock ${stock}, most ever sold or held ${most}, in the database ${inDatabase}`,
  };
}

function stockAddsUp({ stock, ledger, samples }: Evidence): Check {
  const views = [...samples, ledger];
  const wrong = views.filter(
    ({ total, available, held, sold }) => total !== stock || total !== available + held + sold,
  );
  return {
    name: "total = available + held + sold",
    pass: wrong.length === 0,
    found:
      `${ledger.total} = ${ledger.available} + ${ledger.held} + ${ledger.sold}; ` +
      `wrong in ${wrong.length} of ${views.length} views`,
  };
}

function neverUndersold({ ledger, leftAsking }: Evidence): Check {
  return {
    name: "nothing left over while anyone asks",
    pass: ledger.available === 0 || leftAsking === 0,
    found: `${ledger.available} left over, ${leftAsking} still asking`,
  };
}

function databaseMatchesLedger({ ledger, orders }: Evidence): Check {
  const states: WireOrderState[] = ["reserved", "paid", "cancelled", "expired"];
  const counts = states.map((state) => ({
    state,
    ledger: ledger.orders[state],
    database: orders.filter((order) => order.state === state).length,
  }));
  return {
    name: "orders in the database = reservations in the ledger",
    pass: counts.every((count) => count.ledger === count.database),
    found: counts.map((count) => `${count.state} ${count.database}/${count.ledger}`).join(", "),
  };
}

function noOrderTwice({ orders }: Evidence): Check {
  const twice = orders.length - new Set(orders.map((order) => order.id)).size;
  return { name: "no order twice", pass: twice === 0, found: `${orders.length} orders, ${twice} twice` };
}

function everyReceiptRecorded({ notes, orders }: Evidence): Check {
  const byId = new Map(orders.map((order) => [order.id, order]));
  let missing = 0;
  let different = 0;
  for (const receipt of notes.receipts) {
    const order = byId.get(receipt.orderId);
    if (!order) missing++;
    else if (order.userId !== receipt.userId || order.quantity !== receipt.quantity) different++;
  }
  return {
    name: "every 202 is in the database, as told",
    pass: missing === 0 && different === 0,
    found: `${notes.receipts.length} given, ${missing} missing, ${different} different`,
  };
}

/** An order without a receipt is right only for somebody who never got an answer, once for each time. */
function noOrderFromNowhere({ notes, orders }: Evidence): Check {
  const surplus = ordersWithoutReceipt(orders, notes.receipts);
  const excused = countBy(notes.unanswered.map((purchase) => purchase.userId));
  let excusedOrders = 0;
  let unexplained = 0;
  for (const [userId, count] of countBy(surplus.map((order) => order.userId))) {
    const known = Math.min(count, excused.get(userId) ?? 0);
    excusedOrders += known;
    unexplained += count - known;
  }
  return {
    name: "no order nobody made",
    pass: unexplained === 0,
    found: `${unexplained} unexplained, ${excusedOrders} of shoppers whose answer was lost`,
  };
}

function refusedMeansNothingSold({ notes, orders }: Evidence): Check {
  const surplus = new Set(ordersWithoutReceipt(orders, notes.receipts).map((order) => order.userId));
  const refused = notes.unanswered.filter((purchase) => purchase.end === "refused");
  const sold = refused.filter((purchase) => surplus.has(purchase.userId));
  return {
    name: "refused on retry means nothing was sold",
    pass: sold.length === 0,
    found: `${refused.length} refused after a broken connection, ${sold.length} of them have an order`,
  };
}

function withinLimitPerUser({ maxPerUser, orders }: Evidence): Check {
  const units = new Map<string, number>();
  for (const order of orders) {
    if (order.state !== "reserved" && order.state !== "paid") continue;
    units.set(order.userId, (units.get(order.userId) ?? 0) + order.quantity);
  }
  const most = Math.max(0, ...new Set(units.values()));
  return {
    name: "nobody holds more than allowed",
    pass: most <= maxPerUser,
    found: `at most ${maxPerUser}, found ${most} among ${units.size} owners`,
  };
}

/** The states an order may end in after its owner was told this. */
const ENDS: Record<Told, readonly WireOrderState[]> = {
  paid: ["paid"],
  cancelled: ["cancelled"],
  reserved: ["expired", "reserved"],
  not_paid: ["expired", "cancelled", "reserved"],
  unsure: ["paid", "cancelled", "expired", "reserved"],
};

function ordersAsShoppersWereTold({ notes, orders }: Evidence): Check {
  const byId = new Map(orders.map((order) => [order.id, order.state]));
  const told = countBy(notes.receipts.map((receipt) => receipt.told));
  const wrong = notes.receipts.filter((receipt) => {
    const state = byId.get(receipt.orderId);
    return state !== undefined && !ENDS[receipt.told].includes(state);
  });
  return {
    name: "orders stand as shoppers were told",
    pass: wrong.length === 0,
    found:
      `${told.get("paid") ?? 0} paid, ${told.get("cancelled") ?? 0} cancelled, ` +
      `${told.get("reserved") ?? 0} walked away, ${told.get("not_paid") ?? 0} too late, ` +
      `${told.get("unsure") ?? 0} unsure; ${wrong.length} stand differently`,
  };
}

function holdsExpired({ ledger, orders }: Evidence): Check {
  const open = orders.filter((order) => order.state === "reserved").length;
  return {
    name: "what nobody paid has expired",
    pass: open === 0 && ledger.held === 0,
    found: `${ledger.orders.expired} expired, ${open} still reserved, ${ledger.held} units held`,
  };
}

function amountsRight({ priceMinor, orders }: Evidence): Check {
  const wrong = orders.filter((order) => order.amountMinor !== priceMinor * order.quantity).length;
  return { name: "every amount is price × quantity", pass: wrong === 0, found: `${wrong} wrong` };
}

function ordersWithoutReceipt(orders: AdminOrder[], receipts: Receipt[]): AdminOrder[] {
  const known = new Set(receipts.map((receipt) => receipt.orderId));
  return orders.filter((order) => !known.has(order.id));
}

function unitsOf(orders: AdminOrder[], states: WireOrderState[]): number {
  return orders
    .filter((order) => states.includes(order.state))
    .reduce((units, order) => units + order.quantity, 0);
}

function countBy<T>(values: T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
