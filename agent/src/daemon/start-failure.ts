/** Why the agent did not start: what failed, why, and the one next thing to try. */

export type StartFailureCode =
  | 'bad-config'
  | 'home-unusable'
  | 'already-running'
  | 'secrets'
  | 'store'
  | 'crypto'
  | 'port-in-use'
  | 'cannot-listen'
  | 'failed';

export class StartFailure extends Error {
  override readonly name = 'StartFailure';
  readonly code: StartFailureCode;
  readonly fix: string;
  constructor(code: StartFailureCode, message: string, fix: string) {
    super(message);
    this.code = code;
    this.fix = fix;
  }
}
