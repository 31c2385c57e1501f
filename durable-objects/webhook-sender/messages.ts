/** The object that sends to one endpoint, named by the endpoint's id. */
export interface WebhookSenderRpc {
  /** Something is due. While the endpoint is left alone because it failed, only `hurry` changes that. */
  wake(endpointId: string, hurry: boolean): Promise<void>;
}
