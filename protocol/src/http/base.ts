/** What every answer of the relay's HTTP API is made of: problems, ids, times, pages. One definition for server and client. */
import { z } from 'zod';

export const API_PREFIX = '/api/v1';

/** Every refusal, as RFC 9457 has it. `type` is what a program goes by, `detail` what a person reads. */
export const problem = z
  .strictObject({
    type: z.string().meta({ description: 'urn:leanvibe:problem: and a fixed word', example: 'urn:leanvibe:problem:not-found' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    requestId: z.string(),
  })
  .meta({ id: 'Problem' });

export type Problem = z.infer<typeof problem>;

export const PROBLEM_TYPE = 'application/problem+json';
export const PROBLEM_URN = 'urn:leanvibe:problem:';

/** UUID, lowercase, as the relay makes them. */
export const id = z.uuid().regex(/^[0-9a-f-]{36}$/);

/** Whole milliseconds since 1970. */
export const timeMs = z.int().min(0);

/** A name a person gave, shown to that person: 1 to 64 characters, none of them a control character. */
export const label = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u, 'no control characters');

export const PAGE_MAX = 100;

/** `cursor` is what the page before said in `next`; opaque, of this relay only. */
export const pageQuery = z.strictObject({
  cursor: z
    .string()
    .max(200)
    .regex(/^[A-Za-z0-9_-]+$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(50),
});

export type PageQuery = z.infer<typeof pageQuery>;

/** `next` is null on the last page. */
export function page<Item extends z.ZodType>(item: Item): z.ZodObject<{ items: z.ZodArray<Item>; next: z.ZodNullable<z.ZodString> }> {
  return z.strictObject({ items: z.array(item), next: z.string().nullable() }) as never;
}

/** For answers that hold nothing but that it was done. */
export const done = z.strictObject({ done: z.literal(true) });
