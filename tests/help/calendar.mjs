/** Loaded before the agent's own program: its machine's clock, and with it the agent's, is as far ahead as the test's calendar says at that moment. */
import { readFileSync } from 'node:fs';

const path = process.env.CALENDAR_FILE;
if (path === undefined) throw new Error('no calendar');
const aheadMs = Number(readFileSync(path, 'utf8'));
const realNow = Date.now.bind(Date);
Date.now = () => realNow() + aheadMs;
