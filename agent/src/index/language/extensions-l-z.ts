/** Languages whose names begin with L to Z, and their file extensions. */

/** One language a line, then its extensions, as in the table before it. */
export const EXTENSIONS_L_Z = `
Logos|x xm
Logtalk|lgt logtalk
Lua|lua wlua nse p8 pd_lua rbxs
m4|m4 ac
make|mk am Makefile makefile
Mako|mako mao
Markdown|md markdown mdown mdwn mdx mkd mkdn mkdown ronn workbook contents.lr
Mathematica|nbp wl wlt ma mt mathematica
MATLAB|m
Maven|pom pom.xml
Metal|metal
Modula3|i3 ig m3 mg
Mojo|mojom
MSBuild script|csproj btproj msbuild vcproj wdproj wixproj
MUMPS|mps
Mustache|mustache
MXML|mxml
NAnt script|build
Nemerle|n
Nim|nim nimble nimrod nims nim.cfg
Nix|nix
Nunjucks|njk
Objective-C++|mm
OCaml|ml mli mll mly ml4 eliom eliomi
Odin|odin
OpenCL|opencl
OpenSCAD|scad
Oracle PL/SQL|bod fnc prc spc trg
P4|p4
Pascal|pas dpr lpr p pascal
PEG|peg
peg.js|pegjs
peggy|peggy
Perl|perl pl PL pm ph plh plx psgi al ack makefile.pl
Pest|pest
PHP|php php3 php4 php5 phps phpt phtml php_cs php_cs.dist ctp aw inc
Pig Latin|pig
PL/I|pl1
PL/M|plm lit
PlantUML|puml
PO File|po
Pony|pony
PowerBuilder|pbt sra srf srm srs sru srw
PowerShell|ps1 psd1 psm1
Prolog|P prolog yap
Properties|properties
Protocol Buffers|proto
Pug|pug jade
Puppet|pp
PureScript|purs
Python|py py3 pyi pyw pyde pyp pyt gyp gypi gclient lmi sconscript sconstruct snakefile tac workspace wscript wsgi xpy build.bazel
QML|qml qbs
Qt|ui
R|r R rd rsx rprofile expr-dist
Racket|rkt rktd rktl scrbl
Raku|raku rakumod pm6 p6 P6
RAML|raml
Razor|cshtml razor
ReasonML|re rei
ReScript|res resi
reStructuredText|rst rest rest.txt rst.txt
Rexx|rexx pprx
Ring|ring rform rh
Rmd|Rmd
RobotFramework|robot
Ruby|rb rake gemspec ru builder god jbuilder mspec podspec rabl rbuild rbw rbx thor watchr eye gemfile.lock
Ruby HTML|rhtml
Rust|rs rs.in
SAS|sas
Sass|sass
Scala|scala sbt kojo
Scheme|scm ss sc sch sld sps sls
SCSS|scss
sed|sed
Slice|ice
Slim|slim
Smalltalk|st
Smarty|smarty tpl
Solidity|sol
Specman e|e
SQL|sql SQL psql mysql cql tab udf viw
SQL Data|data.sql
SQL Stored Procedure|spc.sql spoc.sql sproc.sql udf.sql
Squirrel|nut
Standard ML|sml sig fun
Starlark|bzl bazel
Stata|do ado DO doh ihlp mata matah sthlp
Stylus|styl
SugarSS|sss
Svelte|svelte
SVG|svg SVG
Swift|swift
SWIG|i
TableGen|td
Tcl/Tk|tcl tk itk
TEAL|teal
TeX|tex sty bib bst dtx ltx aux bbx cbx ins lbx mkii mkiv mkvi cls
Text|txt text
Thrift|thrift
Titanium Style Sheet|tss
TOML|toml
TTCN|ttcn ttcn2 ttcn3 ttcnpp
Twig|twig
TypeScript|ts tsx mts cts
Unity-Prefab|prefab mat
Vala|vala
Vala Header|vapi
VB for Applications|vba VBA
Velocity Template Language|vm
Verilog-SystemVerilog|v sv svh
VHDL|vhd VHD vhdl VHDL vhf vhi vho vhs vht vhw
vim script|vim
Visual Basic|bas BAS frm FRM frx FRX ctl dsr vbp vbw vbhtml VBHTML
Visual Basic .NET|vb VB vbproj
Visual Basic Script|vbs VBS
Visual Fox Pro|sca SCA
Visual Studio Module|ixx
Visual Studio Solution|sln
Visualforce Component|component
Visualforce Page|page
Vuejs Component|vue
Web Services Description|wsdl
WebAssembly|wat wast
WGSL|wgsl
Windows Message File|mc
Windows Module Definition|def
Windows Resource File|rc rc2
WiX include|wxi
WiX source|wxs
WiX string localization|wxl
WXML|wxml
WXSS|wxss
X++|xpo
XAML|xaml
xBase|prg prw
xBase Header|ch
XHTML|xhtml
XMI|xmi XMI
XML|xml XML adml admx ant axml builds ccproj ccxml classpath clixml cproject cscfg csdef csl ct depproj ditamap ditaval dll.config dotsettings filters fsproj gmx grxml iml ivy jelly jsproj kml launch mdpolicy mjml natvis ndproj nproj nuspec odd osm packages.config pkgproj plist proj project props ps1xml psc1 pt rdf resx rss scxml settings.stylecop sfproj shproj srdf storyboard sttheme sublime-snippet targets tmcommand tml tmlanguage tmpreferences tmsnippet tmtheme urdf ux vcxproj vsixmanifest vssettings vstemplate vxml app.config web.config nuget.config wdproj wsf x3d xacro xib xlf xliff xml.dist xproj xspec xul zcml
XQuery|xquery xq xql xqm xqy
XSD|xsd XSD
XSLT|xsl xslt XSL XSLT
Xtend|xtend
yacc|y yacc
YAML|yaml yml clang-format clang-tidy gemrc glide.lock mir reek rviz sublime-syntax syntax yaml-tmlanguage yml.mysql
Zig|zig
zsh|zsh
`;
