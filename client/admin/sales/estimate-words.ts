import { spoken } from "../shared/language.ts";

/** What the platform charges for. */
export type CostName =
  | "requests"
  | "cpu"
  | "objectCalls"
  | "objectTime"
  | "ledgerRows"
  | "databaseRows"
  | "queue";

/** The numbers that an estimate takes for granted. */
export interface Assumed {
  attempts: number;
  calls: number;
  peak: number;
  gatePurchases: number;
  ledgerCalls: number;
  ledgerBatch: number;
  cpuMs: number;
  ledgerRows: number;
  databaseRows: number;
}

export const WORDS = spoken({
  en: {
    title: "Capacity estimate",
    crowd: "Expected crowd",
    window: "Within seconds",
    incomplete: "Fill in stock and time to pay.",
    gates: "Gates",
    peak: "Requests/s at the peak",
    soldOutAfter: "Sold out after",
    crowdTooSmall: "Crowd too small",
    cost: "Platform cost",
    granted: "What this takes for granted",
    costBy: "Cost by what is paid for",
    atMost: (purchases: string) =>
      `At most ${purchases} purchases a second get through with that many gates.`,
    costs: {
      requests: "Worker requests",
      cpu: "Worker CPU time",
      objectCalls: "Gate and ledger calls",
      objectTime: "Gate and ledger time",
      ledgerRows: "Ledger rows",
      databaseRows: "Order database rows",
      queue: "Queue",
    } satisfies Record<CostName, string>,
    assumptions: (assumed: Assumed) => [
      `An average shopper tries ${assumed.attempts} times; each try is ${assumed.calls} requests.`,
      `The worst second is ${assumed.peak} times as busy as the average of the window.`,
      `A gate takes ${assumed.gatePurchases} purchases a second, the lower end of what Cloudflare states for one object.`,
      `The ledger takes ${assumed.ledgerCalls} calls a second of ${assumed.ledgerBatch} purchases each.`,
      `A request costs ${assumed.cpuMs} ms of CPU; nothing is taken off for what the door refuses from memory.`,
      `An order writes ${assumed.ledgerRows} rows in the ledger and ${assumed.databaseRows} in the database, index entries included.`,
      "Prices are those of the Workers Paid plan; what the plan includes is not taken off. Pages and pictures are static and free; cached answers are not counted.",
    ],
  },
  zh: {
    title: "容量估算",
    crowd: "预计人数",
    window: "集中在（秒）",
    incomplete: "请先填写库存和付款时限。",
    gates: "闸门",
    peak: "峰值请求/秒",
    soldOutAfter: "售罄用时",
    crowdTooSmall: "人数不足以售罄",
    cost: "平台费用",
    granted: "估算的前提",
    costBy: "各项费用",
    atMost: (purchases) => `这么多闸门每秒最多通过 ${purchases} 次购买。`,
    costs: {
      requests: "Worker 请求",
      cpu: "Worker CPU 时间",
      objectCalls: "闸门和账本调用",
      objectTime: "闸门和账本时间",
      ledgerRows: "账本写入行",
      databaseRows: "订单库写入行",
      queue: "队列",
    },
    assumptions: (assumed) => [
      `平均每人尝试 ${assumed.attempts} 次，每次 ${assumed.calls} 个请求。`,
      `最忙的一秒是平均值的 ${assumed.peak} 倍。`,
      `一个闸门每秒处理 ${assumed.gatePurchases} 次购买，取 Cloudflare 对单个对象给出的下限。`,
      `账本每秒处理 ${assumed.ledgerCalls} 次调用，每次 ${assumed.ledgerBatch} 次购买。`,
      `一个请求用 ${assumed.cpuMs} 毫秒 CPU，入口从内存直接拒绝的不另扣除。`,
      `一个订单在账本写 ${assumed.ledgerRows} 行，在数据库写 ${assumed.databaseRows} 行，含索引。`,
      "价格按 Workers 付费方案计算，未扣除方案自带的额度。页面和图片是静态文件，免费；缓存的响应不计入。",
    ],
  },
});
