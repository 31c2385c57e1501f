import type { OrderState } from "../../shared/order.ts";
import type { Language } from "../language.ts";

/** What the states of an order are called. */
export const ORDER_STATE_NAMES: Record<Language, Record<OrderState, string>> = {
  en: { reserved: "To pay", paid: "Paid", cancelled: "Cancelled", expired: "Expired" },
  zh: { reserved: "待付款", paid: "已付款", cancelled: "已取消", expired: "已过期" },
};
