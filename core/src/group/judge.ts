/** Judge: a verdict for every link of a set, as a pure function of that set (C4). Order of arrival never shows. */
import type { Clock } from './clock.js';
import { countOf, withCount } from './clock.js';
import { attackersOf } from './conflict.js';
import { walkComponents } from './components.js';
import { decide, decideAlone, restate } from './decide.js';
import { type Court, emptyJudgement, grownJudgement, type Judgement, standOf, UNDECIDED, verdictOf } from './judgement.js';
import type { Graph } from './graph.js';
import { settleKnot } from './knot.js';
import { needsOf } from './needs.js';
import { holds, isBefore, type Node, operationOf } from './node.js';
import { deed, isAnswered, type Question, standing } from './question.js';
import type { Register } from './register.js';

export interface Bench {
  readonly graph: Graph;
  readonly register: Register;
}

export function openCourt(bench: Bench, judgement: Judgement): Court {
  return {
    // Field by field: spreading costs more than all the rest of a small judgement.
    set: judgement.set,
    verdicts: judgement.verdicts,
    stands: judgement.stands,
    ranks: judgement.ranks,
    roots: judgement.roots,
    contested: judgement.contested,
    graph: bench.graph,
    register: bench.register,
    nodes: bench.graph.nodes,
    proofs: new Map(),
    galleries: [],
    heirs: new Map(),
    steps: new Map(),
    detours: new Map(),
  };
}

/** Judges the whole set afresh. */
export function judge(bench: Bench, set: Clock): Judgement {
  const judgement = emptyJudgement(set, bench.graph.nodes.length);
  const court = openCourt(bench, judgement);
  let knotted = false;
  for (const node of bench.graph.nodes) {
    if (!holds(set, node)) continue;
    if (standOf(court, node) !== UNDECIDED && verdictOf(court, node) !== UNDECIDED) continue;
    // Parents have lower ordinals and are decided: only who aims at the link can make it wait.
    if (standOf(court, node) === UNDECIDED && attackersOf(court, node).next().done) decideAlone(court, node);
    else knotted = hear(court, node) || knotted;
  }
  if (knotted) for (const node of bench.graph.nodes) restate(court, node);
  return judgement;
}

/** Answers what the link waits for, then the link; true when some of it was a knot. */
function hear(court: Court, root: Node): boolean {
  let knotted = false;
  walkComponents([deed(root), standing(root)], {
    needsOf: (question) => needsOf(court, question, question.node.ordinal <= root.ordinal),
    isDone: (question) => isAnswered(court, question),
    onComponent(questions) {
      if (questions.length === 1) decide(court, questions[0] as Question);
      else {
        knotted = true;
        settleKnot(court, questions);
      }
    },
  });
  return knotted;
}

/** The judgement of one more link; null when the link could change the verdict of another, so that all must be judged afresh. */
export function judgeOneMore(bench: Bench, base: Judgement, node: Node): Judgement | null {
  if (disturbs(bench, base, node)) return null;
  const grown = grownJudgement(base, withCount(base.set, node.line, node.position + 1), bench.graph.nodes.length);
  const court = openCourt(bench, grown);
  if (attackersOf(court, node).next().done) decideAlone(court, node);
  else for (const question of [standing(node), deed(node)]) decide(court, question);
  return grown;
}

function disturbs(bench: Bench, base: Judgement, node: Node): boolean {
  if (bench.graph.forks.isForked(node.link.body.author)) return true;
  const aimsBeside = targetsOf(bench, node).some((device) =>
    bench.graph.linesOf(device).some((line) => line !== node.line && countOf(base.set, line) > countOf(node.before, line)),
  );
  if (aimsBeside) return true;
  if (base.contested.length === 0) return false;
  const court = openCourt(bench, base);
  return base.contested.some((ordinal) => {
    const other = bench.graph.nodes[ordinal] as Node;
    if (!isBefore(other, node)) return false;
    for (const attacker of attackersOf(court, other)) if (attacker === null || !isBefore(attacker, node)) return true;
    return false;
  });
}

function targetsOf(bench: Bench, node: Node): readonly Node['link']['body']['author'][] {
  const op = operationOf(node);
  if (op.type === 'remove-device') return [op.device];
  if (op.type === 'succeed') return [op.previous];
  return op.type === 'remove-person' || op.type === 'set-role' ? [...bench.register.person(op.person).devices] : [];
}
