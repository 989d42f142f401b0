/** Days that pass for agents without anybody waiting for them: an agent started in this environment lives on the day the calendar shows then. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempFolder } from './temp.js';

const DAY_MS = 86_400_000;
const PRELOAD = new URL('calendar.mjs', import.meta.url).href;

export interface Calendar {
  /** For the agents' processes; the agent itself knows nothing of it. */
  readonly env: Readonly<Record<string, string>>;
  /** For agents started from now on; those that run stay on their day. */
  pass(days: number): Promise<void>;
}

export async function createCalendar(): Promise<Calendar> {
  const path = join(await tempFolder('calendar'), 'ahead');
  let days = 0;
  const show = (): Promise<void> => writeFile(path, String(days * DAY_MS));
  await show();
  return {
    env: { NODE_OPTIONS: `--import=${PRELOAD}`, CALENDAR_FILE: path },
    pass(more) {
      days += more;
      return show();
    },
  };
}
