/** Everything a relay may hold, log, count or be told, and by which words of the leak budget (C32). What is not here may not be. */

/** The budget itself; nothing else is allowed. */
export type May =
  | 'account'
  | 'address, hashed'
  | 'which account uses which mailbox, when, with which capability'
  | 'entry kind'
  | 'padded size'
  | 'epoch succession'
  | 'sealed bytes and their hash'
  | 'a place in a log'
  | 'email'
  | 'proof of an account, hashed or sealed'
  | 'device kind and label'
  | 'consent'
  | 'counters by random project id'
  | 'audit'
  | 'billing'
  | 'the relay itself';

type Columns = Readonly<Record<string, May>>;
const USE = 'which account uses which mailbox, when, with which capability';
const PROOF = 'proof of an account, hashed or sealed';
const SEALED = 'sealed bytes and their hash';
const COUNTED = 'counters by random project id';

const SPAN: Columns = Object.fromEntries(
  (
    'account project startMs suggestionsMade suggestionsAccepted suggestionsRejected filesProcessed tokens syncBytes feedbackAccepted ' +
    'feedbackRejected feedbackLatencyMs memorySamples memorySum memoryMax cpuSamples cpuSum cpuMax'
  )
    .split(' ')
    .map((name) => [name, COUNTED]),
);

/** Which steps of the schema were made; no room's table. */
export const STEPS: Columns = { name: 'the relay itself', atMs: 'the relay itself' };

/** Table by table, every column. */
export const COLUMNS: Readonly<Record<string, Columns>> = {
  mailbox: {
    mailbox: USE,
    account: USE,
    readKey: 'epoch succession',
    appendKey: 'epoch succession',
    madeMs: USE,
    bytes: 'padded size',
    prunedBytes: 'padded size',
    entries: 'entry kind',
    head0: 'a place in a log',
    head1: 'a place in a log',
    head2: 'a place in a log',
    hash0: SEALED,
    hash1: SEALED,
    hash2: SEALED,
    deletedMs: USE,
  },
  pastKey: { mailbox: USE, readKey: 'epoch succession', endedMs: 'epoch succession' },
  listed: { mailbox: USE, account: USE },
  entry: {
    mailbox: USE,
    lane: 'entry kind',
    position: 'a place in a log',
    entryId: SEALED,
    prefixHash: SEALED,
    size: 'padded size',
    sealed: SEALED,
    fromDevice: USE,
    prunedMs: USE,
  },
  record: { name: 'a place in a log', key: 'a place in a log', value: 'a place in a log' },
  meta: { name: 'the relay itself', value: 'the relay itself' },
  account: {
    account: 'account',
    email: 'email',
    passwordHash: PROOF,
    madeMs: 'account',
    passwordMs: 'account',
    tier: 'billing',
    consentMs: 'consent',
    lockedMs: 'account',
    deletedMs: 'account',
    receipt: 'account',
    totp: PROOF,
    totpStep: PROOF,
    totpNext: PROOF,
  },
  pending: { hash: PROOF, email: 'email', passwordHash: PROOF, expiresMs: 'account' },
  session: { session: 'account', account: 'account', madeMs: 'account', expiresMs: 'account', endedMs: 'account' },
  refresh: { hash: PROOF, session: 'account', expiresMs: 'account', usedMs: 'account' },
  recoveryCode: { hash: PROOF, account: 'account' },
  reset: { hash: PROOF, account: 'account', expiresMs: 'account' },
  invite: { hash: PROOF, madeMs: 'account', expiresMs: 'account' },
  attempt: { key: 'address, hashed', failures: 'account', lastMs: 'account' },
  signingKey: {
    kid: 'the relay itself',
    publicKey: 'the relay itself',
    privateKey: 'the relay itself',
    madeMs: 'the relay itself',
    retiredMs: 'the relay itself',
  },
  device: {
    device: 'account',
    account: 'account',
    kind: 'device kind and label',
    label: 'device kind and label',
    tokenHash: PROOF,
    publicKey: PROOF,
    madeMs: 'account',
    revokedMs: 'account',
    pairedBy: 'account',
  },
  audit: {
    audit: 'audit',
    atMs: 'audit',
    account: 'audit',
    device: 'audit',
    act: 'audit',
    subject: 'audit',
    outcome: 'audit',
    address: 'address, hashed',
  },
  receipt: { receipt: 'audit', erasedMs: 'audit', rows: 'audit' },
  project: { account: COUNTED, project: COUNTED, name: SEALED, madeMs: COUNTED, changedMs: COUNTED },
  metricHour: SPAN,
  metricDay: SPAN,
  metricBatch: { account: COUNTED, batch: COUNTED, digest: COUNTED, receivedMs: COUNTED },
  fleet: { name: COUNTED, lookedMs: COUNTED, computedMs: COUNTED, people: COUNTED, shown: COUNTED, means: COUNTED },
  fleetMember: { account: COUNTED },
  accountPlan: { account: 'billing', tier: 'billing', subscription: 'billing', eventMs: 'billing' },
  billingEvent: { event: 'billing', receivedMs: 'billing' },
  flag: { flag: 'the relay itself', share: 'the relay itself', changedMs: 'the relay itself' },
};

/** Log events, with their fields; `*` stands for what is computed: the kind of a report. `count`: numbers of rows, by what was done with them. */
export const EVENTS: Readonly<Record<string, string>> = {
  'audit-delayed': 'rows why',
  'audit-lost': 'act',
  'audit-lost-at-end': 'rows',
  'billing-event': 'type result',
  'billing-refused': 'reason',
  'authenticator-unreadable': 'account',
  'bus-connected': '',
  'bus-hints-lost': 'why',
  'bus-line-error': 'error',
  'bus-listener-failed': 'type error',
  'bus-not-subscribed': 'error',
  crashed: 'why where',
  'database-back': '',
  'database-gone': '',
  'database-line-lost': 'code',
  'database-migrated': 'step',
  'database-newer': 'step',
  'database-replaced': 'connections',
  draining: '',
  'end-failed': 'what error',
  'erase-failed': 'why',
  'flags-unread': 'error',
  'hello-failed': 'error',
  http: 'requestId method route status ms account',
  'http-failed': 'requestId why where',
  'http-unavailable': 'requestId reason',
  'later-failed': 'what why',
  'limiter-alone': 'kind',
  'limiter-line-error': 'error',
  'mailbox-failed': 'error',
  'mailbox-store-failed': 'code',
  'metrics-fleet': 'result',
  'metrics-keeper-failed': 'piece error',
  'metrics-refused': 'reason',
  'months-tended': 'made dropped deleted',
  'poll-failed': 'error',
  ready: 'port dialect bus',
  'replica-gone': '',
  'secrets-resealed': 'authenticators unreadable',
  'signing-key-retired': 'kid',
  stopped: 'how',
  'sync.*': '',
  'sync.malformed': 'detail',
  'sync.store-failed': 'error',
  'table-shape': 'table shape',
  upkeep: 'accounts entries mailboxes',
  'upkeep-failed': 'error',
};

/** Labels of every metric together. */
export const LABELS = 'route method status room reason direction dependency event';

/** What an audit row may say was done. */
export const ACTS =
  'account.delete account.export account.lock account.restore account.tier account.unlock flag.set invite.make keys.rotate mailbox.unprune ' +
  'mailbox.unremove operator.* consent.give consent.withdraw device.pair device.rename device.revoke login logout ' +
  'logout-all logout-all.devices mailbox.list mailbox.make mailbox.open mailbox.prune mailbox.rekey mailbox.remove mfa.confirm mfa.disable ' +
  'password.change password.reset password.reset-request plan.change project.put project.remove refresh refresh.reused register';

/** Every message a relay is sent or sends, and the records within them, with all their fields. */
export const MESSAGES: Readonly<Record<string, string>> = {
  keyProof: 'key signature',
  'relayUp.hello': 'version versionMin origin token',
  'relayUp.attach': 'slot mailbox read append',
  'relayUp.make': 'slot mailbox read append past',
  'relayUp.rekey': 'slot read append present past',
  'relayUp.list': 'slot account listed',
  'relayUp.prune': 'slot lane ids',
  'relayUp.remove': 'slot append',
  'relayUp.presence': 'slot sealed',
  'relayUp.leave': 'slot',
  'relayUp.pipe': 'slot name end',
  'relayUp.data': 'slot bytes',
  'relayUp.ping': 'nonce',
  'relayUp.pong': 'nonce',
  ownedMailbox: 'mailbox read',
  'relayDown.welcome': 'version nonce account device',
  'relayDown.attached': 'slot level append owner listed',
  'relayDown.stale': 'slot read append',
  'relayDown.refused': 'slot code detail',
  'relayDown.done': 'slot code',
  'relayDown.presence': 'slot sealed',
  'relayDown.met': 'slot',
  'relayDown.data': 'slot bytes',
  'relayDown.ended': 'slot',
  'relayDown.full': 'slot',
  'relayDown.ping': 'nonce',
  'relayDown.pong': 'nonce',
  'relayDown.owned': 'mailboxes',
  head: 'position prefixHash',
  cursor: 'lane position prefixHash',
  rangeSum: 'prefix count fingerprint',
  rangeAnswer: 'prefix summary ids count fingerprint',
  placed: 'before after',
  'logMessage.heads': 'slot store lanes',
  'logMessage.cursors': 'slot store lanes',
  'logMessage.entries': 'slot lane through prefixHash items',
  'logMessage.offer': 'slot lane through prefixHash ids',
  'logMessage.want': 'slot lane through bits',
  'logMessage.stored': 'slot lane through credit placed',
  'logMessage.reconcile': 'slot lane seed round ranges',
  'logMessage.get': 'slot lane ids',
  'logMessage.loose': 'slot lane items missing',
  'logMessage.ranges': 'slot lane round ranges',
  'logMessage.unmatched': 'slot lane position prefixHash',
  'logMessage.trace': 'slot lane after through',
  'logMessage.traced': 'slot lane after ids',
};
