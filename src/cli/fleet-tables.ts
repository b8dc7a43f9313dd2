/** What `fleet --format csv` exports, each as a table of its own. */
export const FLEET_TABLES = ['gpus', 'causes', 'cases', 'differences', 'outliers', 'changes', 'errors'] as const;
export type FleetTable = (typeof FLEET_TABLES)[number];
