import type { RefusalCode } from "../../../workers/shared/refusals.ts";
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
    sessionEnded: "Your session has ended. Log in in another tab, then try again: what you typed stays here.",
    between: "; ",
    tryAgain: (seconds: string) => `Try again in ${seconds} s.`,
    inLogs: (requestId: string) => `The logs have it as ${requestId}.`,
    asSentence: (text: string) => (text.endsWith(".") ? text : `${text}.`),
  },
  zh: {
    loading: "正在读取",
    more: "查看更多",
    undo: "撤销",
    dismiss: "关闭",
    leaveIt: "先不动",
    noAnswer: "服务器没有响应，更改可能没有生效。",
    offline: "网络已断开。",
    sessionEnded: "会话已结束。请在另一个标签页登录后重试，这里填写的内容不会丢失。",
    between: "；",
    tryAgain: (seconds) => `请在 ${seconds} 秒后重试。`,
    inLogs: (requestId) => `日志中的编号：${requestId}。`,
    asSentence: (text) => (text.endsWith("。") ? text : `${text}。`),
  },
});

/** What refusals are called; null where the API's own title says it. */
export const REFUSAL_NAMES = spoken<Record<RefusalCode, string> | null>({
  en: null,
  zh: {
    invalid_request: "请求有误",
    unauthenticated: "请先登录",
    not_eligible: "没有权限",
    blacklisted: "该账号或地址已被封禁",
    invalid_spike_token: "购买凭证无效",
    not_found: "没有找到",
    sold_out: "已售罄",
    limit_reached: "已达到限购",
    idempotency_conflict: "这个幂等键已用于别的请求",
    order_state: "当前状态不允许这样做",
    ended: "活动已结束",
    too_early: "活动还没有开始",
    challenge_required: "请先完成验证",
    rate_limited: "操作太快",
    internal_error: "服务器出错",
    overloaded: "服务器繁忙",
    paused: "活动已暂停",
  },
});
