/** @jsxImportSource hono/jsx */
import type { Language } from "../../../workers/pages/language.ts";
import { pageContext } from "../../../workers/pages/views/layout.tsx";
import { SaleArticle } from "../../../workers/pages/views/sale.tsx";
import { SpikeShape } from "../../../workers/pages/views/spike-shape.tsx";
import type { WireSpike } from "../../../workers/spike/schemas.ts";

/** The page frames need files; an article does not. */
const NO_ASSETS = {
  styles: "",
  adminStyles: "",
  font: "",
  scripts: { list: "", sale: "", account: "", orders: "", order: "", admin: "" },
};

/** A sale as its page shows it, as HTML: the very view that makes the page, without the frame around it. */
export function renderSale(language: Language, sale: WireSpike): string {
  const sold: { toString(): string } = (
    <>
      <SpikeShape />
      <SaleArticle page={pageContext(language, NO_ASSETS)} sale={sale} />
    </>
  );
  return sold.toString();
}
