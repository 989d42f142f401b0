/** What the control API answers with: the JSON that scripts may rely on. Times are ISO 8601 in UTC, sizes bytes, names as people gave them. */
import type { RequestRow, SpaceJoinRow, SpaceRow } from './team-views.js';
import type { ActivityView, AlarmView, FileLine, GitView, LanguageView, LoopLag, RelayRow, TokenView } from './leaf-views.js';

export interface ProjectView {
  readonly id: string;
  readonly name: string;
  /** The space it belongs to. */
  readonly space: { readonly id: string; readonly name: string; readonly home: boolean };
  /** False for a viewer, and for who is no longer a member. */
  readonly mayWrite: boolean;
  /** Set once it was shared into another space; `late`: it has words that its new place lacks. */
  readonly moved: { readonly space: string; readonly spaceName: string; readonly project: string; readonly late: boolean } | null;
  /** The folder on this machine; null for a project that only other devices hold. */
  readonly path: string | null;
  /** Whose index this is: this device's, or the newest one another device shared. */
  readonly indexedBy: string | null;
  readonly files: number;
  readonly lines: number;
  readonly bytes: number;
  readonly language: string | null;
  readonly languages: readonly LanguageView[];
  readonly git: GitView | null;
  readonly todos: number;
  readonly indexedAt: string | null;
  readonly indexing: { readonly done: number; readonly total: number } | null;
  readonly watching: boolean;
  readonly tasks: { readonly open: number; readonly done: number };
  /** Suggestions nobody has judged yet, and those with two different verdicts. */
  readonly suggestions: { readonly pending: number; readonly conflicts: number };
}

/** `show`: the project with what its index found; paths are relative to the project's folder. */
export interface ProjectDetail extends ProjectView {
  readonly largest: readonly { readonly file: string; readonly bytes: number }[];
  readonly todoList: readonly FileLine[];
  readonly manifests: readonly {
    readonly file: string;
    readonly kind: string;
    readonly name: string | null;
    readonly dependencies: number;
  }[];
  /** Tracked and not there, there and not tracked, could not be read: reported apart from the counts. */
  readonly apart: {
    readonly missing: number;
    readonly untracked: number;
    readonly skipped: number;
    readonly symlinks: number;
    readonly submodules: number;
    readonly binary: number;
  };
  readonly activity: readonly ActivityView[];
  /** The same repository, as other devices know it. */
  readonly devices: readonly { readonly deviceId: string; readonly name: string; readonly indexedAt: string }[];
}

export interface AddedProject {
  readonly project: ProjectView;
  /** False when this folder was known already. */
  readonly added: boolean;
  /** Set when another device's project turned out to be the same repository, and this folder was joined to it. */
  readonly sameAs: { readonly by: 'root-commit' | 'remote' } | null;
}

export interface TaskView {
  readonly id: string;
  readonly title: string;
  readonly done: boolean;
  /** The device's name, or the first of its id where it has none. */
  readonly createdBy: string;
  readonly createdAt: string;
}

export interface SuggestionView {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly prompt: string;
  readonly suggestion: string;
  readonly model: string;
  readonly confidence: number;
  readonly verdicts: readonly { readonly verdict: 'accept' | 'reject'; readonly by: string; readonly at: string }[];
  /** `conflict`: two different verdicts stand, and a person settles it by judging again. */
  readonly state: 'pending' | 'accepted' | 'rejected' | 'conflict';
}

export interface PeerStatus {
  readonly deviceId: string;
  readonly name: string;
  /** `offline`: wanted and not connected now. `silent`: connected, but it no longer answers. */
  readonly state: 'connecting' | 'silent' | 'syncing' | 'in-step' | 'announcements' | 'strangers' | 'offline';
  readonly via: string | null;
  readonly address: string | null;
  readonly lastSeen: string | null;
  /** Entries of ours it has not stored yet. */
  readonly pending: number;
  /** Entries it announced that are not here yet. */
  readonly pendingIn: number;
}

export interface StatusView {
  readonly deviceId: string;
  readonly name: string;
  readonly version: string;
  readonly home: string;
  readonly port: number;
  readonly pid: number;
  readonly uptimeSeconds: number;
  readonly projects: readonly ProjectView[];
  readonly peers: readonly PeerStatus[];
  readonly relays: readonly RelayRow[];
  readonly refusals: Readonly<Record<string, number>>;
  readonly storage: { readonly entries: number; readonly bytes: number };
  /** Every reachable peer holds everything this device holds, and the other way round. */
  readonly inStep: boolean;
  /** C44: this home is an older or second copy; edits are kept back until `device.continue`. */
  readonly cloned: boolean;
  /** `live`, or `removed` once this device was revoked. */
  readonly standing: 'live' | 'removed' | 'joining';
  /** What people in shared spaces call whoever this device belongs to. */
  readonly person: { readonly id: string; readonly name: string };
  readonly spaces: readonly SpaceRow[];
  /** People who wait to be let in by an invite made here. */
  readonly requests: readonly RequestRow[];
  /** Invites this device was given, until a day after they ended. */
  readonly spaceJoins: readonly SpaceJoinRow[];
  /** Devices that were removed and could still read what is written now. */
  readonly rotationOwed: readonly string[];
  /** LeanVibe agents seen on the network that are not this person's. */
  readonly strangers: number;
  readonly discovery: 'on' | 'off' | 'failed';
  readonly ports: { readonly tcp: number | null; readonly ws: number | null };
  /** How late the main loop ran since the last time this was asked. */
  readonly loop: LoopLag;
  readonly memory: { readonly rssBytes: number; readonly heapBytes: number };
  readonly alarms: readonly AlarmView[];
  readonly token: TokenView | null; // set when a token asked: it is told of itself and its projects, all else is blank
}

export interface CheckView {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly fix: string;
}

export interface SettingView {
  readonly key: string;
  readonly value: string | number | boolean | readonly string[];
  readonly source: 'default' | 'file' | 'environment' | 'flag';
  readonly help: string;
  /** True when a new value is used only after the next start. */
  readonly restart: boolean;
}

export interface DeviceRow {
  readonly deviceId: string;
  readonly name: string;
  readonly type: 'computer' | 'phone' | 'browser' | 'paper';
  readonly addedAt: string | null;
  readonly lastSeen: string | null;
  readonly revoked: boolean;
  readonly thisDevice: boolean;
}

export interface PairOffer {
  readonly link: string;
  readonly code: string;
  readonly expiresAt: string;
}

export interface PairStatus {
  /** `asked`: answer with pair.confirm; with `digits`, only after both screens show the same six. */
  readonly state: 'none' | 'open' | 'asked' | 'joined' | 'ended';
  readonly offer: PairOffer | null;
  readonly name: string | null;
  readonly deviceId: string | null;
  readonly digits: string | null;
  readonly message: string | null;
  /** Set once somebody used a spent link: revoke what joined with it if that was not you. */
  readonly alarm: string | null;
}

export interface JoinStatus {
  /** `digits`: compare and answer with join.confirm. `invited`: whose person it is; answer with join.confirm. */
  readonly state: 'none' | 'dialling' | 'waiting' | 'digits' | 'invited' | 'joined' | 'failed';
  readonly digits: string | null;
  readonly personName: string | null;
  readonly deviceName: string | null;
  readonly message: string | null;
}

export type SyncView = Pick<StatusView, 'inStep' | 'peers' | 'relays'>;

export interface WhyView {
  /** `catalog`, `project`, `suggestions`, `facts`. */
  readonly document: string;
  readonly state: string;
  readonly reason: string;
  /** Plain words. */
  readonly detail: string;
  readonly waitingFor: readonly string[];
}

/** One line of GET /api/v1/events. */
export type FeedEvent =
  | { readonly type: 'hello'; readonly at: string; readonly deviceId: string; readonly version: string }
  | {
      readonly type: 'document';
      readonly at: string;
      readonly document: string;
      readonly project: string | null;
      readonly origin: 'here' | 'peer';
    }
  | {
      readonly type: 'peer';
      readonly at: string;
      readonly deviceId: string;
      readonly name: string;
      readonly state: string;
      readonly reason: string;
    }
  | { readonly type: 'membership' | 'relays'; readonly at: string }
  | { readonly type: 'refused'; readonly at: string; readonly reason: string }
  | { readonly type: 'alarm'; readonly at: string; readonly alarm: string; readonly message: string }
  | {
      readonly type: 'index';
      readonly at: string;
      readonly project: string;
      readonly done: number;
      readonly total: number;
      readonly state: 'running' | 'done' | 'failed';
    }
  | { readonly type: 'pairing'; readonly at: string; readonly status: PairStatus }
  | { readonly type: 'joining'; readonly at: string; readonly status: JoinStatus }
  /** Somebody knocked at an invite made here, or was let in or turned away. */
  | {
      readonly type: 'invite-request';
      readonly at: string;
      readonly state: 'waiting' | 'admitted' | 'denied';
      readonly request: RequestRow;
    }
  /** An invite this device was given got further. */
  | { readonly type: 'space-joining'; readonly at: string; readonly status: SpaceJoinRow }
  /** The reader was too slow and missed this many lines. */
  | { readonly type: 'missed'; readonly at: string; readonly count: number }
  | { readonly type: 'beat'; readonly at: string };
