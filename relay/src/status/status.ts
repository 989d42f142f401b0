/** What everybody may know of how the relay is doing: three things people use, each in one word. */
import type { HealthView, PartState, Status } from '@leanvibe/protocol/http/health';

/** Beyond it a part is called slow. */
const SLOW_MS = 500;

export function statusOf(view: Pick<HealthView, 'status' | 'draining' | 'checks'>, nowMs: number): Status {
  const state = (name: string): PartState => {
    const found = view.checks.find(({ dependency }) => dependency === name);
    return found === undefined || (found.ok && found.tookMs < SLOW_MS) ? 'working' : found.ok ? 'slow' : 'down';
  };
  const database = state('database');
  const storage = database === 'down' || state('disk') === 'down' ? 'down' : database;
  const bus = state('bus') === 'working' ? 'working' : 'slow';
  const parts: Status['parts'] = [
    { name: 'Sync between devices', state: worst([storage, bus]), words: syncWords(storage, bus) },
    { name: 'Accounts', state: storage, words: storage === 'down' ? 'signing in and pairing wait' : '' },
    {
      name: 'This server',
      state: view.draining ? 'slow' : 'working',
      words: view.draining ? 'handing over to another' : '',
    },
  ];
  return { overall: worst(parts.map((part) => part.state)), parts, at: new Date(nowMs).toISOString() };
}

/** When the relay does not answer at all, as seen from outside. */
export function unreachable(nowMs: number): Status {
  const words = 'devices on one network go on syncing; nothing is lost';
  return { overall: 'down', parts: [{ name: 'The relay', state: 'down', words }], at: new Date(nowMs).toISOString() };
}

function syncWords(storage: PartState, bus: PartState): string {
  if (storage === 'down') return 'devices keep everything and try again; devices on one network go on syncing';
  return bus === 'slow' ? 'what is new may take some seconds longer to arrive' : '';
}

function worst(states: readonly PartState[]): PartState {
  return states.includes('down') ? 'down' : states.includes('slow') ? 'slow' : 'working';
}
