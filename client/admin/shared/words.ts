import type { Failure } from "../../shared/answer.ts";
import { spoken } from "./language.ts";

/** What every screen says. */
export const WORDS = spoken({
  en: {
    loading: "Loading",
    more: "Show more",
    undo: "Undo",
    dismiss: "Dismiss",
    leaveIt: "Leave it",
    noAnswer: "The server did not answer. Nothing may have changed.",
    offline: "You are offline.",
    between: "; ",
  },
  zh: {
    loading: "正在读取",
    more: "查看更多",
    undo: "撤销",
    dismiss: "关闭",
    leaveIt: "先不动",
    noAnswer: "服务器没有响应，更改可能没有生效。",
    offline: "网络已断开。",
    between: "；",
  },
});

/** What refusals are called. The server's details are in English; they follow where they say more. */
export const REFUSAL_NAMES = spoken<Partial<Record<Failure["code"], string>>>({
  en: {},
  zh: {
    invalid_request: "请求有误",
    unauthenticated: "请先登录",
    not_eligible: "没有权限",
    blacklisted: "该账号或地址已被封禁",
    not_found: "没有找到",
    idempotency_conflict: "这个幂等键已用于别的请求",
    order_state: "订单的状态不允许这样做",
    ended: "活动已结束",
    rate_limited: "操作太快",
    internal_error: "服务器出错",
    overloaded: "服务器繁忙",
    paused: "活动已暂停",
  },
});
