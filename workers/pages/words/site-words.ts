/** What the pages say before any script runs. */
export interface SiteWords {
  tagline: string;
  skip: string;
  nav: { sales: string; orders: string; login: string; language: string; menu: string };
  otherLanguage: string;
  footer: { promise: string; api: string };
  noScript: string;
  needsScript: string;
  late: string;
  list: {
    title: string;
    lead: string;
    open: string;
    upcoming: string;
    past: string;
    empty: string;
    emptyHint: string;
  };
  sale: {
    days: string;
    hours: string;
    minutes: string;
    seconds: string;
    stockLabel: string;
    stockNote: string;
    was: string;
    facts: string;
    starts: string;
    ends: string;
    perPerson: string;
    units: (count: string) => string;
    hold: string;
    who: string;
    everyone: string;
    about: string;
    quantity: string;
    noScript: string;
    preparing: string;
  };
  account: {
    loginTitle: string;
    loginLead: string;
    registerTitle: string;
    registerLead: string;
    username: string;
    usernameHint: string;
    password: string;
    passwordHint: string;
    show: string;
    login: string;
    register: string;
    toRegister: string;
    toLogin: string;
  };
  orders: { title: string; lead: string; all: string; more: string };
  order: { title: string; loading: string; back: string };
  notFound: { title: string; lead: string; action: string };
  trouble: { title: string; lead: string; action: string };
}
