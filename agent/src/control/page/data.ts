/** What the status page shows. */
import type { DeviceRow, StatusView } from '../views.js';

export interface PageData {
  readonly status: StatusView;
  readonly devices: readonly DeviceRow[];
}
