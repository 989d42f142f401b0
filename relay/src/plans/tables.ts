/** What was bought: the tier of an account, and the billing events already applied. */

export interface AccountPlanTable {
  readonly account: string;
  readonly tier: string;
  /** SHA-256 of the subscription it comes from: the end of another one changes nothing. */
  readonly subscription: string;
  /** When the payment service made the event, ms; older ones change nothing. */
  readonly eventMs: number;
}

export interface BillingEventTable {
  readonly event: string;
  readonly receivedMs: number;
}

export interface PlanTables {
  readonly accountPlan: AccountPlanTable;
  readonly billingEvent: BillingEventTable;
}
