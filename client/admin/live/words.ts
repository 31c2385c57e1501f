import { spoken } from "../shared/language.ts";

/** The screen of one sale: what is seen of it while it runs. */
export const WORDS = spoken({
  en: {
    to: " to ",
    toPay: (duration: string) => `${duration} to pay`,
    now: "Now",
    fine: "Counted since the sale was created; rates are averages of the last complete seconds.",
    unknown: "not known yet",
    connection: {
      connecting: "Connecting",
      live: "Live",
      polling: "No live connection. The ledger is read each second; rates and funnel pause.",
      offline: "No connection. What you see is old.",
      gone: "This sale was deleted.",
    },
    figures: {
      left: "Left",
      attempts: "Attempts/s",
      wins: "Wins/s",
      unrecorded: "To record",
      lag: "Queue lag, s",
    },
    stock: {
      sold: (units: string) => `${units} sold`,
      held: (units: string) => `${units} held`,
      left: (units: string) => `${units} left`,
      total: (units: string) => `of ${units}`,
      returned: (units: string) => `${units} came back`,
      scheduled: (units: string) => `${units} still to come in waves`,
    },
    funnel: { purchase: "Purchases", token: "Purchase tokens", attempts: "Attempts", passed: "Got through" },
    orders: "Orders",
    gates: {
      title: "Gates",
      none: "Nothing has come through yet.",
      label: "Purchases by gate",
      columns: ["Gate", "Purchases", "Now/s", "Per call"],
      gate: (number: number) => `Gate ${number}`,
      ledger: "Ledger",
    },
    charts: {
      span: "Time shown",
      minute: "1 minute",
      tenMinutes: "10 minutes",
      hour: "1 hour",
      rates: "Rates",
      stock: "Stock",
      left: "Left",
      held: "Held",
      sold: "Sold",
    },
  },
  zh: {
    to: " 至 ",
    toPay: (duration) => `付款时限 ${duration}`,
    now: "实时",
    fine: "累计数从活动创建算起；速率是最近几秒的平均值。",
    unknown: "尚无数据",
    connection: {
      connecting: "正在连接",
      live: "实时",
      polling: "实时连接不可用。每秒读取账本，速率和漏斗暂停更新。",
      offline: "没有连接，显示的是旧数据。",
      gone: "这场活动已被删除。",
    },
    figures: {
      left: "剩余",
      attempts: "尝试/秒",
      wins: "成功/秒",
      unrecorded: "待入库",
      lag: "队列延迟（秒）",
    },
    stock: {
      sold: (units) => `已售 ${units}`,
      held: (units) => `待付款 ${units}`,
      left: (units) => `剩余 ${units}`,
      total: (units) => `共 ${units}`,
      returned: (units) => `退回 ${units}`,
      scheduled: (units) => `后续批次还有 ${units}`,
    },
    funnel: { purchase: "购买", token: "购买凭证", attempts: "尝试", passed: "成功" },
    orders: "订单",
    gates: {
      title: "闸门",
      none: "还没有请求通过。",
      label: "各闸门的购买数",
      columns: ["闸门", "购买", "当前/秒", "每次调用"],
      gate: (number) => `闸门 ${number}`,
      ledger: "账本",
    },
    charts: {
      span: "时间范围",
      minute: "1 分钟",
      tenMinutes: "10 分钟",
      hour: "1 小时",
      rates: "速率",
      stock: "库存",
      left: "剩余",
      held: "待付款",
      sold: "已售",
    },
  },
});

/** The filters in the order in which they are asked, with what each refuses. */
export const FILTER_LABELS = spoken<Record<string, string>>({
  en: {
    address_limit: "Too many from one address",
    known_spike: "No such sale",
    overload: "Beyond what stock allows",
    sold_out: "Sold out",
    authenticated: "Not logged in",
    phase: "Not open",
    purchase_token: "No valid purchase token",
    blacklist: "Blacklisted",
    challenge: "Asked for a proof",
    access_rules: "Not eligible",
  },
  zh: {
    address_limit: "同一地址过多",
    known_spike: "活动不存在",
    overload: "超出库存可承受",
    sold_out: "已售罄",
    authenticated: "未登录",
    phase: "未开售",
    purchase_token: "购买凭证无效",
    blacklist: "黑名单",
    challenge: "需要验证",
    access_rules: "不符合资格",
  },
});

/** What gate and ledger refuse, by its code. */
export const REFUSAL_LABELS = spoken<Record<string, string>>({
  en: {
    rate_limited: "One account too fast",
    limit_reached: "Limit per person",
    sold_out: "Sold out at the ledger",
    overloaded: "Gate or ledger full",
    paused: "Paused",
    too_early: "Too early",
    ended: "Over",
    idempotency_conflict: "Key used before",
  },
  zh: {
    rate_limited: "账号操作过快",
    limit_reached: "达到限购",
    sold_out: "账本已售罄",
    overloaded: "闸门或账本已满",
    paused: "已暂停",
    too_early: "未到时间",
    ended: "已结束",
    idempotency_conflict: "幂等键重复使用",
  },
});

/** Attempts that failed without a reason to give. */
export const FAILED_LABEL = spoken({ en: "Failed", zh: "失败" });
