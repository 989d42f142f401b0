/** Languages whose names begin with A to L, and their file extensions. */

/** One language a line, then its extensions; upper-case ones that mean something else come as their own words. */
export const EXTENSIONS_A_L = `
ABAP|abap
ActionScript|as
Ada|adb ads ada pad
Agda|agda lagda
ANTLR Grammar|g g4
Apex Trigger|trigger
APL|apl dyalog apla aplf apln
AppleScript|applescript
Arduino Sketch|ino pde
AsciiDoc|adoc asciidoc
ASP|asp asa ashx
ASP.NET|aspx ascx asax asmx master sitemap
AspectJ|aj
Assembly|asm s S a51 nasm
Astro|astro
AutoHotkey|ahk ahkl
awk|awk gawk mawk nawk auk
Bicep|bicep
Blade|blade blade.php
Bourne Again Shell|bash
Bourne Shell|sh
BrightScript|brs
builder|xml.builder
C|c cats ec idc pgc
C Shell|csh tcsh
C#|cs
C# Designer|designer.cs
C++|cc cpp cxx c++ C CPP h++ inl ipp pcc tcc tpp
C/C++ Header|h hh hpp hxx H
Cairo|cairo
Chapel|chpl
Clean|icl dcl
Clojure|clj boot cl2 cljx hic
ClojureC|cljc
ClojureScript|cljs
CMake|cmake cmake.in
COBOL|cob cbl COB CBL cobol ccp cpy
CoffeeScript|coffee cakefile cjsx iced _coffee
ColdFusion|cfm cfml
ColdFusion CFScript|cfc
Crystal|cr
CSON|cson
CSS|css
CSV|csv
Cucumber|feature
CUDA|cu cuh
Cython|pyx pxd pxi
D|d
DAL|da
Dart|dart
Delphi Form|dfm
dhall|dhall
diff|diff patch
DITA|dita
Dockerfile|dockerfile Dockerfile
DOS Batch|bat BAT cmd CMD btm BTM
Drools|drl
DTD|dtd
EEx|eex
EJS|ejs
Elixir|ex exs
Elm|elm
Embedded Crystal|ecr
ERB|erb ERB
Erlang|erl hrl xrl yrl app.src
Expect|exp
F#|fs fsi
F# Script|fsx
Fennel|fnl
Fish Shell|fish
Flatbuffers|fbs
Forth|4th e4 f83 fb forth fpm fr frt ft fth rx
Fortran 77|f F f77 F77 for FOR ftn FTN pfo
Fortran 90|f90 F90
Fortran 95|f95 F95
Freemarker Template|ftl
Futhark|fut
FXML|fxml
GDScript|gd
Gencat NLS|msg
Glade|glade
Gleam|gleam
GLSL|glsl comp frag frg fp fsh fshader geo geom glslv gshader tesc tese vert vrx vsh vshader
Go|go
Godot Resource|tres
Godot Scene|tscn
Godot Shaders|gdshader
Gradle|gradle gradle.kts
Grails|gsp
GraphQL|graphql gql graphqls
Groovy|groovy gant grt gtpl gvy jenkinsfile
Haml|haml haml.deface
Handlebars|handlebars hbs
Harbour|hb
Haskell|hs hsc lhs
Haxe|hx hxsl
HCL|hcl tf tfvars nomad
HLSL|hlsl hlsli cg cginc fxh shader
HTML|html htm html.hl xht
HTML EEx|heex
IDL|idl dlm pro
Idris|idr
Igor Pro|ipf
Imba|imba
INI|ini prefs lektorproject buildozer.spec
Java|java
JavaScript|js mjs cjs bones es6 jake jsb jscad jsfl jsm jss njs pac sjs ssjs xsjs xsjslib _js
JavaServer Faces|jsf
JCL|jcl
Jinja Template|jinja jinja2
JSON|json geojson topojson avsc har gltf jsonl mcmeta tfstate tfstate.backup webapp webmanifest yyp arcconfig htmlhintrc json-tmlanguage tern-config tern-project watchmanconfig composer.lock
JSON5|json5
JSP|jsp jspf
JSX|jsx
Julia|jl
Juniper Junos|junos
Jupyter Notebook|ipynb
Korn Shell|ksh
Kotlin|kt ktm kts
kvlang|kv
Lean|lean hlean
LESS|less
lex|l lex
LFE|lfe
liquid|liquid
Lisp|lisp lsp el asd cl
Literate Idris|lidr
LLVM IR|ll
`;
