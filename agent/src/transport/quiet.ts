/** libp2p's logging, switched off: its lines carry addresses and peer ids, and DEBUG must not turn them on. */
import type { ComponentLogger, Logger } from '@libp2p/interface';

const nothing = (): void => undefined;

const SILENT: Logger = Object.assign((): void => undefined, {
  error: nothing,
  trace: nothing,
  enabled: false,
  newScope: (): Logger => SILENT,
});

export const quietLogger: ComponentLogger = { forComponent: () => SILENT };
