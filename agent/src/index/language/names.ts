/** Languages known by a whole file name or by the program a script's first line names. */

function parse(table: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const row of table.trim().split('\n')) {
    const bar = row.indexOf('|');
    for (const word of row.slice(bar + 1).split(' ')) found.set(word, row.slice(0, bar));
  }
  return found;
}

/** Whole names, as written. */
export const LANGUAGE_BY_NAME: ReadonlyMap<string, string> = parse(`
Bazel|BUILD
CMake|CMakeLists.txt
Containerfile|Containerfile
Dockerfile|Dockerfile
Erlang|rebar.config rebar.lock rebar.config.lock Emakefile
JSON|composer.lock mcmod.info .arcconfig .htmlhintrc .tern-config .tern-project .watchmanconfig
make|Makefile makefile GNUmakefile Gnumakefile gnumakefile
Maven|pom.xml
Ant|build.xml
Meson|meson.build
Perl|Makefile.PL makefile.pl cpanfile Rexfile ack
Python|wscript Wscript SConstruct SConscript Snakefile BUCK .gclient DEPS
Ruby|Rakefile rakefile Gemfile Gemfile.lock Appraisals Berksfile Brewfile Buildfile Capfile Dangerfile Deliverfile Fastfile Guardfile Jarfile Mavenfile Podfile Puppetfile Snapfile Thorfile Vagrantfile .irbrc .pryrc
Starlark|WORKSPACE
XML|web.config web.debug.config web.release.config app.config nuget.config packages.config
YAML|.clang-format .clang-tidy .gemrc
`);

/** Names without an extension, compared in lower case. */
export const LANGUAGE_BY_BARE_NAME: ReadonlyMap<string, string> = parse(`
CoffeeScript|cakefile
Dockerfile|dockerfile
Groovy|jenkinsfile
JavaScript|jakefile
make|makefile gnumakefile
PHP|phakefile
Python|buck sconscript sconstruct snakefile wscript workspace
Ruby|appraisals berksfile brewfile buildfile capfile dangerfile deliverfile fastfile gemfile guardfile jarfile mavenfile podfile puppetfile rakefile snapfile thorfile vagrantfile
`);

/** The program of a `#!` line, its version digits dropped. */
export const LANGUAGE_BY_PROGRAM: ReadonlyMap<string, string> = parse(`
awk|awk gawk mawk nawk
Bourne Again Shell|bash
Bourne Shell|sh dash
C Shell|csh tcsh
CoffeeScript|coffee
Crystal|crystal
dtrace|dtrace
Elixir|elixir
Erlang|escript
Expect|expect
Fish Shell|fish
Groovy|groovy
Guile|guile
Haskell|runhaskell runghc stack
JavaScript|node nodejs iojs
Julia|julia
Korn Shell|ksh
Lisp|sbcl clisp
Lua|lua luajit
make|make
OCaml|ocaml ocamlrun
Perl|perl
PHP|php
PowerShell|pwsh
Prolog|swipl
Python|python pypy
R|Rscript
Racket|racket
Raku|raku perl6
Ruby|ruby jruby rake macruby
Rust|rust-script
Scala|scala
Scheme|guile
sed|sed
Swift|swift
Tcl/Tk|tclsh wish
TypeScript|deno ts-node tsx bun
zsh|zsh
`);

/** Markup, data, prose and build recipes: counted, but never what a project is said to be written in. */
export const NOT_PROGRAMMING: ReadonlySet<string> = new Set([
  'Ant',
  'AsciiDoc',
  'Bazel',
  'CMake',
  'Containerfile',
  'CSON',
  'CSS',
  'CSV',
  'Cucumber',
  'Delphi Form',
  'diff',
  'DITA',
  'Dockerfile',
  'DTD',
  'Gencat NLS',
  'Gradle',
  'HTML',
  'INI',
  'JSON',
  'JSON5',
  'LESS',
  'm4',
  'make',
  'Markdown',
  'Maven',
  'Meson',
  'MSBuild script',
  'NAnt script',
  'PO File',
  'Properties',
  'Qt',
  'Qt Linguist',
  'reStructuredText',
  'Sass',
  'SCSS',
  'SQL Data',
  'Starlark',
  'Stylus',
  'SVG',
  'TeX',
  'Text',
  'TOML',
  'Unity-Prefab',
  'Visual Studio Solution',
  'Windows Module Definition',
  'XHTML',
  'XMI',
  'XML',
  'XSD',
  'YAML',
  'Jupyter Notebook',
]);
