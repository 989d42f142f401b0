/** Knots: questions that wait for each other, as when two owners remove each other. Settled alike whatever the order of arrival (G15, G16). */
import { authorOf, demotes } from './authority.js';
import { walkComponents } from './components.js';
import { acquit, decide, decideIfHopeless } from './decide.js';
import type { Court } from './judgement.js';
import { allNeeds, type Waits } from './needs.js';
import { type Node, operationOf } from './node.js';
import { isAnswered, keyOf, type Question } from './question.js';

/** Answers every question of the knot, and those that turn out to be wanted for it on the way. */
export function settleKnot(court: Court, knot: readonly Question[]): void {
  const open = new Map<number, Question>(knot.map((question) => [keyOf(question), question]));
  while (open.size > 0) {
    if (!sweep(court, open)) breakKnots(court, [...open.values()]);
    for (const [key, question] of open) if (isAnswered(court, question)) open.delete(key);
  }
}

/**
 * Answers what can be answered without cutting anything; knowing more only ever lets it answer more, so the order is free.
 * False when nothing moved; then whatever the open questions wait for is among them.
 */
function sweep(court: Court, open: Map<number, Question>): boolean {
  let moved = false;
  for (const question of open.values()) {
    if (isAnswered(court, question)) continue;
    if (decideIfHopeless(court, question)) {
      moved = true;
      continue;
    }
    const { firm, witnesses } = allNeeds(court, question);
    for (const need of [...firm, ...witnesses]) {
      if (open.has(keyOf(need))) continue;
      open.set(keyOf(need), need);
      moved = true;
    }
    if (firm.length + witnesses.length > 0) continue;
    decide(court, question);
    moved = true;
  }
  return moved;
}

/** Finds the knots that wait for nothing else and cuts each: first the testimony that rests on itself, then the mutual removals. */
function breakKnots(court: Court, open: readonly Question[]): void {
  const waits = new Map<number, Waits>(open.map((question) => [keyOf(question), allNeeds(court, question)]));
  const waitsOf = (question: Question): Waits => waits.get(keyOf(question)) ?? { firm: [], witnesses: [] };
  const cuts: Question[][] = [];
  for (const knot of innermost(open, (question) => [...waitsOf(question).firm, ...waitsOf(question).witnesses])) {
    const members = new Set(knot.map(keyOf));
    cuts.push(...innermost(knot, (question) => waitsOf(question).firm.filter((one) => members.has(keyOf(one)))));
  }
  // All cuts are chosen before any is made: none may look at what another did.
  const chosen = cuts.map((cut) => ({
    alone: cut.length === 1 ? cut[0] : undefined,
    mutual: cut.length === 1 ? [] : strongest(court, cut),
  }));
  for (const { alone, mutual } of chosen) {
    if (alone !== undefined) decide(court, alone);
    for (const { node, rank } of mutual) acquit(court, node, rank);
  }
}

/** The components that wait for no other of these questions. */
function innermost(questions: readonly Question[], needs: (question: Question) => readonly Question[]): Question[][] {
  const home = new Map<number, number>();
  const found: Question[][] = [];
  walkComponents(questions, {
    needsOf: (question) => needs(question)[Symbol.iterator](),
    isDone: (question) => home.has(keyOf(question)),
    onComponent(component) {
      for (const question of component) home.set(keyOf(question), found.length);
      found.push([...component]);
    },
  });
  return found.filter((component, at) => component.every((question) => needs(question).every((one) => home.get(keyOf(one)) === at)));
}

/** The removals and demotions of the highest rank in the knot. Each stands: this is how two owners remove each other. */
function strongest(court: Court, knot: readonly Question[]): { readonly node: Node; readonly rank: number }[] {
  const removals = knot
    .filter(({ node, part }) => part === 'deed' && (isRemoval(node) || demotes(court, node)))
    .map(({ node }) => ({ node, rank: authorOf(court, node, 'high')?.rank ?? 0 }));
  if (removals.length === 0) throw new Error('impossible: a knot without a removal');
  const rank = Math.max(...removals.map((one) => one.rank));
  return removals.filter((one) => one.rank === rank);
}

function isRemoval(node: Node): boolean {
  const { type } = operationOf(node);
  return type === 'remove-device' || type === 'remove-person' || type === 'succeed';
}
