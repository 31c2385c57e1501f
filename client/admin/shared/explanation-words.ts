import type { Explanation, ExplanationCode } from "../../../workers/shared/explanations.ts";
import { formatNumber } from "../../../workers/pages/format.ts";
import { spoken } from "./language.ts";

type Say = (...values: string[]) => string;

const LETTER_STATES: Partial<Record<string, string>> = {
  replayed: "已重发",
  discarded: "已丢弃",
  recorded: "已另行写入",
};

const grouped = (value: string): string => (/^\d+$/.test(value) ? formatNumber("zh", Number(value)) : value);

/** What the API explains in English, in the reader's language; null where that is English. */
const EXPLANATION_WORDS = spoken<Record<ExplanationCode, Say> | null>({
  en: null,
  zh: {
    admins_only: () => "只有管理员可以这样做。",
    cookie_from_elsewhere: () => "来自其他网站的请求不能使用登录状态。",
    body_too_large: (bytes = "") => `内容超过 ${grouped(bytes)} 字节。`,

    no_such_sale: () => "没有这场活动。",
    sale_contended: () => "其他人正在同时修改这场活动，没有做任何更改。",
    sale_of_key_deleted: () => "这张表单创建的活动已被删除，请刷新页面后重新创建。",
    orders_open: () =>
      "这场活动还有未付款或尚未写入数据库的订单。请先暂停，等它们付款、取消或过期并写入之后再删除。",
    sales_not_told: (sales = "") =>
      `有 ${grouped(sales)} 场进行中的活动没有联系上，一分钟内会再通知；也可以立即再试一次。`,
    too_many_watch: () => "同时查看这场活动的人太多。",

    no_such_user: () => "没有这个用户。",
    account_contended: () => "其他人正在同时修改这个账号，没有做任何更改。",
    no_such_entry: () => "黑名单里没有这一项。",
    no_such_version: () => "没有这个版本的设置。",
    settings_contended: () => "其他人正在同时修改设置，没有做任何更改。",

    no_such_webhook: () => "没有这个接收地址。",
    no_such_delivery: () => "没有这条投递记录。",
    no_such_letter: () => "没有这封死信。",
    letter_is_closed: (state = "") => `这封死信${LETTER_STATES[state] ?? state}。`,
    queue_full: (words = "") => `队列没有接受这封死信，它仍然待处理：${words}`,
    letter_too_large: (bytes = "") => `这封死信超过队列能接受的 ${grouped(bytes)} 字节，只能丢弃。`,
    letter_no_json: () => "这封死信不是 JSON，无法重发。",

    no_such_run: () => "这场活动没有这次核对。",
    ledger_lost: () => "这场活动的账本已丢失，没有可以核对的依据。请先恢复账本。",
    ledger_not_lost: () => "这场活动的账本还在，只有丢失的账本才能恢复。",
    ledger_erased: () => "这场活动删除时账本已被清除。请再次删除这场活动。",
    letters_first: () => "死信中还有这场活动的订单，请先重发或丢弃。",
    unpaid_first: () => "有订单记录为未付款，其中有些可能已在丢失的账本里付过款。请先到支付平台核实。",
    more_paid_than_known: () => "已付款的件数多于这场活动已知的库存。",
    order_of_another_sale: (order = "") =>
      `数据库把 ${order} 记在这场活动名下，但它不属于这场活动。没有恢复任何内容。`,
    restore_of_another: () => "另有人开始了这场活动的恢复。可以重新开始，或交给对方完成。",
    number_twice: () => "数据库里有两笔订单编号相同，账本不会这样编号。没有恢复任何内容。",
    orders_changed: () => "数据库中的订单在此期间有变化，请重新开始。",

    delivery_failed_each_time: (deliveries = "") => `${grouped(deliveries)} 次投递时订单库都不可用`,
    refused_by_database: (order = "", words = "") => `订单 ${order}，数据库不接受：${words}`,
    message_malformed_unkept: (place = "") => `消息格式不对：${place}（当时没能立即保存）`,
    message_malformed: (place = "") => `消息格式不对：${place}`,

    host_without_address: (host = "") => `未发送：${host} 没有对应的地址`,
    host_private: (host = "") => `未发送：${host} 指向内网地址`,
    address_forbidden: () => "未发送：不再允许发往这个地址",
    resolver_failed: (status = "") => `域名解析服务返回 ${status}`,
    receiver_answered: (answer = "") => `对方返回 ${answer}`,
    receiver_silent: () => "对方没有及时回应",
    connection_lost: () => "连接中断",
    platform_failed: (reference = "") => `平台内部错误，编号 ${reference}`,
    delivery_failed: (words = "") => `没有送达：${words}`,
  },
});

/**
 * A reason in the reader's language; one that this page does not know yet in the API's words.
 * @param text the same in English.
 */
export function explained(explanation: Explanation | undefined, text: string): string {
  const { code, values = [] } = explanation ?? {};
  if (!EXPLANATION_WORDS || code === undefined || !Object.hasOwn(EXPLANATION_WORDS, code)) return text;
  return EXPLANATION_WORDS[code](...values);
}
