/** @jsxImportSource hono/jsx */
import { inLanguage } from "../language.ts";
import { Layout, type PageContext } from "./layout.tsx";

export type AccountForm = "login" | "register";

/** Log in, or register: the same two fields. The script sends them; nothing personal is in the page. */
export function AccountPage({ page, form }: { page: PageContext; form: AccountForm }) {
  const { language, words } = page;
  const { account } = words;
  const isLogin = form === "login";
  const title = isLogin ? account.loginTitle : account.registerTitle;
  const other = isLogin ? "/register" : "/login";
  return (
    <Layout page={page} title={`${title} · Spike`} path={`/${form}`} script="account">
      <div class="narrow">
        <h1>{title}</h1>
        <p class="lead">{isLogin ? account.loginLead : account.registerLead}</p>
        <form id="account-form" class="form needs-script" data-form={form} novalidate>
          <p class="form-error" id="form-error" role="alert" />
          <Field
            name="username"
            label={account.username}
            hint={isLogin ? undefined : account.usernameHint}
            autocomplete="username"
          />
          <Field
            name="password"
            type="password"
            label={account.password}
            hint={isLogin ? undefined : account.passwordHint}
            autocomplete={isLogin ? "current-password" : "new-password"}
          />
          <label class="check">
            <input type="checkbox" id="show-password" /> {account.show}
          </label>
          <button class="button" id="submit" type="submit" disabled>
            {isLogin ? account.login : account.register}
          </button>
        </form>
        <noscript>
          <p class="hint">{words.needsScript}</p>
        </noscript>
        <p class="aside">
          <a id="other-form" href={inLanguage(language, other)}>
            {isLogin ? account.toRegister : account.toLogin}
          </a>
        </p>
      </div>
    </Layout>
  );
}

interface FieldProps {
  name: string;
  label: string;
  type?: string;
  hint?: string | undefined;
  autocomplete: string;
}

function Field({ name, label, type = "text", hint, autocomplete }: FieldProps) {
  const described = [hint ? `${name}-hint` : "", `${name}-error`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type={type}
        required
        autocomplete={autocomplete}
        autocapitalize="none"
        spellcheck={false}
        aria-describedby={described}
      />
      {hint && (
        <p class="field-hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      <p class="field-error" id={`${name}-error`} />
    </div>
  );
}
