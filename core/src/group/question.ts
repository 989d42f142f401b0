/** Questions: a link is judged in two parts, for a witness need only stand, whatever becomes of its deed. */
import { type Court, standOf, UNDECIDED, verdictOf } from './judgement.js';
import type { Node } from './node.js';

/** `stand`: was the author a live device there, with which role, and did nobody strike it? `deed`: does the link count? */
export interface Question {
  readonly node: Node;
  readonly part: 'stand' | 'deed';
}

export function standing(node: Node): Question {
  return { node, part: 'stand' };
}

export function deed(node: Node): Question {
  return { node, part: 'deed' };
}

/** One number per question. */
export function keyOf(question: Question): number {
  return question.node.ordinal * 2 + (question.part === 'deed' ? 1 : 0);
}

export function isAnswered(court: Court, question: Question): boolean {
  return (question.part === 'deed' ? verdictOf(court, question.node) : standOf(court, question.node)) !== UNDECIDED;
}
