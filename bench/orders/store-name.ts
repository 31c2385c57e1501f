/** The order stores, as ORDER_STORE names them. */
export type StoreName = "d1" | "mysql";
