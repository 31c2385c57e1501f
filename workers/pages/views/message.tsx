/** @jsxImportSource hono/jsx */
import { inLanguage } from "../language.ts";
import { Layout, type PageContext } from "./layout.tsx";

interface MessageProps {
  page: PageContext;
  kind: "notFound" | "trouble";
  /** Where it is shown: the other language says the same there. */
  path: string;
}

/** A page that only says something: nothing found, or something failed. */
export function MessagePage({ page, kind, path }: MessageProps) {
  const { language, words } = page;
  return (
    <Layout page={page} title={`${words[kind].title} · Spike`} path={path}>
      <div class="narrow message">
        <h1>{words[kind].title}</h1>
        <p class="lead">{words[kind].lead}</p>
        <p>
          <a class="button" href={inLanguage(language, kind === "trouble" ? path : "/")}>
            {words[kind].action}
          </a>
        </p>
      </div>
    </Layout>
  );
}
