/** The structure of a Yjs V1 update, read within limits: who writes which clocks, what each struct refers to, what is deleted. */
import { DEPTH_MAX, STRUCTS_MAX } from '@leanvibe/protocol/limits';
import { isForbiddenKey } from './json.js';
import { createYjsReader, Unfit, type YjsReader } from './yjs-reader.js';

/** verdict. Distinct root types one change may name; each costs a live object. */
export const ROOTS_MAX = 1024;
/** verdict. Client ids whose structs one change may carry. */
export const WRITERS_MAX = 4096;
/** Numbers kept per struct: client and clock of origin, right origin and parent; client -1 where there is none. */
export const REFS = 6;

/** All structs of one client, in clock order. */
export interface Section {
  readonly clientId: number;
  readonly clockStart: number;
  clockEnd: number;
  /** First clock of each struct. */
  readonly starts: number[];
  /** REFS numbers per struct. */
  readonly refs: number[];
}

/** Clocks [from, to), ascending and apart. */
export type ClockRanges = (readonly [from: number, to: number])[];

export interface ParsedUpdate {
  readonly sections: readonly Section[];
  /** Ascending ranges per client. */
  readonly deletes: readonly { readonly clientId: number; readonly ranges: ClockRanges }[];
  readonly structs: number;
}

interface Budget {
  /** Structs, delete ranges and values together; they all cost memory alike. */
  spend(count: number): void;
  root(name: string): void;
}

const CONTENT = { gc: 0, deleted: 1, json: 2, binary: 3, string: 4, embed: 5, format: 6, type: 7, any: 8 } as const;
const HAS_ORIGIN = 128;
const HAS_RIGHT = 64;
const HAS_KEY = 32;
/** XmlElement and XmlHook carry a name; 0 to 6 are the types Yjs 13 knows. */
const TYPES = { xmlElement: 3, xmlHook: 5, last: 6 } as const;

/** Throws `Unfit`; every loop is bounded by the bytes that are left. */
export function parseUpdate(payload: Uint8Array): ParsedUpdate {
  const reader = createYjsReader(payload);
  const budget = createBudget();
  const sections: Section[] = [];
  let structs = 0;
  const writers = reader.uint();
  if (writers > WRITERS_MAX) throw new Unfit(writers > reader.left ? 'malformed' : 'over-limit');
  for (let at = 0; at < writers; at++) {
    const section = readSection(reader, budget);
    // Yjs writes higher client ids first; the one order also rules out duplicates.
    if (at > 0 && section.clientId >= (sections[at - 1] as Section).clientId) throw new Unfit('malformed');
    structs += section.starts.length;
    sections.push(section);
  }
  const deletes = readDeletes(reader, budget);
  if (reader.left !== 0) throw new Unfit('malformed');
  return { sections, deletes, structs };
}

function createBudget(): Budget {
  let spent = 0;
  const roots = new Set<string>();
  return {
    spend(count) {
      spent += count;
      if (spent > STRUCTS_MAX) throw new Unfit('over-limit');
    },
    root(name) {
      roots.add(name);
      if (roots.size > ROOTS_MAX) throw new Unfit('over-limit');
    },
  };
}

function readSection(reader: YjsReader, budget: Budget): Section {
  const count = reader.uint();
  const clientId = reader.uint();
  const clockStart = reader.uint();
  if (count === 0 || count > reader.left) throw new Unfit('malformed');
  const section: Section = { clientId, clockStart, clockEnd: clockStart, starts: [], refs: [] };
  for (let at = 0; at < count; at++) {
    budget.spend(1);
    section.starts.push(section.clockEnd);
    const length = readStruct(reader, budget, section.refs);
    section.clockEnd += length;
    if (length === 0 || section.clockEnd > Number.MAX_SAFE_INTEGER) throw new Unfit('malformed');
  }
  return section;
}

/** Answers the struct's length in clocks. */
function readStruct(reader: YjsReader, budget: Budget, refs: number[]): number {
  const info = reader.byte();
  const content = info & 31;
  if (content === CONTENT.gc) {
    if (info !== 0) throw new Unfit('malformed');
    refs.push(-1, -1, -1, -1, -1, -1);
    return reader.uint();
  }
  // 9 is a sub-document, 10 a gap; nothing beyond exists.
  if (content > CONTENT.any) throw new Unfit('malformed');
  const hasOrigin = (info & HAS_ORIGIN) !== 0;
  const hasRight = (info & HAS_RIGHT) !== 0;
  readReference(reader, hasOrigin, refs);
  readReference(reader, hasRight, refs);
  if (hasOrigin || hasRight) refs.push(-1, -1);
  else {
    const named = reader.uint();
    if (named > 1) throw new Unfit('malformed');
    if (named === 1) budget.root(reader.text());
    readReference(reader, named === 0, refs);
    if ((info & HAS_KEY) !== 0) reader.skipText();
  }
  return readContent(reader, budget, content);
}

function readReference(reader: YjsReader, present: boolean, refs: number[]): void {
  if (present) refs.push(reader.uint(), reader.uint());
  else refs.push(-1, -1);
}

function readContent(reader: YjsReader, budget: Budget, content: number): number {
  switch (content) {
    case CONTENT.deleted:
      return reader.uint();
    case CONTENT.json:
    case CONTENT.any: {
      const count = reader.uint();
      if (count > reader.left) throw new Unfit('malformed');
      for (let at = 0; at < count; at++) budget.spend(content === CONTENT.any ? reader.skipAny(DEPTH_MAX) : reader.skipJson(true));
      return count;
    }
    case CONTENT.string:
      return reader.skipText();
    case CONTENT.binary:
      reader.skipBytes();
      return 1;
    case CONTENT.embed:
      budget.spend(reader.skipJson());
      return 1;
    case CONTENT.format:
      if (isForbiddenKey(reader.text())) throw new Unfit('malformed');
      budget.spend(reader.skipJson());
      return 1;
    default: {
      const type = reader.uint();
      if (type > TYPES.last) throw new Unfit('malformed');
      if (type === TYPES.xmlElement || type === TYPES.xmlHook) reader.skipText();
      return 1;
    }
  }
}

function readDeletes(reader: YjsReader, budget: Budget): ParsedUpdate['deletes'] {
  const deletes: { clientId: number; ranges: ClockRanges }[] = [];
  const clients = reader.uint();
  if (clients > reader.left) throw new Unfit('malformed');
  for (let at = 0; at < clients; at++) {
    const clientId = reader.uint();
    if (at > 0 && clientId >= (deletes[at - 1] as ParsedUpdate['deletes'][number]).clientId) throw new Unfit('malformed');
    const count = reader.uint();
    if (count === 0 || count > reader.left) throw new Unfit('malformed');
    const ranges: ClockRanges = [];
    let clockEnd = 0;
    for (let range = 0; range < count; range++) {
      budget.spend(1);
      const clock = reader.uint();
      const length = reader.uint();
      if (clock < clockEnd || length === 0 || clock + length > Number.MAX_SAFE_INTEGER) throw new Unfit('malformed');
      clockEnd = clock + length;
      ranges.push([clock, clockEnd]);
    }
    deletes.push({ clientId, ranges });
  }
  return deletes;
}
