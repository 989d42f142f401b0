/** What one method of the control API is: its parameters, whether it streams, and the types of what it answers. */
import type { Fields } from './fields.js';

/** Result and progress types ride along; nothing of them exists at run time. */
export interface Method<F extends Fields, ResultType, Progress> {
  readonly params: F;
  readonly streams: boolean;
  readonly result?: ResultType;
  readonly progress?: Progress;
}

export function method<ResultType>() {
  return <F extends Fields>(params: F): Method<F, ResultType, never> & { readonly streams: false } => ({ params, streams: false });
}

export function streaming<ResultType, Progress>() {
  return <F extends Fields>(params: F): Method<F, ResultType, Progress> & { readonly streams: true } => ({ params, streams: true });
}
