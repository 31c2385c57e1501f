import { spoken } from "./shared/language.ts";

export const WORDS = spoken({
  en: {
    title: "Audit log",
    columns: ["When", "Who", "What", "To what", "Details"],
    empty: "Nothing has been changed yet.",
    show: "Show",
  },
  zh: {
    title: "审计日志",
    columns: ["时间", "操作者", "操作", "对象", "详情"],
    empty: "还没有任何更改。",
    show: "查看",
  },
});
