import type { Settings, SpikeSettings } from "../../workers/shared/settings.ts";
import { spoken } from "./shared/language.ts";

interface SettingWords {
  label: string;
  hint: string;
}

/** Settings that are fields of a form. The switch that stops all sales stands beside the sales. */
export type FormSetting = Exclude<keyof Settings, "salesPaused">;

/** What each setting does. */
export const SETTING_WORDS = spoken<Record<FormSetting, SettingWords>>({
  en: {
    addressRequestsPerWindow: { label: "Requests per address", hint: "In one window" },
    addressWindowSeconds: { label: "Window of an address", hint: "Seconds" },
    accountRequestsPerWindow: { label: "Requests per account", hint: "Per action, in one window" },
    accountWindowSeconds: { label: "Window of an account", hint: "Seconds" },
    userIntervalMs: { label: "Pause between attempts", hint: "Milliseconds, per account" },
    overloadFactor: { label: "Overload factor", hint: "Purchases beyond this many times the stock are shed" },
    fleetRequestsPerSecond: { label: "Ceiling of a sale", hint: "Requests a second, everywhere together" },
    strikesBeforeChallenge: { label: "Strikes before a proof", hint: "Suspicious acts" },
    strikesBeforeBlacklist: { label: "Strikes before a ban", hint: "Suspicious acts" },
    challengeCost: { label: "Work of a proof", hint: "Iterations of each try" },
    blacklistSeconds: { label: "Length of such a ban", hint: "Seconds" },
    accessDecisionSeconds: { label: "Reuse of access decisions", hint: "Seconds" },
    gatesPerSpike: { label: "Gates per sale", hint: "0 goes to the ledger directly" },
  },
  zh: {
    addressRequestsPerWindow: { label: "每个地址的请求数", hint: "一个时间窗内" },
    addressWindowSeconds: { label: "地址时间窗", hint: "秒" },
    accountRequestsPerWindow: { label: "每个账号的请求数", hint: "每种操作，一个时间窗内" },
    accountWindowSeconds: { label: "账号时间窗", hint: "秒" },
    userIntervalMs: { label: "两次尝试的间隔", hint: "毫秒，每个账号" },
    overloadFactor: { label: "过载系数", hint: "超过剩余库存这么多倍的购买会被拒绝" },
    fleetRequestsPerSecond: { label: "单场活动的上限", hint: "每秒请求数，全部节点合计" },
    strikesBeforeChallenge: { label: "几次可疑行为后验证", hint: "次" },
    strikesBeforeBlacklist: { label: "几次可疑行为后封禁", hint: "次" },
    challengeCost: { label: "验证的计算量", hint: "每次尝试的迭代数" },
    blacklistSeconds: { label: "封禁时长", hint: "秒" },
    accessDecisionSeconds: { label: "准入判断的复用时间", hint: "秒" },
    gatesPerSpike: { label: "每场活动的闸门数", hint: "0 表示直接进入账本" },
  },
});

/** Those that one sale cannot have for itself. */
const FOR_ALL_ONLY: Record<Exclude<FormSetting, keyof SpikeSettings>, true> = {
  addressRequestsPerWindow: true,
  addressWindowSeconds: true,
  accountRequestsPerWindow: true,
  accountWindowSeconds: true,
};

export const FORM_SETTINGS = Object.keys(SETTING_WORDS) as FormSetting[];
export const OWN_SETTINGS = FORM_SETTINGS.filter(
  (name): name is keyof SpikeSettings => !(name in FOR_ALL_ONLY),
);

/** What a setting is called; one that this page does not know yet, by its name. */
export function labelOf(name: string): string {
  return name === "salesPaused" ? WORDS.allStopped : (SETTING_WORDS[name as FormSetting]?.label ?? name);
}

export const WORDS = spoken({
  en: {
    title: "Settings",
    lead: "These take effect everywhere within a minute. 0 switches a filter off.",
    allStopped: "Every sale is stopped",
    saved: "Saved.",
    nothingChanged: "Nothing changed",
    save: (fields: number) => `Save ${fields} of them`,
    own: {
      title: "Settings of this sale",
      lead: "An empty field follows what holds for all sales, which stands in it in grey. Changes take effect within a minute.",
      asForAll: "as for all",
    },
    history: {
      title: "History",
      label: "Versions of the settings",
      columns: ["Version", "When", "Who", "What changed"],
      unseen: "Back to it",
      empty: "Nobody has changed anything: these are the defaults.",
      inForce: "In force",
      backTo: "Back to",
      version: (version: number) => ` version ${version}`,
      this: " this",
      back: (version: number) => `Back to version ${version}`,
      ask: (version: number) => `Back to version ${version}?`,
      askText: (changes: string) =>
        `It becomes the newest version, and takes effect everywhere within a minute: ${changes}. You can take it back.`,
      noDifference: "nothing would change",
      reverted: (version: number) => `Version ${version} is in force again.`,
      unknown: "unknown",
      of: (label: string) => `${label}: `,
      between: ", ",
    },
  },
  zh: {
    title: "设置",
    lead: "更改会在一分钟内全网生效。填 0 表示关闭该项限制。",
    allStopped: "全部活动停售",
    saved: "已保存。",
    nothingChanged: "没有更改",
    save: (fields) => `保存 ${fields} 项更改`,
    own: {
      title: "这场活动的设置",
      lead: "留空则沿用全局设置，灰色数字就是全局的值。更改会在一分钟内生效。",
      asForAll: "沿用全局",
    },
    history: {
      title: "历史版本",
      label: "设置的历史版本",
      columns: ["版本", "时间", "操作者", "更改内容"],
      unseen: "恢复",
      empty: "还没有人更改过，当前是默认值。",
      inForce: "正在使用",
      backTo: "恢复",
      version: (version) => `版本 ${version}`,
      this: "此版本",
      back: (version) => `恢复版本 ${version}`,
      ask: (version) => `恢复版本 ${version}？`,
      askText: (changes) => `它会成为最新版本，一分钟内全网生效：${changes}。可以撤销。`,
      noDifference: "没有任何变化",
      reverted: (version) => `版本 ${version} 已重新生效。`,
      unknown: "未知",
      of: (label) => `${label}：`,
      between: "，",
    },
  },
});
