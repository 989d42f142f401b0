/** Being on the network: the LAN transport on the ports of last time where they are free, and discovery beside it. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { WIRE_VERSION } from '@leanvibe/protocol/version';
import type { Settings } from '../config/settings.js';
import { createInterfaceWatch } from '../discover/interfaces.js';
import { createDiscovery, type Discovery } from '../discover/mdns.js';
import type { LocalRecords } from '../product/local.js';
import { createLan, type Lan } from '../transport/lan.js';
import type { LanPorts } from '../transport/listen.js';
import type { Closing } from './closing.js';
import { StartFailure } from './start-failure.js';

export interface Network {
  readonly lan: Lan;
  readonly discovery: Discovery | null;
  readonly discoveryState: () => 'on' | 'off' | 'failed';
}

const PORTS_KEY = 'ports';

/** Others find this device again at the port they knew, also where discovery is off. */
async function lastPorts(local: LocalRecords): Promise<LanPorts> {
  const stored = await local.get(PORTS_KEY);
  if (typeof stored !== 'object' || stored === null || !('tcp' in stored) || !('ws' in stored)) return { tcp: 0, ws: 0 };
  const { tcp, ws } = stored;
  return typeof tcp === 'number' && typeof ws === 'number' ? { tcp, ws } : { tcp: 0, ws: 0 };
}

export async function startNetwork(
  deps: ClockDep & LoggerDep & { readonly local: LocalRecords; readonly closing: Closing },
  deviceSeed: Uint8Array,
  settings: Settings,
): Promise<Network> {
  const { clock, logger, local, closing } = deps;
  const interfaces = createInterfaceWatch({ clock });
  closing.add('interfaces', () => interfaces.stop());
  const chosen: LanPorts = { tcp: settings.tcpPort, ws: settings.wsPort };
  const last = await lastPorts(local);
  const wanted: LanPorts = { tcp: chosen.tcp === 0 ? last.tcp : chosen.tcp, ws: chosen.ws === 0 ? last.ws : chosen.ws };
  const open = (ports: LanPorts): ReturnType<typeof createLan> =>
    createLan({ clock, logger, deviceSeed, listenHosts: settings.listen, tcpPort: ports.tcp, wsPort: ports.ws, interfaces });

  let lan = await open(wanted);
  const remembered = wanted.tcp !== chosen.tcp || wanted.ws !== chosen.ws;
  if (!lan.ok && lan.error.code === 'port-in-use' && remembered) lan = await open(chosen);
  if (!lan.ok) {
    const fix =
      lan.error.code === 'port-in-use'
        ? 'stop the other program, or choose other ports with LEANVIBE_TCP_PORT and LEANVIBE_WS_PORT (0 picks free ones)'
        : 'check LEANVIBE_LISTEN: it must name addresses of this machine';
    throw new StartFailure(lan.error.code, lan.error.message, fix);
  }
  const started = lan.value;
  closing.add('lan', () => started.stop());
  const { tcp, ws } = started.ports;
  if (tcp !== last.tcp || ws !== last.ws) await local.put(PORTS_KEY, { tcp, ws });

  if (!settings.discovery) return { lan: started, discovery: null, discoveryState: () => 'off' };
  const discovery = createDiscovery({ clock, logger, interfaces, service: { version: WIRE_VERSION, tcpPort: tcp, wsPort: ws } });
  closing.add('discovery', () => discovery.stop());
  discovery.start();
  const failed = (): boolean => (discovery.refusals()['port-unavailable'] ?? 0) > 0;
  return { lan: started, discovery, discoveryState: () => (failed() ? 'failed' : 'on') };
}
