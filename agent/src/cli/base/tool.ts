/** Running a program of the system, with its answer in words. */
import { execFile } from 'node:child_process';

const TOOL_MS_MAX = 20_000;

/** Null when it did what it was told; else the first line of what it said. */
export function runTool(tool: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(tool, [...args], { timeout: TOOL_MS_MAX }, (error, _out, said) => {
      if (error === null) return resolve(null);
      resolve(error.code === 'ENOENT' ? `${tool} is not on this machine` : (said.trim().split('\n')[0] ?? '') || `${tool} failed`);
    });
  });
}
