/** Projects over HTTP: random ids and names the relay cannot read. */
import { z } from 'zod';
import { page, timeMs } from './base.js';
import { projectId } from './metrics.js';

/** Sealed bytes of a name: a padded name, its nonce and its tag. */
export const SEALED_NAME_BYTES_MAX = 1024;
/** Projects of one account: bounds what one account can make the relay keep. */
export const PROJECTS_MAX = 1000;

/** Canonical base64 of at most SEALED_NAME_BYTES_MAX bytes. */
export const sealedName = z
  .string()
  .min(4)
  .max(Math.ceil(SEALED_NAME_BYTES_MAX / 3) * 4)
  .regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, 'expected base64');

export const putProject = z.strictObject({ name: sealedName.nullable() });
export type PutProject = z.infer<typeof putProject>;

export const project = z.strictObject({
  project: projectId,
  /** Null while only metrics named it. */
  name: sealedName.nullable(),
  madeMs: timeMs,
  changedMs: timeMs,
});
export type Project = z.infer<typeof project>;

/** Pages of `GET /projects`, in the order of ids. */
export const projects = page(project);
export type Projects = z.infer<typeof projects>;
