import { accessRoutes } from "./access/routes.ts";
import { adminRoutes } from "./admin/routes.ts";
import { createApi } from "./edge/api.ts";
import { authenticate } from "./edge/authenticate.ts";
import { limitBody } from "./edge/body-limit.ts";
import { limitAccounts, limitAddresses } from "./edge/limit-requests.ts";
import { readOrigin } from "./edge/origin.ts";
import { answerProblems } from "./edge/problems.ts";
import { noStoreByDefault } from "./edge/no-store-by-default.ts";
import { mintRequestId } from "./edge/request-id.ts";
import { secureAnswers } from "./edge/security-headers.ts";
import { serveOpenApi } from "./operations/openapi.ts";
import { operationsRoutes } from "./operations/routes.ts";
import { orderRoutes } from "./order/routes.ts";
import { notFoundPage, pageRoutes, wantsPage } from "./pages/routes.tsx";
import { Refusal } from "./shared/refusals.ts";
import { purchaseRoutes } from "./spike/purchase-routes.ts";
import { spikeRoutes } from "./spike/routes.ts";
import { userRoutes } from "./user/routes.ts";
import { sessionRoutes } from "./user/session-routes.ts";

/** The whole HTTP surface: the funnel's order, then the services. */
export const app = createApi();

app.onError(answerProblems);
app.notFound((c) => (wantsPage(c) ? notFoundPage(c) : answerProblems(new Refusal("not_found"), c)));

app.use(mintRequestId());
app.use(secureAnswers());
app.use(noStoreByDefault());
app.use(readOrigin());
app.use(limitBody());

app.route("/", pageRoutes); // the same for everyone, so nobody is asked who he is
app.route("/", purchaseRoutes); // described here; `index.ts` answers them before anything is routed
app.use("/api/*", limitAddresses("other"));
// Before `authenticate`, so that an expired token does not stop its owner from getting a new one.
app.route("/", sessionRoutes);

app.use(authenticate());
app.use("/api/orders/*", limitAccounts("orders"));

app.route("/", userRoutes);
app.route("/", accessRoutes);
app.route("/", spikeRoutes);
app.route("/", orderRoutes);
app.route("/", adminRoutes);
app.route("/", operationsRoutes);
serveOpenApi(app);
