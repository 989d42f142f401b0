/** Extensions that several languages share, told apart by what the beginning of the file looks like. */

type Judge = (head: string, extension: string) => string | null;

/** The better-supported of several languages by how many lines match; the first on a tie, so list the commonest first. */
function mostLines(head: string, marks: readonly (readonly [string, RegExp])[]): string {
  const scores = marks.map(() => 0);
  for (const line of head.split('\n'))
    marks.forEach(([, mark], index) => mark.test(line.slice(0, 300)) && (scores[index] = (scores[index] ?? 0) + 1));
  const best = scores.indexOf(Math.max(...scores));
  return marks[best]?.[0] ?? '';
}

const JUDGES: { readonly [extension: string]: Judge } = {
  m: (head) =>
    mostLines(head, [
      [
        'Objective-C',
        /^[ \t]*(#import|@(interface|implementation|end|property|protocol|import|class)\b|[-+][ \t]*\(|\/\/|\/\*|\*|#include|[{}])/,
      ],
      ['MATLAB', /^[ \t]*(%|function\b.*=|function \w+[ \t]*\(|end[ \t]*$|\.\.\.)/],
      ['Mathematica', /^[ \t]*\(\*|:=|\[\[/],
      ['Mercury', /^:-[ \t]|^[ \t]*->/],
    ]),
  ts: (head) => (/^[ \t]*<(\?xml|!DOCTYPE TS)\b/.test(head) ? 'Qt Linguist' : 'TypeScript'),
  ui: (head) => (/<interface\b|<glade-interface/.test(head) ? 'Glade' : 'Qt'),
  pl: prologOrPerl,
  PL: prologOrPerl,
  p6: (head) => (/^[ \t]*:-/m.test(head) ? 'Prolog' : 'Raku'),
  P6: (head) => (/^[ \t]*:-/m.test(head) ? 'Prolog' : 'Raku'),
  pp: (head) =>
    /^[ \t]*(program|unit|uses|interface|implementation|begin)\b/im.test(head) && /;[ \t]*$/m.test(head) ? 'Pascal' : 'Puppet',
  inc: (head) =>
    /<\?(php|=|[ \t\n])/.test(head)
      ? 'PHP'
      : /^[ \t]*(procedure|function|unit|uses|var|const|type)\b.*[;:]?[ \t]*$/im.test(head) && /\{\$|\bend;/i.test(head)
        ? 'Pascal'
        : null,
  tpl: (head) => (/\{(\/?(if|foreach|section|include|literal|assign|block|capture|strip|php|html_)|\$|\*)/.test(head) ? 'Smarty' : null),
  cls: (head) =>
    /\\(NeedsTeXFormat|ProvidesClass|documentclass|newcommand|def)\b/.test(head)
      ? 'TeX'
      : /^[ \t]*(public|private|global)[ \t]+.*class\b/im.test(head) && head.includes('{')
        ? 'Apex Class'
        : 'Visual Basic',
  v: (head) =>
    /^[ \t]*(Require|Proof|Qed|Lemma|Theorem|Definition|Inductive|Fixpoint|Module Type|Import|From .* Require)\b/m.test(head)
      ? 'Coq'
      : 'Verilog-SystemVerilog',
  fs: (head) =>
    /^[ \t]*(: \S+|\\ )|[ \t];[ \t]*$/m.test(head) && !/^[ \t]*(let|module|namespace|open|type)\b/m.test(head) ? 'Forth' : 'F#',
  f: fortranOrForth,
  for: fortranOrForth,
  cl: (head) => (/__kernel|__global|\bkernel void\b|^[ \t]*#(include|define|pragma|ifdef)/m.test(head) ? 'OpenCL' : 'Lisp'),
  jl: (head) => (/^[ \t]*\(|^[ \t]*;/.test(head) ? 'Lisp' : 'Julia'),
  cs: (head) => (/^[ \t]*(!|")/.test(head) && /subclass:/.test(head) ? 'Smalltalk' : 'C#'),
  sls: (head) => (/^[ \t]*[\w/.-]+:[ \t]*$/m.test(head) || /^[ \t]*\{%/m.test(head) ? 'SaltStack' : 'Scheme'),
  pro: (head) =>
    /^[ \t]*(-keep|-dont|-optimiz)/m.test(head)
      ? 'ProGuard'
      : /^[ \t]*(QT|TEMPLATE|TARGET|SOURCES|HEADERS|CONFIG|SUBDIRS|include\()[ \t]*\+?=?/m.test(head)
        ? 'Qt Project'
        : /^[ \t]*:-/m.test(head)
          ? 'Prolog'
          : 'IDL',
  d: (head) =>
    /^#!.*dtrace/.test(head)
      ? 'dtrace'
      : /^#!.*\bbash\b/.test(head)
        ? 'Bourne Again Shell'
        : /^#!.*\bsh\b/.test(head)
          ? 'Bourne Shell'
          : 'D',
};

function prologOrPerl(head: string): string {
  if (/^#!.*\bperl/.test(head)) return 'Perl';
  return /^[ \t]*:-/m.test(head) || (/:-[ \t]*$/m.test(head) && !/[$@%]\w|\bsub\b/.test(head)) ? 'Prolog' : 'Perl';
}

function fortranOrForth(head: string): string {
  return /^[ \t]*:[ \t]\S+.*$|[ \t];[ \t]*$/m.test(head) &&
    !/^[ \t]{5,}(subroutine|function|program|integer|real|call|end|do|if|implicit)\b/im.test(head)
    ? 'Forth'
    : 'Fortran 77';
}

/** A pom or Ant file must say so itself; other files of these names are plain XML. */
const NAME_JUDGES: { readonly [language: string]: Judge } = {
  Maven: (head) => (/<project\b/.test(head) ? 'Maven' : 'XML'),
  Ant: (head) => (/<project\b/.test(head) ? 'Ant' : 'XML'),
};

/** `head` is at most the first 8,000 bytes, read as Latin-1. Null where the file is none of the known ones. */
export function settleExtension(extension: string, language: string, head: string): string | null {
  const judge = Object.hasOwn(JUDGES, extension) ? JUDGES[extension] : undefined;
  return judge === undefined ? language : judge(head, extension);
}

export function settleName(language: string, head: string): string {
  const judge = Object.hasOwn(NAME_JUDGES, language) ? NAME_JUDGES[language] : undefined;
  return (judge === undefined ? language : judge(head, '')) ?? language;
}

export function isAmbiguous(extension: string): boolean {
  return Object.hasOwn(JUDGES, extension);
}
