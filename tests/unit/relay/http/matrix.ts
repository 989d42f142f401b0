/**
 * Who may use which route: what a request with no more than `bodies` in it is answered, exactly. A new route fails the matrix until it stands here.
 * One number: open to all. Four: a person who signed in, the same after deleting the account, an agent's token, a telephone's or browser's token.
 * Ids in paths are always another account's.
 */
export type Row = number | readonly [person: number, deleted: number, agent: number, viewer: number];

const PERSON: Row = [422, 403, 401, 401];

export const MATRIX: Readonly<Record<string, Row>> = {
  'get /openapi.json': 200,
  'get /docs': 200,
  'get /docs/page.js': 200,
  'get /docs/page.css': 200,
  'get /health': 200,
  'get /health/live': 200,
  'get /health/ready': 200,
  'get /health/complete': 200,
  'get /health/database': 200,
  'get /status': 200,
  'get /status.json': 200,
  'get /status/page.css': 200,
  // For the token of the numbers alone, which is nobody's account.
  'get /metrics': 401,
  'post /api/v1/auth/register': 422,
  'post /api/v1/auth/confirm': 422,
  'post /api/v1/auth/login': 422,
  'post /api/v1/auth/refresh': 422,
  'post /api/v1/auth/password/reset-request': 422,
  'post /api/v1/auth/password/reset': 422,
  'post /api/v1/auth/logout': [200, 200, 401, 401],
  'post /api/v1/auth/logout-all': [200, 403, 401, 401],
  'post /api/v1/auth/password/change': PERSON,
  'post /api/v1/auth/mfa/setup': PERSON,
  'post /api/v1/auth/mfa/confirm': PERSON,
  'post /api/v1/auth/mfa/disable': PERSON,
  'post /api/v1/devices/pair': [422, 403, 422, 403],
  'post /api/v1/devices/leave': [401, 401, 204, 204],
  'get /api/v1/devices': [200, 403, 401, 401],
  'patch /api/v1/devices/{id}': [404, 403, 401, 401],
  'delete /api/v1/devices/{id}': [404, 403, 401, 401],
  'get /api/v1/account': [200, 200, 401, 401],
  'get /api/v1/account/export': [200, 200, 401, 401],
  'get /api/v1/account/audit': [200, 403, 401, 401],
  'post /api/v1/account/consent': PERSON,
  'post /api/v1/account/restore': [403, 200, 401, 401],
  'delete /api/v1/account': PERSON,
  'get /api/v1/receipts/{id}': 404,
  'post /api/v1/metrics/agent': [401, 401, 422, 403],
  'get /api/v1/metrics/summary': [200, 403, 200, 200],
  'post /api/v1/suggestions/{id}/feedback': [422, 403, 422, 422],
  'get /api/v1/projects': [200, 403, 200, 200],
  'get /api/v1/projects/{id}/metrics': [404, 403, 404, 404],
  'put /api/v1/projects/{id}': [422, 403, 422, 403],
  'delete /api/v1/projects/{id}': [404, 403, 404, 403],
  'get /api/v1/plans': 200,
  'post /billing/webhook': 400,
};

export const BODIES: Readonly<Record<string, object>> = { 'patch /api/v1/devices/{id}': { label: 'mine now' } };
