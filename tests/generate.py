"""The families of small charts that differ.py renders: what each may hold, drawn with a seeded generator."""
import json
import re
from functools import partial

CHART = b"apiVersion: v2\nname: chart\nversion: 0.1.0\nappVersion: \"1.16.0\"\n"
VALUES = r"""str: hello
empty: ""
num: 3
neg: -7
big: 12345678901
float: 1.5
huge: 1e21
yes: true
no: false
nothing: null
date: 2020-01-02
list: [a, b, c]
nums: [3, 1, 2, 1]
mixed: [1, two, 3.5, true, null, {k: v}, [x]]
none: []
map: {a: 1, b: two, c: {d: deep, e: [1, 2]}}
bare: {}
multi: |
  line one
   line two

tpl: "{{ .Values.str }}!"
quoted: "a \"b\" 'c' \\ \t é 日本 <&>"
objs:
  - name: x
    n: 1
  - name: y
    n: 2
""".encode()


SNIPPET_FILES = {"chart/Chart.yaml": CHART, "chart/values.yaml": VALUES,
                 "chart/a.txt": b"one\ntwo\n\n", "chart/dir/b.yaml": b"k: {a: 1}\n", "chart/dir/deep/c.json": b'{"x": [1, 2.5]}', "chart/bin": b"\xff\x00\x01", "chart/empty.txt": b"",
                "chart/templates/_helpers.tpl": b'{{- define "h" -}}{{ .v | default "none" | upper }}{{- end }}\n{{- define "h2" }}[{{ .Values.nope.deep }}]{{ end }}\n'}


class Chart:
    """A chart as files and arguments; both can be cut down, the fixed files aside."""

    def __init__(self, files, args=(), label="", fixed=("chart/Chart.yaml",), command=("template", "rel", "chart")):
        self.files, self.args, self.label, self.fixed, self.command = dict(files), list(args), label, fixed, list(command)

    def altered(self, files=None, args=None):
        return Chart(self.files if files is None else files, self.args if args is None else args, self.label, self.fixed, self.command)

    def write(self, work):
        for name, data in self.files.items():
            path = work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        (work / "chart" / "templates").mkdir(parents=True, exist_ok=True)

    def without_files(self, keep):
        names = sorted(n for n in self.files if n not in self.fixed)
        if keep is None:
            return len(names)
        gone = {n for i, n in enumerate(names) if i not in keep}
        return self.altered(files={n: d for n, d in self.files.items() if n not in gone})

    def without_args(self, keep):
        if keep is None:
            return len(self.args)
        return self.altered(args=[a for i, a in enumerate(self.args) if i in keep])

    def with_pieces(self, name, split, keep):
        pieces = split(self.files[name])
        if keep is None:
            return 0 if len(pieces) > 600 else len(pieces)
        if len(keep) == len(pieces) or len(pieces) > 600:
            return None
        return self.altered(files={**self.files, name: b"".join(p for i, p in enumerate(pieces) if i in keep)})

    def case(self):
        """The text of a case file."""
        out = ["run: " + " ".join(shell_word(a) for a in [*self.command, *self.args])]
        for name, data in sorted(self.files.items()):
            text = data.decode(errors="replace")
            plain = data.endswith(b"\n") and re.fullmatch(r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\ufffd\ufeff\u2028\u2029]*", text)
            out.append(f"-- {name} --\n{text[:-1]}" if plain and text != "" else f"-- {name} (escaped) --\n{escaped(data)}\\")
        return "\n".join(out) + "\n"


def escaped(data):
    names = {10: "\\n\\\n", 13: "\\r", 9: "\\t", 92: "\\\\"}
    return "".join(names.get(b) or (chr(b) if 32 <= b < 127 else f"\\x{b:02x}") for b in data)


def shell_word(word):
    return word if re.fullmatch(r"[\w./=-]+", word) else "'" + word.replace("'", "'\\''") + "'"


class Snippet:
    """A piece of template text and what it exercises."""

    def __init__(self, text, label):
        self.text, self.label = text if isinstance(text, bytes) else text.encode(errors="surrogateescape"), label


def line_files(i):
    return (f"chart/templates/_s{i}.tpl", f"chart/templates/s{i}.yaml")


def lines_chart(items):
    """All snippets in one chart, each one's text quoted on a line of its own."""
    files = {**SNIPPET_FILES}
    for i, item in enumerate(items):
        text, line = line_files(i)
        files[text] = item.text
        files[line] = b'# %d {{ include "%s" . | printf "%%q" }}\n' % (i, text.encode())
    return Chart(files, label=items[0].label, fixed=("chart/Chart.yaml", *(line_files(i)[1] for i in range(len(items)))))


def plain_chart(item):
    return Chart({**SNIPPET_FILES, "chart/templates/t.yaml": item.text}, label=item.label)


# ---- expressions

# NAME RESULT PARAMETERS: a letter a parameter as in LITERALS below; `*` repeats the last one.
FUNCTIONS = """
list Z A*; tuple Z A*; append Z ZA; push Z ZA; mustAppend Z ZA; mustPush Z ZA; prepend Z ZA; mustPrepend Z ZA
first A Z; mustFirst A Z; rest Z Z; mustRest Z Z; last A Z; mustLast A Z; initial Z Z; mustInitial Z Z
reverse Z Z; mustReverse Z Z; uniq Z Z; mustUniq Z Z; without Z ZA*; mustWithout Z ZA*; has B AZ; mustHas B AZ
compact Z Z; mustCompact Z Z; slice Z Zi*; mustSlice Z Zi*; concat Z Z*; chunk Z iZ; mustChunk Z iZ; sortAlpha Z Z
semver A V; semverCompare B CV; urlParse M U; urlJoin S M; b64enc S S; b64dec S O; b32enc S S; b32dec S O
dict M KA*; get A MK; set M MKA; unset M MK; hasKey B MK; pluck Z KM*; pick M MK*; omit M MK*; dig A KAM; dig A KKAM
deepCopy A A; mustDeepCopy A A; base S P; dir S P; clean S P; ext S P; isAbs B P
osBase S P; osDir S P; osClean S P; osExt S P; osIsAbs B P
merge M M*; mergeOverwrite M M*; mustMerge M M*; mustMergeOverwrite M M*
date S QD; date_in_zone S QDS; date_modify A GD; dateInZone S QDS; dateModify A GD; duration S A; durationRound S A
htmlDate S D; htmlDateInZone S DS; must_date_modify A GD; mustDateModify A GD; mustToDate D QW; toDate D QW; unixEpoch S D
hello S ; abbrev S iS; abbrevboth S iiS; trunc S iS; substr S iiS; trim S S; trimall S SS; trimAll S SS
trimSuffix S SS; trimPrefix S SS; repeat S iS; indent S iS; nindent S iS; replace S SSS; contains B SS
hasPrefix B SS; hasSuffix B SS; quote S A*; squote S A*; cat S A*; plural S SSi; join S SZ; split M SS
splitn M SiS; splitList Z SS; typeOf S A; typeIs B SA; typeIsLike B SA; kindOf S A; kindIs B SA; deepEqual B AA
toJson S A; mustToJson S A; toPrettyJson S A; mustToPrettyJson S A; toRawJson S A; mustToRawJson S A
fromJson M J; fromJsonArray Z J; mustFromJson A J; add1f F N; addf F N*; subf F N*; mulf F N*; divf F N*
regexMatch B RS; mustRegexMatch B RS; regexFind S RS; mustRegexFind S RS; regexFindAll Z RSi; mustRegexFindAll Z RSi
regexReplaceAll S RSX; mustRegexReplaceAll S RSX; regexReplaceAllLiteral S RSX; mustRegexReplaceAllLiteral S RSX
regexSplit Z RSi; mustRegexSplit Z RSi; regexQuoteMeta S S; upper S S; lower S S; title S S; untitle S S
swapcase S S; initials S S; nospace S S; snakecase S S; kebabcase S S; camelcase S S; wrap S iS; wrapWith S iSS
adler32sum S S; sha1sum S S; sha256sum S S; sha512sum S S; toToml S M; fromToml M T; atoi I S; int64 I A; int I A
float64 F A; toDecimal I A; toString S A; toStrings Z A; add1 I N; add I N*; sub I NN; div I NN; mod I NN; mul I NN*
max I N*; biggest I N*; min I N*; maxf F N*; minf F N*; ceil F N; floor F N; round F Ni; round F NiF
until Z i; untilStep Z iij; seq S i; seq S ii; seq S iji; toYaml S A; toYamlPretty S A; fromYaml M Y; fromYamlArray Z Y
default A AA; empty B A; coalesce A A*; all B A*; any B A*; ternary A AAB; required A SA; tpl S ES
eq B AA; eq B SS*; eq B NN; ge B NN; gt B NN; le B SS; lt B NN; ne B AA; ne B SS; not B A; and A A*; or A A*
html S A*; js S A*; urlquery S A*; index A ZI; index A MK; index A MKK; len I Z; len I S; len I M; print S A*; println S A*
slice S Sii; printf S HA*; decryptAES S SS; fail S S; include S SA; splitList Z SS; toString S N; quote S S; default A SS
randAlpha S i | len; randAlphaNum S i | len; randNumeric S i | len; randAscii S i | len; randBytes S i | len; uuidv4 S | len
shuffle S S | len; bcrypt S S | kindOf; htpasswd S SS | kindOf; encryptAES S SS | kindOf; genPrivateKey S S | kindOf; randInt I ij | kindOf
keys Z M* | sortAlpha; values Z M | len; now D | typeOf; ago S D | kindOf; derivePassword S iSSSS; buildCustomCert A OO; getHostByName S S
genSelfSignedCert A SZZi | kindOf; genCA A Si | kindOf; genSignedCert A SZZiA | kindOf; fromYaml M Y; toYaml S M; toYaml S Z; tpl S EM
lookup M SSSS; kindIs B SN; typeOf S N; int I S; int64 I S; float64 F S; toDecimal I S; b64enc S A; trimSuffix S SS; len I A; index A AA
"""



def rows(text):
    """(name, result, parameters, pipe): the pipe makes a known form of what chance decides."""
    for line in re.split(r"[;\n]", text):
        call, bar, pipe = line.partition("|")
        if call.strip():
            name, result, params = (call.split() + [""])[:3]
            yield name, result, params, f" |{pipe}" if bar else ""


TABLE = list(rows(FUNCTIONS))

STRINGS = ['""', '"a"', '"hello world"', '"Hello"', '"é ß 日本"', '"a,b,,c"', '"1"', '"-12"', '"0x1F"', '"1.50"', '"true"', '"1e3"',
           '" padded\\t"', '"a-b_c d.E"', '"line\\none\\n\\ntwo"', '"<a href=\'x\'>&\\"</a>"', '"HTTPServer fooBar"', '"\\x00\\x7f"',
           '"\\u2028\\ufeff"', '"\\xff\\xfe"', '"aaa"', "`raw \\n`", '"$x ${y}"', '"null"', '"~"', '"a: b"', '"#c"', '"foo.bar/baz"',
           '"UTC"', '"string"', '"int"', '"map"', '"slice"', '"float64"', '"a\\\\b"', '"%d%%"', '"007"', '"0o17"', '"0b11"', '"1_000"',
           '"9223372036854775808"', '"ǅ ŉ İ ı ſ"', '"v1.2.3"', '"x" ', ".Values.str", ".Values.empty", ".Values.multi", ".Values.quoted",
           ".Values.map.b", ".Release.Name", ".Chart.Name", ".Chart.AppVersion", ".Release.Service", "\"it's\""]
LITERALS = {
    "S": STRINGS,
    "I": ["0", "1", "2", "-1", "5", "10", "100", "0x1F", "0b101", "017", "0o17", "'a'", "1_000", "9223372036854775807",
          "-9223372036854775808", "1e3", "(int 3)", "(int64 7)", "(len .Values.list)", "4294967296"],
    "F": ["1.5", "-0.5", "0.0", "1e100", "3.0", "0.1", "1e-7", "123456789.125", "2.5", ".Values.float", ".Values.huge", ".Values.num",
          "(float64 \"nan\")", "(divf 1 0)", "1e21", "100000000000000000000.0"],
    "i": ["0", "1", "2", "3", "-1", "-3", "5", "8", "12", "40"],
    "j": ["1", "2", "-1", "3", "0"],
    "B": ["true", "false", ".Values.yes", ".Values.no", "(eq 1 1)"],
    "K": ['"a"', '"b"', '"c"', '"zz"', '""', '"key with space"', '"d"'],
    "Z": [".Values.list", ".Values.nums", ".Values.mixed", ".Values.none", ".Values.objs", "(list)", '(list "b" "a" "b")', "(list 1 2 3)",
          "(until 4)", '(splitList "," "x,y,,z")', '(list nil "" 0 false)', "(list (list 1) (list))", '(list 1.5 "x" true)',
          '(toStrings (list 1 2))', '(tuple "z" 1)', '(regexFindAll "a." "abacad" -1)'],
    "M": [".Values.map", ".Values.bare", "(dict)", '(dict "a" 1 "b" "x")', '(dict "a" (dict "b" (dict "c" 1)))', '(dict "b" nil "a" (list 1))',
          '(split "," "x,y")', "(deepCopy .Values.map)", '(dict "c" .Values.list "d" 1.0)', '(fromYaml "a: 1\\nb: {c: [x]}")',
          '(urlParse "https://u:p@h:80/p?q#f")', '(dict 1 2)', '(dict "a")', '(dict "a" "" "z" true "m" "q: r")'],
    "R": ['"a+"', '"^h.*o$"', '"(\\\\w)(\\\\d*)"', '"[a-c]"', '""', '"(?i)HELLO"', '"\\\\s+"', '"("', '"[z-a]"', '"a{2,1}"', '"x*"',
          '"(?P<n>l+)"', '"\\\\pL"', '"."', '"^"', '"\\\\b"', '"a|b"', '"(?:,)"', '"\\\\"', '"*"', '"(?<n>a)"', '"[[:alpha:]]+"', '"\\\\d{1001}"'],
    "X": ['"$1"', '"${1}x"', '"$1x"', '"$$"', '"[$0]"', '""', '"$n"', '"${n}"', '"\\\\1"', '"$"', '"${"'],
    "V": ['"1.2.3"', '"v1.2"', '"1.16.0-beta.1"', '"1.2.3+build"', '"x"', '""', '"1"', '"01.2.3"', '"1.2.3-01"', '"1.30.0"',
          ".Capabilities.KubeVersion.Version", '"1.2.3.4"', '"2.0.0-alpha-1"'],
    "C": ['">=1.2"', '"^1.2.0"', '"~1.2.3"', '"1.x"', '"*"', '">1, <2"', '"1.2 - 1.4"', '"<2 || >3"', '"!=1.2.3"', '"=1.2.3"', '"x"', '""',
          '">=1.16-0"', '"~1"', '"^0.0.1"', '"<=1.2.x"', '"=> 1"', '">=1.2.3-0 <2"', '"v1.2"'],
    "U": ['"http://user:pass@host:8080/p/a?q=1#f"', '"/rel/path"', '""', '"mailto:x@y"', '"http://[::1]/x"', '"%zz"', '"http://a b/"', '"host:80"',
          '"https://h/%41?a=%20"', '"//h/x"', '":x"', '"http://h:x/"', '"http://h\\x7f/"'],
    "P": ['"a/b/c.txt"', '"/a/../b"', '""', '"."', '"a//b/"', '"../x"', '".hidden"', '"a.b.c"', '"/"', '"a\\\\b"'],
    "Q": ['"2006-01-02"', '"2006-01-02T15:04:05Z07:00"', '"Mon Jan _2 15:04:05 2006"', '"02/01/06 03:04PM"', '""', '"Monday, January 2"', '".000"', '"x"',
          '"2006-01-02 15:04:05.999 MST"', '"002"'],
    "W": ['"2020-03-04"', '"2020-03-04T05:06:07Z"', '"1999-12-31T23:59:59+02:00"', '"x"', '""', '"2020-13-01"', '"2021-02-30"'],
    "D": ['(toDate "2006-01-02" "2020-03-04")', '(toDate "2006-01-02T15:04:05Z07:00" "1999-12-31T23:59:59Z")', "0", "1600000000", "(int64 86400)"],
    "G": ['"1h"', '"-90m"', '"1h30m5s"', '"x"', '""', '"1.5s"', '"+24h"', '"1d"', '"0"'],
    "O": ['"aGVsbG8="', '"aGVsbG8"', '"!"', '""', '"NBSWY3DP"', '"/+8="', '"a\\nGVs\\nbG8="'],
    "J": ['`{"a":1}`', "`[1,2.5,\"x\",null]`", '`{"a":{"b":[true]},"c":"\\u00e9\\ud83d\\ude00"}`', "``", "`{`", "`nul`", "`{\"a\":1,}`", "`1 2`", "`\"s\"`", "`1e400`",
          '`{"a":1,"a":2}`', "`[`", "`{a:1}`", "`12345678901234567890`", "`-0`", "`\"\\x\"`", "` [ ] `", "`{\"a\" 1}`", "`tru`", "`01`", '`"\\ud800"`'],
    "Y": ['"a: 1"', '"- 1\\n- x"', '"a: [1, {b: c}]"', '""', '"x"', '"a: b: c"', '"\\ta: 1"', '"a: 1\\na: 2"', '"a: &x 1\\nb: *x"', '"{"', '"a: |\\n  x\\n  y"',
          '"--- a"', '"a: 0x1F\\nb: 1e3\\nc: 010\\nd: yes\\ne: ~"', '"[1, 2"', '"a: *nope"', '"1: x\\ntrue: y"', '"a: 2020-01-01"', '"a: \'it\'\'s\'"', '"a:\\n- b\\n c"',
          '"a: .inf"', '"a: !!binary aGk="', '"a: 1\\n---\\nb: 2"', '"? a\\n: b"', '"a: \\"\\\\x41\\""', '"@"', '"a: 12345678901234567890"'],
    "T": ['"a = 1"', '"[t]\\nx = \\"y\\""', '"a = "', '"a = 1\\na = 2"', '"x = [1, 2.5]"', '""', '"d = 2020-01-02T03:04:05Z"', '"[[a]]\\nb=1\\n[[a]]\\nb=2"', '"a.b.c = true"'],
    "E": ['"{{ .Values.str }}"', '"{{ . }}"', ".Values.tpl", '"{{ nope }}"', '"{{"', '"{{ 1 | add 2 }}"', '"plain"', '"{{ .a.b }}"', '"{{ fail \\"x\\" }}"'],
    "H": ['"%s"', '"%d-%v"', '"%v"', '"%q"', '"%5.2f"', '"%-5s|"', '"%05d"', '"%t"', '"%x"', '"%T"', '"%+v"', '"%#v"', '"%%"', '"%s %s"', '"no verb"', '"%!"', '"%c"', '"%U"',
          '"%[2]v %[1]v"', '"%*d"', '"%e"', '"%g"', '"%08.3f"', '"%o"', '"%b"', '"% x"', '"%X"', '"%.2s"', '"%"', '"%6.2v"'],
}
LITERALS["N"] = LITERALS["I"] + LITERALS["F"] + ['"3"', '"1.5"', '"x"', "nil", "true", ".Values.neg", ".Values.big", '"0x10"', '"010"']
LITERALS["L"] = LITERALS["Z"]
LITERALS["A"] = (STRINGS + [x for k in "IFBZM" for x in LITERALS[k]]
                 + ["nil", ".Values.nothing", ".Values.missing", ".Values.missing.deep", ".Chart.Keywords", "$", ".Values.date", ".Template.Name",
                    '(semver "1.2.3-a+b")', '(semver "1.2.3").Major', ".Capabilities.KubeVersion.Minor", ".Release.IsInstall", ".Chart.Type", "1_0.5"])
MUTATES = {"set", "unset", "merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite"}
# `include` and `fail` of any text, `lookup`: their own families; numbers of any size: not where they are a length.
NESTED = {"S": "S", "I": "NI", "F": "NF", "B": "BA", "Z": "ZA", "M": "MA", "A": "A", "D": "D"}
BY_RESULT = {}
for row in TABLE:
    for kind in "" if row[3] else NESTED.get(row[1], ""):
        BY_RESULT.setdefault(kind, []).append(row)
LENGTHS = {"until", "untilStep", "seq", "repeat", "indent", "nindent", "chunk", "mustChunk"}


def argument(rng, kind, depth, function):
    roll = rng.random()
    if function in MUTATES and kind == "M":
        return f"(deepCopy {rng.choice(LITERALS['M'])})" if rng.random() < 0.8 else rng.choice(LITERALS["M"][2:6])
    if roll < 0.10:
        other = rng.choice("SBZMF" if function in LENGTHS else "ASIBZMF")
        return rng.choice([x for x in LITERALS[other] if kind != "i" or not re.search(r"\d{3}|e\d", x)])
    if depth and roll < 0.35 and kind in BY_RESULT:
        return "(" + call(rng, rng.choice(BY_RESULT[kind]), depth - 1) + ")"
    return rng.choice(LITERALS[kind])


def call(rng, row, depth):
    name, _, params, _ = row
    kinds = list(params.replace("*", ""))
    if params.endswith("*"):
        last = kinds.pop()
        group = [last] if name != "dict" else ["K", "A"]
        kinds = [] if name == "dict" else kinds
        kinds += group * rng.choice([1, 1, 2, 2, 3, 0])
    if rng.random() < 0.02 and name not in LENGTHS:
        kinds = kinds + ["A"] if rng.random() < 0.5 else kinds[:-1]
    args = [argument(rng, k, depth, name) for k in kinds]
    if args and rng.random() < 0.15:
        last = args.pop()
        return f"{last} | {name} {' '.join(args)}".strip()
    return f"{name} {' '.join(args)}".strip()


def expression(rng):
    row = rng.choice(TABLE)
    text = call(rng, row, rng.choice([0, 0, 1, 2])) + row[3]
    if not row[3] and rng.random() < 0.12:
        text += " | " + rng.choice(["toJson", "toYaml", "quote", "typeOf", "printf \"%#v\"", "printf \"%q\"", "len", "toString", "kindOf", "toPrettyJson"])
    return Snippet("{{ " + text + " }}", row[0])


def pipeline(rng):
    ones = [r for r in TABLE if r[2]]
    text = argument(rng, rng.choice("SNZMA"), 1, "")
    names = []
    for _ in range(rng.randint(1, 4)):
        name, _, params, pipe = rng.choice(ones)
        if name in LENGTHS or pipe:
            continue
        fixed = [k for k in params.replace("*", "")][:-1]
        text += f" | {name} " + " ".join(argument(rng, k, 0, name) for k in fixed)
        names.append(name)
    if rng.random() < 0.2:
        text = f"({text}).{rng.choice(['a', 'b.c', 'Major', 'missing', 'Values.str', '_0'])}"
    text = rng.choice(["{{ %s }}", "{{- %s -}}", "{{ (%s) }}", "{{ $x := %s }}{{ $x }}", "{{ with %s }}[{{ . }}]{{ else }}none{{ end }}",
                       "{{ if %s }}y{{ else }}n{{ end }}"]) % text
    return Snippet(text, names[-1] if names else "value")


VERBS = "vvvdsqxXobcUeEfFgGtTOwz"


def printf(rng):
    parts, args = [], []
    for _ in range(rng.randint(1, 3)):
        spec = "%" + "".join(rng.sample("+-# 0", rng.choice([0, 0, 1, 1, 2, 3])))
        spec += rng.choice(["", "", "", "5", "12", "1", "*", "[1]", "[3]", "[x]"]) + rng.choice(["", "", "", ".2", ".", ".0", ".10", ".*"])
        spec += rng.choice(VERBS if rng.random() < 0.95 else "%!日")
        parts.append(spec + rng.choice(["", "|", " "]))
        for _ in range(spec.count("*")):
            args.append(rng.choice(["3", "7", "-4", '"x"', "12"]))
        args.append(argument(rng, "A", 0, ""))
    args = args[:-1] if rng.random() < 0.05 else args
    args += [argument(rng, "A", 0, "")] if rng.random() < 0.05 else []
    name = rng.choice(["printf"] * 8 + ["print", "println"])
    form = '"' + "".join(parts) + '" ' if name == "printf" else ""
    return Snippet("{{ " + f"{name} {form}{' '.join(args)}" + " }}", re.sub(r"[^a-zA-Z%]", "", parts[0]) or name)


# ---- values that reflection looks into

TIMES = ['(toDate "2006-01-02" "2020-03-04")', '(toDate "2006-01-02" "2020-02-29")', '(toDate "2006-01-02T15:04:05Z07:00" "1999-12-31T23:59:59.5Z")', '(toDate "2006-01-02" "x")']
# Of these the addresses of zones differ from run to run.
OFFSETS = ['(toDate "2006-01-02T15:04:05Z07:00" "2020-03-04T00:00:00+02:30")', '(toDate "2006-01-02T15:04:05Z07:00" "2020-03-04T02:00:00+02:00")', '(toDate "2006-01-02 MST" "2020-03-04 CET")']
VERSIONS = ['(semver "1.2.3")', '(semver "v1.2-a+b")', '(semver "1.2.3").IncMajor', '((semver "1.2.3").SetMetadata "x")', '((semver "1.2.3").Scan "x")', '((semver "1.2.3").Scan "2.0.0")']
STRUCTS = (TIMES + VERSIONS + [".Chart", ".Chart.Metadata", ".Chart.Dependencies", ".Chart.Maintainers", ".Chart.Keywords", ".Chart.Annotations", ".Capabilities", ".Capabilities.KubeVersion",
           ".Capabilities.APIVersions", ".Capabilities.HelmVersion", ".Files", '(.Files.Glob "*")', ".Files.nope", '(.Files.GetBytes "nope")', '(.Files.GetBytes "bin")', '(index .Files "a.txt")', ".Release", ".Template", ".Subcharts",
           "1i", "0i", "1.5-2i", "3+0i", '(urlParse "http://h/p")', "(list 1i 2i)", "(list .Files.nope)", '(dict "t" .Files.nope)', "nil", ".Values.nothing", ".Values", "1", '"x"', "(list)", "(dict)"]
           + [f"{t}.{m}" for t in TIMES[:3] for m in ("UTC", "Local", "Location", "UTC.Location", "Month", "Weekday", "Unix")] + [f"({TIMES[0]}.Sub {TIMES[1]})", f"(list {TIMES[0]} {TIMES[0]}.Month)", f'(dict "t" {TIMES[2]})'])
METHODS = ("Year|Date|Clock|ISOWeek|Zone|ZoneBounds|YearDay|IsZero|IsDST|String|GoString|UnixNano|MarshalText|MarshalJSON|MarshalBinary|wall|ext|loc|name|Foo|"
           "Add 5|Add nil|AddDate 0 1 0|AddDate 1|Round 3600000000000|Truncate 7|Format \"Jan 2\"|AppendFormat nil \"\"|In nil|Equal nil|Compare nil|Before nil|LessThan nil|GreaterThanEqual nil|"
           "Scan nil|Scan \"3.0\"|UnmarshalText nil|UnmarshalJSON nil|Original|Major|major|Prerelease|IncPatch|SetPrerelease \"x\"|Value|Error|s|Hours|Seconds|Abs|Name|name|Version|IsRoot|isRoot|Metadata|"
           "Copy|KubeVersion.Minor|GitVersion|Has \"v1\"|Has nil|Get nil|Lines nil|AsConfig|Table \"map\"|Table nil|PathValue nil|Encode nil|YAML|AsMap").split("|")


def structs(rng):
    one, two = rng.choice(STRUCTS), rng.choice(STRUCTS)
    roll = rng.random()
    if roll < 0.25:
        if rng.random() < 0.6:
            pool = rng.choice([TIMES, OFFSETS, VERSIONS, TIMES + OFFSETS])
            one, two = (rng.choice(pool) + rng.choice(["", "", ".UTC", ".Local", ".Location"] if pool is not VERSIONS else ["", "", ".IncPatch"]) for _ in range(2))
            if pool is not VERSIONS and rng.random() < 0.3 and not one.endswith("Location"):
                two = f"({one}.{rng.choice(['AddDate 0 0 0', 'Add 0', 'Round 0', 'AddDate 0 1 -31'])})"
        name = rng.choice(["eq", "ne", "deepEqual", "eq", "lt", "has", "without", "uniq"])
        text = {"has": f"has {one} (list {two})", "without": f"without (list {one} {two}) {two} | len", "uniq": f"uniq (list {one} {two}) | len"}.get(name, f"{name} {one} {two}")
        return Snippet("{{ $a := %s }}{{ %s }}" % (one, text.replace(one, "$a") if rng.random() < 0.5 else text), name)
    if roll < 0.45:
        verb = "%" + rng.choice(["", "", "+", "#", " ", "-30", "40", ".3", "08"]) + rng.choice("vsdxXqtTobcUeg")
        # What prints where Go has put a value, it puts elsewhere the next time.
        return Snippet('{{ printf "%s" %s }}' % (verb, one), verb[-1])
    if roll < 0.65:
        name = rng.choice(["toToml", "toJson", "toYaml", "toYamlPretty", "toString", "quote", "kindOf", "typeOf", "len", "empty", "deepCopy", "print", "toPrettyJson", "html", "b64enc", "first", "keys", "list", "index", "not", "default 1"])
        wrap = rng.choice(["%s", "%s", '(dict "a" %s)', "(list %s)", '(dict "a" (list 1 %s))', '(dict "a" (dict "b" %s) "c" 1)'])
        return Snippet("{{ %s %s }}" % (name, wrap % one), name)
    if roll < 0.75:
        return Snippet(rng.choice(["{{ range %s }}[{{ . }}]{{ end }}", "{{ range $k, $v := %s }}{{ $k }}={{ $v }} {{ else }}none{{ end }}", "{{ with %s }}{{ . }}{{ end }}", "{{ if %s }}y{{ end }}"]) % one, "range")
    if roll < 0.82:
        return Snippet(rng.choice(["{{ call %s }}", "{{ %s | call }}", "{{ call %s 1 }}", "{{ 1 | call %s }}"]) % one, "call")
    method = rng.choice(METHODS)
    base = rng.choice(TIMES + VERSIONS + OFFSETS[:1] + [one, one, one])
    if rng.random() < 0.2:
        return Snippet("{{ $v := %s }}{{ $x := $v.%s }}[{{ $x }}]{{ $v }}" % (base, method), method.split()[0])
    return Snippet(rng.choice(["{{ $v := %s }}{{ $v.%s }}", "{{ (%s).%s }}", "{{ $v := %s }}{{ print ($v.%s) }}", "{{ $v := %s }}{{ 1 | $v.%s }}"]) % (base, method), method.split()[0])


# ---- statements

SCALARS = [".Values.str", ".Values.num", ".Values.yes", ".Values.empty", ".Values.nothing", ".Values.missing", "1", '"x"', "true", "$v", "$i", ".", "$",
           ".a", ".name", ".Values.map.c.d", "$.Values.str", ".Values.a.b", "($v)", "(len .Values.list)", '(eq .Values.str "hello")', "$w"]
RANGES = [".Values.list", ".Values.map", ".Values.none", ".Values.mixed", "(until 3)", ".Values.objs", ".Values.nothing", ".Values.str", "3", "$v", "(dict)",
          ".Values.missing", "(list 1 2)", ".", ".Values.num", ".Values.map.c", ".Values.bare", ".Values.yes", "(int 2)"]


def space(rng):
    return rng.choice(["", " ", "\n", "\n  ", "  \n", "\t", "x", " y ", "\r\n", "\n\n", "  - a: "])


def action(rng, inner):
    left = rng.choice(["{{ ", "{{ ", "{{- ", "{{"])
    right = rng.choice([" }}", " }}", " -}}", "}}"])
    return left + inner + right


def statements(rng, depth, loop=False):
    out = [space(rng)]
    for _ in range(rng.randint(1, 3)):
        out += [statement(rng, depth, loop), space(rng)]
    return "".join(out)


def statement(rng, depth, loop):
    act = partial(action, rng)
    kind = rng.choice(["value", "value", "set", "assign", "comment"] + (["if", "if", "with", "range", "range", "define", "block"] if depth else [])
                      + (["break", "continue"] if loop else []))
    body = lambda inside=loop: statements(rng, depth - 1, inside)
    if kind == "value":
        return act(rng.choice([rng.choice(SCALARS), rng.choice(SCALARS) + " | quote", f"printf \"%v\" {rng.choice(SCALARS)}", f"default {rng.choice(SCALARS)} {rng.choice(SCALARS)}"]))
    if kind == "set":
        return act(f"{rng.choice(['$v', '$i', '$w'])} := {rng.choice(SCALARS)}")
    if kind == "assign":
        return act(f"{rng.choice(['$v', '$i', '$w'])} = {rng.choice(SCALARS)}")
    if kind == "comment":
        return rng.choice(["{{/* c */}}", "{{- /* c */ -}}", "{{- /* a\nb */}}", "{{/* c */ -}}", "{{ /* c */ }}"])
    if kind == "if":
        out = act("if " + rng.choice([rng.choice(SCALARS), "not " + rng.choice(SCALARS), f"and {rng.choice(SCALARS)} {rng.choice(SCALARS)}",
                                      f"or {rng.choice(SCALARS)} {rng.choice(SCALARS)}", "$v := " + rng.choice(SCALARS), "eq " + " ".join(rng.choices(SCALARS, k=2))])) + body()
        if rng.random() < 0.3:
            out += act("else if " + rng.choice(SCALARS)) + body()
        if rng.random() < 0.4:
            out += act("else") + body()
        return out + act("end")
    if kind == "with":
        out = act("with " + rng.choice(["", "", "$v := ", "$w := "]) + rng.choice(SCALARS + RANGES)) + body()
        if rng.random() < 0.2:
            out += act("else with " + rng.choice(SCALARS)) + body()
        if rng.random() < 0.4:
            out += act("else") + body()
        return out + act("end")
    if kind == "range":
        out = act("range " + rng.choice(["", "", "$v := ", "$i, $v := ", "$i, $v = ", "$v = ", "$i , $w := "]) + rng.choice(RANGES)) + body(True)
        if rng.random() < 0.3:
            out += act("else") + body(loop)
        return out + act("end")
    if kind in ("break", "continue"):
        return act("if " + rng.choice(SCALARS)) + act(kind) + act("end")
    name = f"n{rng.randrange(10**9)}"
    if kind == "block":
        return act(f'block "{name}" {rng.choice(SCALARS)}') + body(False) + act("end")
    use = rng.choice([f'template "{name}" {rng.choice(SCALARS)}', f'include "{name}" {rng.choice(SCALARS)}', f'template "{name}"', f'include "{name}" . | indent 2',
                      f'include "{name}" (list . 1)', f'template "missing" .', f'tpl (include "{name}" .) $'])
    define = act(f'define "{name}"') + body(False) + act("end")
    return define + act(use) if rng.random() < 0.15 else act(use) + "\x01" + define + "\x01"


def hoisted(text):
    """The definitions marked by \\x01 at the top level, where alone they may stand."""
    found = []
    while m := re.search("\x01([^\x01]*)\x01", text):
        found.append(m[1])
        text = text[:m.start()] + text[m.end():]
    return text + "".join(found)


def control(rng, depth=None):
    text = hoisted(statements(rng, rng.randint(1, 3) if depth is None else depth))
    if rng.random() < 0.8:
        text = "{{ $v := 1 }}{{ $i := 2 }}{{ $w := .Values.map }}" + text
    return Snippet(text, "flow")


def whitespace(rng):
    blank = lambda: "".join(rng.choices([" ", "\n", "\t", "\r", "\r\n", "", "\v", "\f", "\u00a0", "a"], k=rng.randint(0, 4)))
    out = blank()
    for _ in range(rng.randint(1, 4)):
        out += rng.choice(["{{", "{{-", "{{- ", "{{ ", "{{-\n", "{{\n", "{{-\t"]) + rng.choice(["1", '"s"', "/* c */", "- 1", "-1", "if true", "end", "$x := 1", "nil", "- -1", "", "3-", "`a\nb`"])
        out += rng.choice(["}}", "-}}", " -}}", " }}", "\n}}", "\n-}}", " - }}", "\t-}}"]) + blank()
    return Snippet(out, "trim")


TOKENS = re.compile(r"\{\{-?|-?\}\}|\"(?:\\.|[^\"\\\n])*\"|`[^`]*`|[\w$.]+|\s+|.", re.S)
INSERTED = ["{{", "}}", "{{ end }}", "{{ else }}", "(", ")", "|", ",", ":=", "=", "$", "$x", ".", "..", ".x", "\"", "`", "'", "'a", "0x", "1.2.3", "1e", "nil", "-", "{{ break }}",
            "{{ if }}", "{{ range }}", "/*", "*/", "%", "é", "\\", "@", "nofunc", "if", "end", "else", "define", "template", "{{ define \"x\" }}", "{{ template }}", "[", "08",
            "\n", "true", ".5x", "!", "&", "_", "\x00", "#", "{{ block }}", "{{ with }}", "{{else if}}", "$.x", "'\\x'", "{{/*", "{{ $ }}", "1i", "'ab'", "\"\\q\"", "0b2", "}", "{"]


def mutated(rng):
    base = rng.choice([expression, pipeline, control, control, printf])(rng).text.decode(errors="surrogateescape")
    tokens = TOKENS.findall(base)
    for _ in range(rng.choice([1, 1, 1, 2])):
        at = rng.randrange(len(tokens)) if tokens else 0
        kind = rng.choice(["delete", "double", "insert", "insert", "replace", "swap", "cut"])
        if kind == "delete":
            del tokens[at:at + 1]
        elif kind == "double":
            tokens[at:at] = tokens[at:at + 1]
        elif kind == "insert":
            tokens.insert(at, rng.choice(INSERTED))
        elif kind == "replace":
            tokens[at:at + 1] = [rng.choice(INSERTED)]
        elif kind == "swap":
            tokens[at:at + 2] = tokens[at:at + 2][::-1]
        elif rng.random() < 0.3:
            tokens = tokens[:at]
    return Snippet("".join(tokens), "parse")


# ---- YAML

PLAIN = ["a", "true", "yes", "No", "on", "null", "~", "Null", "", "1", "-1", "+1", "0", "00", "010", "0o10", "0x1F", "0b11", "1_000", "1.0", "1.", ".5", "-.5", "1e3", "1E+3", "1e-7",
         "1.5e300", "1e400", ".inf", "-.Inf", ".NaN", "nan", "12345678901", "9223372036854775807", "9223372036854775808", "18446744073709551616", "0.1", "100000000000000000000",
         "123456789.123", "2020-01-02", "2020-01-02T03:04:05Z", "2020-1-2 3:4:5", "12:30:45", "1:20", "a b", "a:b", "a: b", "a #b", "a#b", "- x", "-x", "?x", "? x", ":x", ": x", "@x",
         "`x", "%x", "!x", "!!str 1", "!!int \"1\"", "!!float 1", "!!binary aGk=", "!!bool yes", "!!null x", "&a x", "*a", "[x", "x]", "{x", "x}", "a,b", "é", "日本", "=", "<<", "---", "...", "|", ">",
         "x\ty", "'it''s'", "\"\\n\\t\\x41\\u00e9\\U0001F600\\e\\/\"", "\"a\\\n  b\"", "'a\n\n  b'", "\"\"", "''", "\" x \"", "y", "n", "Y", "N", "TRUE", "False", "OFF", "0x", "0.0", "-0", "-0.0", "+.inf", "1__0",
         "0_", "_1", "1e", "e1", "6.02e23", "1.0e+10", "0777", "08", "1,000", "$x", "a'b", "a\"b", "\\x", "x\\", "#", "# c", "a ", "!", "!foo bar", "!<tag:x> y", "<<: x", "\u2028", "\u0085x", "\ufeff"]
KEYS = ["a", "b", "c", "d", "1", "true", "null", "1.5", "\"q k\"", "'s'", "a b", "~", "<<", "y", "é", "? a", "0x1", "[x]", "{z: 1}", "", "a.b", "2020-01-01", "-", "*a", "&k a", "!!str 1"]


def yaml_node(rng, depth, indent=0):
    """A node as text that may follow `key:` or `-`; mostly valid."""
    pad = "  " * indent
    kind = rng.choice(["plain"] * 4 + ["block"] + (["map", "map", "list", "flow", "flowmap"] if depth else []))
    if kind == "plain":
        return " " + rng.choice(PLAIN) + rng.choice(["", "", "", " # c", "  "])
    if kind == "block":
        lines = [rng.choice(["x", "y z", "  more", "", "# no", "\tt", "- l", "a: b", "trail "]) for _ in range(rng.randint(0, 3))]
        return " " + rng.choice(["|", ">", "|-", ">-", "|+", ">+", "|2", ">1-"]) + "".join("\n" + (pad + "  " + l if l else "") for l in lines)
    if kind == "flow":
        return " [" + rng.choice([", ", ","]).join(rng.choice(PLAIN[:60]) for _ in range(rng.randint(0, 3))) + rng.choice(["]", "]", ",]", ""])
    if kind == "flowmap":
        return " {" + ", ".join(f"{rng.choice(KEYS)}: {rng.choice(PLAIN[:60])}" for _ in range(rng.randint(0, 3))) + rng.choice(["}", "}", ",}", ""])
    if kind == "list":
        step = rng.choice(["", "  "])
        return "".join(f"\n{pad}{step}-{yaml_node(rng, depth - 1, indent + 1 + bool(step))}" for _ in range(rng.randint(1, 3)))
    prefix = rng.choice(["", "", "", " &a", " !!map", " &m"])
    return prefix + "".join(f"\n{pad}  {rng.choice(KEYS) if rng.random() < .5 else k}:{yaml_node(rng, depth - 1, indent + 1)}"
                            for k in rng.sample("abcdefgh", rng.randint(1, 3)))


def yaml_text(rng, depth=2):
    lines = [rng.choice(["", "", "", "# c\n", "---\n", "%YAML 1.1\n---\n", "\n", "--- # c\n"])]
    for key in rng.sample(["k", "l", "m", "n", "o"], rng.randint(1, 3)):
        lines.append(f"{key if rng.random() < .85 else rng.choice(KEYS)}:{yaml_node(rng, depth)}\n")
    text = "".join(lines) + rng.choice(["", "", "", "...\n", "---\nx: 1\n", "\n\n", "k: 2\n"])
    if rng.random() < 0.1:
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(["\t", " ", ":", "-", "\n", "'", '"', "{", "]", "#", "&", "*", "!", "%", "\r\n", "\x07", "\u00a0"]) + text[at + rng.choice([0, 1]):]
    return text


def quoted(text):
    """A Go string literal."""
    return json.dumps(text, ensure_ascii=False).replace("\\/", "/").replace("\x7f", "\\x7f")


def yaml_in(rng):
    text = yaml_text(rng)
    if rng.random() < 0.15:
        text = re.sub(r"(?m)^", "- ", text, count=1)
        return Snippet("{{ fromYamlArray %s | toJson }}" % quoted(text), "fromYamlArray")
    return Snippet("{{ fromYaml %s | %s }}" % (quoted(text), rng.choice(["toJson", "toJson", "toYaml", 'printf "%#v"', 'printf "%v"', "toYamlPretty", "toToml"])), "fromYaml")


def scalar_in(rng):
    text = rng.choice(PLAIN) if rng.random() < 0.5 else "".join(rng.choices("0123456789.eE+-_xob:TZ ~nayfl'\"#&*!|>%@`{}[],?\\", k=rng.randint(1, 7)))
    return Snippet("{{ fromYaml %s | toJson }}" % quoted(f"k: {text}\n"), "scalar")


WORDS = [p for p in PLAIN if "\n" not in p] + ["a\nb", "a\n", "\na", "\n", " ", "  a", "a\n\nb\n", "a\tb", "\ta", "a: b\nc", "# a\nb", "x" * 90, "word " * 30, "word " * 30 + "\nb", "\x00", "\x07", "\x85", "\u200b",
         "\U0001F600", "a\r\nb", "\r", "a \nb", "- a\n- b", "key: |\n  x", "'a'", "\"a\"", "a'b\"c", "\\n", "{{ x }}", "%a", "a\u2028b", "\ufffd", "\u00e9" * 50, "=", "'", '"', "a:", ":", "-", "--", "?", "a ?b", "!!", "&", "*"]


def yaml_out(rng):
    def value(depth):
        kind = rng.choice(["s"] * 5 + ["o"] + (["l", "m", "m"] if depth else []))
        if kind == "s":
            return quoted(rng.choice(WORDS) if rng.random() < 0.6 else "".join(rng.choices(WORDS, k=rng.randint(2, 4))))
        if kind == "o":
            return rng.choice(["1", "0", "-3", "1.5", "1e21", "true", "nil", "1e-7", "(list)", "(dict)", "12345678901", ".Values.float", "0.1", "1e20", "100000.0", ".Values.mixed", "1e6", "1e300"])
        if kind == "l":
            return "(list " + " ".join(value(depth - 1) for _ in range(rng.randint(0, 3))) + ")"
        return "(dict " + " ".join(f"{quoted(rng.choice(WORDS))} {value(depth - 1)}" for _ in range(rng.randint(0, 3))) + ")"

    name = rng.choice(["toYaml"] * 5 + ["toJson", "toPrettyJson", "toRawJson", "toYamlPretty", "toYamlPretty", "toToml", "quote", "squote", "printf \"%q\"", "js", "html", "urlquery", "toString"])
    text = value(2) if name != "toToml" else f'(dict {quoted(rng.choice(WORDS))} {value(2)})'
    return Snippet("{{ %s | %s }}" % (text, name), name.split()[0])


def odd_bytes(rng):
    parts = [b"\xff", b"\xc3", b"\xc3\xa9", b"\xe2\x80\xa8", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\x00", b"\r\n", b"\xef\xbb\xbf", b"a", b"\t", b"\x80abc", b"\n", b"\xf4\x90\x80\x80", b"\xc0\xaf"]
    odd = lambda: b"".join(rng.choices(parts, k=rng.randint(1, 4)))
    raw = odd().replace(b"\n", b"").replace(b"\r", b"")
    inner = rng.choice([b'"%s"' % raw, b"`%s`" % odd(), b"'%s'" % raw, b"$%s" % raw, b".%s" % raw, b"/* %s */" % odd(), raw])
    tail = rng.choice([b"", b" | quote", b" | upper", b" | len", b" | toJson", b" | toYaml", b" | b64enc", b" | trunc 2", b' | printf "%x"', b' | printf "%q"', b' | printf "%-8s|"', b" | title", b" | html",
                       b" | js", b" | urlquery", b" | squote", b" | regexReplaceAll \".\" \"x\"", b' | splitList ""', b" | nospace", b" | swapcase", b" | snakecase", b" | camelcase", b" | initials", b" | abbrev 5",
                       b" | wrap 3", b' | replace "" "-"', b" | trim", b" | substr 1 3", b' | hasPrefix "a"', b' | fromYaml', b" | fromJson", b" | indent 2", b" | sha256sum", b" | reverse"])
    return Snippet(odd() + rng.choice([b"{{ ", b"{{- "]) + inner + tail + rng.choice([b" }}", b" -}}"]) + odd(), "bytes")


# ---- whole charts

KINDS = ["ConfigMap", "Secret", "Service", "Deployment", "Namespace", "CustomResourceDefinition", "Role", "RoleBinding", "ClusterRole", "ServiceAccount", "Pod", "Job", "CronJob", "Ingress", "StatefulSet", "DaemonSet",
         "PersistentVolumeClaim", "NetworkPolicy", "Unknown", "APIService", "List", "", "configmap", "HorizontalPodAutoscaler", "PodDisruptionBudget", "ResourceQuota", "PriorityClass", "StorageClass", "IngressClass", "ReplicaSet", "MutatingWebhookConfiguration"]
HOOKS = ["pre-install", "post-install", "pre-upgrade", "test", "test-success", "pre-install,post-install", "post-delete", "bogus", "", "crd-install", " pre-install , test ", "Pre-Install", "post-rollback", "\"test-failure\""]
FILES = ["a.yaml", "b.yaml", "z/y.yaml", "c.yml", "d.json", "e.txt", "NOTES.txt", "_f.yaml", "A.yaml", "tests/t.yaml", "g", "h.tpl", ".i.yaml", "j.yaml.txt", "z/NOTES.txt"]


def manifest(rng):
    lines = []
    if rng.random() < 0.9:
        lines.append("apiVersion: " + rng.choice(["v1", "v1", "apps/v1", "batch/v1beta1", "", "1", "\"v1\""]))
    if rng.random() < 0.95:
        lines.append("kind: " + rng.choice(KINDS))
    if rng.random() < 0.9:
        meta = ["metadata:"]
        if rng.random() < 0.9:
            meta.append("  name: " + rng.choice(["x", "y", "z", "a-b", "1", "\"q\"", "", "{{ .Release.Name }}-n", "true", "~"]))
        if rng.random() < 0.35:
            meta.append("  annotations:")
            if rng.random() < 0.85:
                meta.append('    "helm.sh/hook": ' + rng.choice(HOOKS))
            if rng.random() < 0.4:
                meta.append('    "helm.sh/hook-weight": ' + rng.choice(['"1"', '"-5"', "3", '"x"', '"10"', '""', '"+2"']))
            if rng.random() < 0.2:
                meta.append("    helm.sh/hook-delete-policy: " + rng.choice(["before-hook-creation", "hook-succeeded,hook-failed", "x"]))
            if rng.random() < 0.1:
                meta.append("    helm.sh/resource-policy: keep")
        lines += meta
    if rng.random() < 0.5:
        lines.append(rng.choice(["data: {a: b}", "spec:\n  x: [1, 2]", "# end", "data:\n  k: |\n    ---\n    x", "spec: {{ .Values.map | toJson }}", "data:\n{{ toYaml .Values.map | indent 2 }}", "items: []", "a: {{ .Values.str | quote }}"]))
    rng.random() < 0.1 and rng.shuffle(lines)
    return "\n".join(lines) + rng.choice(["\n", "\n", "", "\n\n"])


def documents(rng):
    out = rng.choice(["", "", "", "---\n", "# top\n", "\n", "---\n---\n", "# c\n---\n", " \n", "{{/* c */}}\n"])
    for n in range(rng.choice([1, 1, 1, 2, 3])):
        if n:
            out += rng.choice(["---\n", "---\n", "--- \n", "---\n\n", "---  # c\n", "\n---\n", "----\n", " ---\n", "---\n---\n", "...\n---\n", "---\r\n", "---x\n", "--- a\n"])
        out += rng.choice([manifest(rng)] * 6 + ["", "# only\n", "\n", "{{ if .Values.no }}x{{ end }}\n", "null\n", "{}\n"])
    return out + rng.choice(["", "", "---\n", "---", "...\n"])


def hooks(rng):
    files = {"chart/Chart.yaml": CHART, "chart/values.yaml": VALUES}
    for name in rng.sample(FILES, rng.randint(1, 5)):
        files[f"chart/templates/{name}"] = documents(rng).encode()
    if rng.random() < 0.2:
        files["chart/crds/c.yaml"] = rng.choice([documents(rng), "kind: CustomResourceDefinition\nmetadata: {name: c}\n", ""]).encode()
    args = rng.sample(["--no-hooks", "--include-crds", "--is-upgrade", "--skip-tests", "--debug", "--show-only=templates/a.yaml", "--namespace=ns", "--skip-crds"], rng.choice([0, 0, 1, 2]))
    return Chart(files, args, "hooks")


HEADS = ["kind: [a]", "kind: {a: b}", "metadata: x", "metadata: []", "metadata: null", "metadata: {annotations: x}", "metadata: {annotations: [a]}", "metadata: {annotations: {a: 1}}", "metadata: {annotations: {a: null}}",
         "metadata: {name: 1}", "metadata: {name: [x]}", "kind: 1", "kind: true", "kind: null", "apiVersion: 1.0", "apiVersion: [1]", "a: b: c", "\ta: 1", "- a", "x", "{a: b", "[1]", "a: 1\na: 2", "kind: A\nkind: B", "Kind: C",
         "KIND: d", "metadata:\n  name: a\n  name: b", "a: &x 1\nb: *x", "a: *x", "1: 2", "true: x", "? [a]\n: b", "a: 'x", "a: \"\\q\"", "a: |\n x\n  y\n z", "a: >9\n x", "a: @x", "a: `x", "%FOO", "a: 1e400", "a: .inf",
         "a: 2020-01-01", "a: !!binary x", "a: !!int x", "a: !foo x", "<<: {kind: M}", "<<: x", "b: &b {kind: N}\n<<: *b", "a: 12345678901234567890123", "{\"kind\": \"J\", \"metadata\": {\"name\": \"j\"}}", "{\"kind\": \"J\",}",
         "a:\n- 1\n - 2", "a:\n  b: 1\n c: 2", "a: b\n  c: d", "a\nb: c", "'a': b", "a:b", "- a\nb: c", "a: [1,\n2]", "a: {x\n}", "# c\n", "kind: \"X\\u0041\"", "kind: 'it''s'", "kind: |\n  Y", "metadata: {name: x, namespace: 1}",
         "metadata: {annotations: {helm.sh/hook: 1}}", "metadata: {annotations: {helm.sh/hook: [test]}}", "metadata: {labels: {a: 1}}", "a: \x07", "a: \u0085", "a: \ufeff", "\ufeffa: b", "a: \u2028", "a: \xa0 b", "version: 2"]


def heads(rng):
    lines = rng.sample(["apiVersion: v1", "kind: ConfigMap", "metadata: {name: x}"], rng.randint(0, 3))
    for _ in range(rng.randint(1, 2)):
        lines.insert(rng.randint(0, len(lines)), rng.choice(HEADS) if rng.random() < 0.6 else yaml_text(rng, 1).rstrip("\n"))
    files = {"chart/Chart.yaml": CHART, "chart/templates/a.yaml": ("\n".join(lines) + "\n").encode()}
    if rng.random() < 0.2:
        files["chart/templates/b.yaml"] = manifest(rng).encode()
        files["chart/values.yaml"] = VALUES
    return Chart(files, ["--debug"] if rng.random() < 0.15 else [], "heads")


DUMP = b"# {{ .Values | toJson }}\n# {{ printf \"%#v\" .Values }}\n"
SET_PARTS = ["a", "b", "c", "a.b", "a[0]", "a[1].b", "l[0]", "l[2]", "m.x", "m", "l", "[0]", "a[-1]", "a[x]", "a[", "a]", "a[0", "a\\.b", "a\\,b", "\"q\"", "a b", "", ".", "a.", ".a", "a..b", "a[0][1]", "a[65537]", "é", "s", "n.k", "a\\[0]", "a[ 1 ]", "a[0]b", "a[01]"]
SET_VALUES = ["1", "x", "true", "null", "", "{a,b}", "{}", "{", "{a", "}", "{a,{b}}", "01", "1.5", "0x1", "-1", "a=b", "a\\,b", "\\", "x y", "'q'", "\"q\"", "9223372036854775808", "False", "TRUE", "Null", "~", "{1,true,null}", "[1]", "é", "a\\=b", "1e3", "+1", "0", "-0",
              "{a,b},", "{a\\,b}", " x", "x ", "{a, b}", "{ }", "a,b", "a\\nb", "{a}x", "{,}", "{null}", "00"]
JSONS = ["1", "{}", "[]", "{\"x\":1}", "[1,{\"a\":null}]", "null", "\"s\"", "{", "x", "{\"a\":}", "1.5", "1,b=2", "{\"x\":1},c=[2]", "\"é\\u0041\"", "[1,2", "true ", "12345678901234567890", " 1", "", "1e3"]


def set_string(rng):
    pairs = []
    for _ in range(rng.choice([1, 1, 2, 3])):
        path = rng.choice(SET_PARTS) + (rng.choice(["", "", "." + rng.choice(SET_PARTS), rng.choice(SET_PARTS)]))
        pairs.append(path + rng.choice(["=", "=", "=", "=", "=", "", " = ", "=="]) + rng.choice(SET_VALUES))
    return ",".join(pairs) + rng.choice(["", "", "", "", ","])


def sets(rng):
    args = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        flag = rng.choice(["--set"] * 5 + ["--set-string", "--set-string", "--set-json", "--set-json", "--set-literal", "--set-file"])
        text = set_string(rng)
        if flag == "--set-json":
            text = rng.choice(SET_PARTS) + "=" + rng.choice(JSONS) if rng.random() < .9 else rng.choice(JSONS)
        if flag == "--set-file":
            text = rng.choice(SET_PARTS) + "=" + rng.choice(["f.txt", "missing", "f.txt,b=f.txt", "", "{f.txt}"])
        args += [f"{flag}={text}"]
    values = rng.choice([b"", b"a: {b: 1, c: [1, 2]}\nl: [1, {x: y}, [z]]\nm: {x: {y: 1}}\ns: str\nn: null\n", b"a: [1, 2]\nm: 3\n"])
    return Chart({"chart/Chart.yaml": CHART, "chart/values.yaml": values, "chart/templates/a.yaml": DUMP, "f.txt": b"file\ntext\xff\n"}, args, "sets")


NAMES = ["a", "b", "sub", "global", "enabled", "tags", "x", "al", "front"]


def tree(rng, depth=2):
    """Values that clash: the same few names as tables, scalars, lists and nulls."""
    out = {}
    for name in rng.sample(NAMES, rng.randint(0, 5)):
        kind = rng.choice(["m"] * 4 + ["s", "n", "l", "b"]) if depth else rng.choice(["s", "n", "b", "l"])
        out[name] = tree(rng, depth - 1) if kind == "m" else {"s": rng.choice(["v", 1, "", 2.5]), "n": None, "b": rng.choice([True, False]), "l": rng.choice([[], [1, None], [{"a": 1}]])}[kind]
    return out


def as_yaml(value):
    return (json.dumps(value) + "\n").encode() if value else b"{}\n" if value is not None else b""


def layers(rng):
    sub = rng.choice(["sub", "sub", "sub2"])
    dep = {"name": sub, "version": rng.choice(["0.1.0", "0.1.0", "*", ">0", "9", "x"] if rng.random() < .3 else ["0.1.0"]), "repository": ""}
    deps = [dep]
    if rng.random() < 0.4:
        dep["alias"] = rng.choice(["al", "al", "sub", "x"])
    if rng.random() < 0.4:
        dep["condition"] = rng.choice(["sub.enabled", "al.enabled", "enabled", "a.b,sub.enabled", "missing", "x.enabled,", "global.enabled", "tags.front", "a"])
    if rng.random() < 0.3:
        dep["tags"] = rng.choice([["front"], ["a", "b"], []])
    if rng.random() < 0.5:
        dep["import-values"] = rng.choice([["data"], ["a"], [{"child": "a", "parent": "b"}], [{"child": "exports.data", "parent": "."}], [{"child": "x", "parent": "a.b"}], ["missing"], [{"child": "a"}], [{"child": "global", "parent": "x"}], [1], "x"])
    if rng.random() < 0.2:
        deps.append({"name": sub, "version": "0.1.0", "alias": "x"})
    if rng.random() < 0.1:
        deps.append({"name": "absent", "version": "1"})
    parent = {"apiVersion": "v2", "name": "chart", "version": "0.1.0", "dependencies": deps}
    if rng.random() < 0.1:
        del parent["dependencies"]
    child_values = tree(rng)
    if rng.random() < 0.5:
        child_values["exports"] = rng.choice([{"data": tree(rng, 1)}, {"data": 1}, tree(rng, 1), None])
    top = tree(rng)
    for name in (sub, dep.get("alias", sub)):
        if rng.random() < 0.6:
            top[name] = tree(rng) if rng.random() < 0.85 else rng.choice([None, 1, []])
    dump = b"# {{ .Chart.Name }} {{ .Values | toJson }}\n"
    files = {"chart/Chart.yaml": as_yaml(parent), "chart/values.yaml": as_yaml(top), "chart/templates/a.yaml": dump,
             f"chart/charts/{sub}/Chart.yaml": as_yaml({"apiVersion": rng.choice(["v1", "v2"]), "name": sub, "version": "0.1.0"}), f"chart/charts/{sub}/values.yaml": as_yaml(child_values),
             f"chart/charts/{sub}/templates/b.yaml": dump}
    if rng.random() < 0.35:
        files[f"chart/charts/{sub}/charts/b/Chart.yaml"] = as_yaml({"apiVersion": "v2", "name": "b", "version": "0.1.0"})
        files[f"chart/charts/{sub}/charts/b/values.yaml"] = as_yaml(tree(rng))
        files[f"chart/charts/{sub}/charts/b/templates/c.yaml"] = dump
    args = []
    for n in range(rng.choice([0, 0, 1, 2])):
        files[f"v{n}.yaml"] = as_yaml(tree(rng) | ({dep.get("alias", sub): tree(rng)} if rng.random() < .5 else {}))
        args += [f"--values=v{n}.yaml"]
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        args.append("--set=" + ".".join(rng.choices([*NAMES, sub], k=rng.randint(1, 3))) + "=" + rng.choice(["null", "1", "true", "false", "v", "{a,b}"]))
    return Chart(files, args, "layers")


def values_text(rng):
    """values.yaml and -f as text: heads, several documents, odd scalars, bytes."""
    one = yaml_text(rng).encode()
    if rng.random() < 0.1:
        one = rng.choice([one.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + one, one.replace(b"a", b"\xff"), one.decode().encode("utf-16"), one.rstrip(b"\n")])
    files = {"chart/Chart.yaml": CHART, "chart/templates/a.yaml": DUMP}
    args = []
    if rng.random() < 0.6:
        files["chart/values.yaml"] = one
    else:
        files["v.yaml"] = one
        args = ["--values=v.yaml"]
        files["chart/values.yaml"] = rng.choice([b"", b"k: {a: 1, b: 2}\nl: x\n", VALUES])
    return Chart(files, args, "values")


META = {"apiVersion": ["v1", "v2", "v3", "", "null", "2"], "name": ["chart", "Chart", "a b", "", "1", "a/b", "null", "x.y"], "version": ["0.1.0", "1", "v1.2.3", "1.2.3-a+b", "x", "", "1.0", "null", "01.2.3"],
        "appVersion": ["1.0", "\"1.0\"", "v2", "null", "1e3", "[a]", "{}", "true"], "description": ["d", "null", "1", "|\n  a\n  b"], "type": ["application", "library", "x", "null", "\"\""], "kubeVersion": [">=1.20", "x", "<1", "~1.31", "1.x", "\"\"", ">=1.20.0-0"],
        "keywords": ["[a, b]", "a", "null", "[1]"], "home": ["h", "null"], "sources": ["[s]", "s"], "maintainers": ["[{name: n, email: e}]", "[x]", "[{}]", "[null]", "null", "[{name: \"\"}]"], "icon": ["i"], "deprecated": ["true", "\"true\"", "yes", "1", "null"],
        "annotations": ["{a: b}", "{a: 1}", "[x]", "null"], "dependencies": ["[]", "null", "[{name: x, version: 1}]", "[{name: x, version: \"1\", repository: r}]", "[null]", "x", "[{}]"], "extra": ["x"], "tillerVersion": ["x"], "engine": ["gotpl"], "condition": ["a"], "tags": ["b"]}


def metadata(rng):
    keys = ["apiVersion", "name", "version"] + rng.sample([k for k in META if k not in ("apiVersion", "name", "version")], rng.randint(0, 4))
    lines = [f"{k}: {META[k][0] if rng.random() < 0.75 and k in ('apiVersion', 'name', 'version') else rng.choice(META[k])}\n" for k in keys if rng.random() < 0.97]
    rng.shuffle(lines)
    text = "".join(lines) + rng.choice([""] * 8 + ["name: twice\n", "---\nname: x\n", "bad\n", "\tx: y\n", "Name: y\n"])
    dump = b"# {{ .Chart | toJson }}\n# {{ .Chart.Name }} {{ .Chart.Version }} {{ .Chart.AppVersion | quote }} {{ .Chart.Maintainers }} {{ .Chart.Keywords }} {{ .Chart.Annotations }} {{ .Chart.Deprecated }} {{ .Chart.KubeVersion }} {{ .Chart.IsRoot }} {{ .Chart.Type }}\n"
    return Chart({"chart/Chart.yaml": text.encode(), "chart/templates/a.yaml": dump}, [], "metadata", fixed=())


NODES = ["", ".Values", ".Values.map", ".Chart", ".Release", ".Files", ".Capabilities", ".Capabilities.APIVersions", ".Capabilities.KubeVersion", ".Capabilities.HelmVersion", ".Template", ".Subcharts", ".Chart.Maintainers",
         ".Chart.Annotations", "$", "$.Files", "(index .Values.objs 0)", ".Chart.Metadata", "(urlParse \"http://a/b\")", "(semver \"1.2.3-a\")", "(toDate \"2006-01-02\" \"2020-03-04\")"]
FIELDS = ["Name", "name", "Version", "AppVersion", "Values", "map", "a", "c", "d", "Get", "Glob", "Lines", "AsConfig", "AsSecrets", "GetBytes", "Has", "Major", "Minor", "GitVersion", "GitCommit", "String", "KubeVersion", "Namespace",
          "IsUpgrade", "Revision", "Service", "BasePath", "Keywords", "Home", "Type", "IsRoot", "Validate", "missing", "str", "Year", "Month", "Format", "Unix", "UTC", "Weekday", "Original", "Prerelease", "Metadata", "Equal", "IsZero",
          "Compare", "LessThan", "IncMajor", "IncPatch", "YearDay", "AddDate", "Dependencies", "APIVersion", "Description", "GoVersion", "host", "scheme", "Truncate", "GreaterThan", "SetPrerelease", "Nanosecond"]
METHODS = ['.Files.Get %s', '.Files.Glob %s', '(.Files.Glob %s).AsConfig', '(.Files.Glob %s).AsSecrets', '.Files.Lines %s', '.Files.GetBytes %s', '.Capabilities.APIVersions.Has %s', 'range $k, $v := .Files.Glob %s',
           'range .Files.Lines %s', 'include %s .', 'template %s .', 'tpl %s .', 'tpl (.Files.Get %s) .', 'fromYaml (.Files.Get %s)', 'fromJson (.Files.Get %s)', 'required %s .Values.nothing', 'fail %s', 'required %s .Values.str',
           'lookup "v1" %s "" ""', 'with .Files.Get %s', 'if .Capabilities.APIVersions.Has %s', 'index .Values %s', 'index .Values.map %s "d"', 'get .Values %s', 'dig "map" %s "none" .Values.AsMap', 'hasKey .Values %s', 'pluck %s .Values .Values.map',
           'list .Values.map %s | toYaml', 'toYaml .Chart', 'toJson .Release', 'toYaml .Capabilities.KubeVersion', 'toJson .Template', 'toYaml .Files', 'typeOf .Files', 'kindOf .Capabilities', 'len .Files', 'dig "c" %s "z" .Values.map', 'semverCompare %s .Capabilities.KubeVersion.Version',
           '.Values.AsMap | toJson', 'toYaml .Chart.Metadata', 'merge (dict "x" %s) .Values | toJson', 'mergeOverwrite (dict) .Values.map (dict "a" %s) | toJson', 'omit .Values.map %s | toJson', 'pick .Values "map" %s | toJson', '.Subcharts | toJson', 'ternary %s "b" .Values.yes',
           'coalesce .Values.nothing %s', 'default %s .Values.empty', '.Values.str | default %s | quote', 'printf "%%s-%%s" .Release.Name %s | trunc 63 | trimSuffix "-"', 'set .Values "k" %s | len', 'eq .Release.Service %s', 'tpl .Values.tpl .', 'tpl .Values.tpl (dict "Values" (dict "str" %s))',
           'tpl (toYaml .Values.map) .', 'toYaml .Values.objs | nindent 4', 'range $i, $o := .Values.objs', 'include "h" (dict "ctx" . "v" %s)', 'include "h2" .', 'contains %s .Chart.Name', 'join %s .Values.list', 'first (splitList %s .Values.quoted)', '.Values.multi | indent 2 | trim | b64enc']
TEXTS = ['"a.txt"', '"dir/*"', '"**"', '"*.txt"', '"missing"', '"dir/b.yaml"', '"{a,c}.*"', '"[a"', '"v1"', '"apps/v1"', '"v1/Pod"', '"apps/v1/Deployment"', '"batch/v1beta1"', '"h"', '"h2"', '"chart.x"', '""', '"map"', '"a"', '"{{ .Values.str }}"', '"bin"',
         '">=1.20"', '"str"', '"need it"', '"d"', '"%"', '1', 'nil', '.Values.map', '"-"', '"c"', '"dir/**"', '"?.txt"', '"Helm"', '"networking.k8s.io/v1/Ingress"']


def objects(rng):
    if rng.random() < 0.4:
        text = rng.choice(NODES) + "".join("." + rng.choice(FIELDS) for _ in range(rng.choice([1, 1, 2, 3])))
        if re.match(r"\$?\.Files\.(?!Get|Glob|Lines|As)", text):
            text = ".Files"  # The zero of []byte, which we print as an empty one.
        text += rng.choice(["", "", "", " " + rng.choice(TEXTS), " 1", " (semver \"2.0.0\")"])
        text = rng.choice(["%s", "%s", "%s | toJson", "if %s", "with %s", "typeOf %s", "printf \"%%v\" %s", "range %s", "toYaml %s", "default 1 %s"]) % text
    else:
        text = rng.choice(METHODS)
        text = text % rng.choice(TEXTS) if "%" in text else text
    keyword = text.split()[0]
    body = {"if": "y{{ else }}n{{ end }}", "with": "[{{ . | toJson }}]{{ end }}", "range": "<{{ . | toString }}>{{ end }}"}.get(keyword, "")
    return Snippet("{{ " + text + " }}" + body, keyword)


SCHEMA_TYPES = ["string", "integer", "number", "boolean", "object", "array", "null", ["string", "null"], "bogus"]


def schema_node(rng, depth):
    node = {}
    if rng.random() < 0.7:
        node["type"] = rng.choice(SCHEMA_TYPES[:-1] if rng.random() < 0.97 else SCHEMA_TYPES)
    rules = {"minimum": lambda: rng.choice([0, 2, 1.5]), "maximum": lambda: rng.choice([1, 10]), "minLength": lambda: rng.choice([0, 3]), "maxLength": lambda: 2, "pattern": lambda: rng.choice(["^a", "[0-9]+", "("]), "enum": lambda: rng.choice([["a", "b"], [1, None], [True]]),
             "const": lambda: rng.choice([1, "x"]), "required": lambda: rng.sample(["str", "num", "zzz", "a"], 2), "additionalProperties": lambda: rng.choice([False, True, {"type": "string"}]), "minItems": lambda: 2, "maxItems": lambda: 1, "uniqueItems": lambda: True,
             "multipleOf": lambda: rng.choice([2, 0.5]), "format": lambda: rng.choice(["ipv4", "email", "uri", "date", "hostname"]), "minProperties": lambda: 3, "maxProperties": lambda: 2, "exclusiveMinimum": lambda: 3, "propertyNames": lambda: {"pattern": "^[a-c]"}, "description": lambda: "d", "default": lambda: 1}
    for name in rng.sample(list(rules), rng.choice([0, 1, 1, 2])):
        node[name] = rules[name]()
    if depth and rng.random() < 0.8:
        node["properties"] = {k: schema_node(rng, depth - 1) for k in rng.sample(["str", "num", "float", "yes", "nothing", "list", "map", "objs", "a", "c", "empty", "mixed", "missing"], rng.randint(1, 4))}
    if depth and rng.random() < 0.25:
        node["items"] = schema_node(rng, depth - 1)
    if depth and rng.random() < 0.2:
        node[rng.choice(["allOf", "anyOf", "oneOf"])] = [schema_node(rng, depth - 1) for _ in range(2)]
    if depth and rng.random() < 0.1:
        node[rng.choice(["not", "if", "contains"])] = schema_node(rng, depth - 1)
    return node


def schemas(rng):
    schema = schema_node(rng, 2)
    if rng.random() < 0.5:
        schema = {"$schema": rng.choice(["http://json-schema.org/draft-07/schema#", "http://json-schema.org/draft-07/schema", "https://json-schema.org/draft/2019-09/schema", "http://json-schema.org/draft-04/schema#"]), **schema}
    text = json.dumps(schema)
    if rng.random() < 0.05:
        text = text[:rng.randrange(len(text))]
    return Chart({"chart/Chart.yaml": CHART, "chart/values.yaml": VALUES, "chart/values.schema.json": text.encode(), "chart/templates/a.yaml": b"# ok\n"}, rng.choice([[], [], ["--set=str=null"], ["--set=num=x,map.a=1.5"], ["--skip-schema-validation"]]), "schemas")


FLAGS = ["--kube-version=1.25.0", "--kube-version=v1.30", "--kube-version=x", "--kube-version=1", "--api-versions=a/v1", "-ab/v1,c/v1/D", "--namespace=other", "-nx", "--namespace=", "--is-upgrade", "--include-crds", "--skip-crds", "--no-hooks", "--skip-tests", "--debug", "--show-only=templates/a.yaml", "-stemplates/*.yaml",
         "--show-only=templates/none.yaml", "--show-only=templates/b.yaml", "--release-name", "--name-template={{ upper \"x\" }}", "--name-template=n-{{ 1 | add 2 }}", "--name-template={{", "--generate-name", "--set=a=1", "--validate=false", "--description=x", "--atomic", "--timeout=5m", "--timeout=x", "--bogus", "--set", "--values=none.yaml", "--values=v.yaml",
         "--output-dir=out", "extra", "--render-subchart-notes", "--dependency-update=false", "--disable-openapi-validation", "--dry-run", "--dry-run=client", "--dry-run=x", "--labels=a=b", "--version=1", "--create-namespace", "--verify=false", "--wait", "-q", "--no-hooks=maybe", "--enable-dns", "--hide-notes", "--history-max=3", "--replace", "--force"]


def flags(rng):
    dump = b"# {{ .Release | toJson }} {{ .Capabilities.KubeVersion.Version }} {{ .Capabilities.APIVersions.Has \"a/v1\" }} {{ .Capabilities.APIVersions.Has \"c/v1/D\" }} {{ .Values | toJson }}\n"
    files = {"chart/Chart.yaml": CHART + rng.choice([b"", b"kubeVersion: \">=1.26\"\n"]), "chart/templates/a.yaml": dump + manifest(rng).encode(), "chart/templates/b.yaml": manifest(rng).encode(), "chart/crds/c.yaml": b"kind: C\n", "chart/values.yaml": VALUES, "v.yaml": b"a: {b: 1}\n",
             "chart/templates/NOTES.txt": b"notes\n", "chart/templates/tests/t.yaml": b"kind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\n"}
    return Chart(files, rng.sample(FLAGS, rng.choice([1, 1, 2, 3])), "flags")


# ---- small languages

REGEX = ["a", "b", "c", "ab", ".", "\\d", "\\w", "\\s", "\\S", "\\b", "\\B", "^", "$", "\\A", "\\z", "\\Z", "[abc]", "[^a]", "[a-c]", "[c-a]", "[[:alpha:]]", "[[:^digit:]]", "[[:x:]]", "[]a]", "[a", "[\\d-z]", "[a\\]]", "\\pL", "\\p{Greek}", "\\p{x}", "\\P{Lu}",
         "\\x41", "\\x{263a}", "\\x{110000}", "\\x", "\\101", "\\8", "\\Q.*\\E", "\\Qa", "\\C", "\\K", "\\_", "\\.", "\\-", "é", "日", "\\n", "\\t", "\\a", "\\v", "\\", "(?i)", "(?s)", "(?U)", "(?m)", "(?-i)", "(?x)", "(?i", "(?", "(?i:a)", "(?=a)", "(?!a)", "(?<=a)", "(?>a)", "(?P<n>a)",
         "(?P<n>b)", "(?<n>a)", "(?P<1>a)", "(?P=n)", "(?P<n", "(?:", "()", "(|a)", "{", "}", "{2}", "{,2}", "{a}", "-", ",", " "]
REPEATS = ["", "", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0}", "{2,}", "{1,2}?", "{3,1}", "{1001}", "{1000}", "**", "+*", "*+", "?+", "{2}{3}", "{2}*", "{500}"]
SUBJECTS = ["", "a", "aab", "abcabc", "aB c", "ab\\nab\\n", "a.*b", "é日a", "AbC012 _-", "aaaa bbbb", "\\xffa\\xfe", "a{2}", "x=1,y=2", "\\t a\\r\\n"]


def regexes(rng):
    def part(depth):
        if depth and rng.random() < 0.3:
            return rng.choice(["(", "(?:", "(", "(?i:", "(?P<m>"]) + part(depth - 1) + (rng.choice(["|", ""]) + part(depth - 1) if rng.random() < .5 else "") + rng.choice([")", ")", ")", ")", ""])
        return "".join(rng.choice(REGEX[:20] if rng.random() < .5 else REGEX) + rng.choice(REPEATS) for _ in range(rng.randint(1, 3)))

    pattern = '"' + part(2).replace("\\", "\\\\") + '"'
    subject = '"' + "".join(rng.choices(SUBJECTS, k=rng.choice([1, 1, 2]))) + '"'
    name = rng.choice(["regexMatch", "mustRegexMatch", "regexFind", "mustRegexFind", "regexFindAll", "mustRegexFindAll", "regexReplaceAll", "mustRegexReplaceAll", "regexReplaceAllLiteral", "mustRegexReplaceAllLiteral", "regexSplit", "mustRegexSplit"])
    args = [pattern, subject]
    if "All" in name and "Replace" not in name or "Split" in name:
        args.append(rng.choice(["-1", "0", "1", "2", "-2"]))
    if "Replace" in name:
        args.append(rng.choice(['"<$0>"', '"$1"', '"${1}x"', '"$n$m"', '"$$1"', '"\\\\1"', '""', '"$1x${m}"']))
    return Snippet("{{ %s %s | toJson }}" % (name, " ".join(args)), name)


LAYOUT = ["2006", "06", "01", "1", "Jan", "January", "02", "2", "_2", "002", "__2", "Mon", "Monday", "15", "03", "3", "PM", "pm", "04", "4", "05", "5", "MST", "Z07:00", "Z0700", "Z07", "-07:00", "-0700", "-07", "-07:00:00", ".000", ".999", ",000", ".0", ",9", ".000000000", "Z070000",
          "-", "/", " ", ":", "T", "x", "Janu", "0", "20", "0011", "Mond", "P", "é", "5.000", "05.999", "_2006", "Z", "+", "  "]
DATES = ["2020", "20", "02", "2", " 2", "Feb", "February", "29", "30", "060", "366", "Sat", "Saturday", "13", "1", "12", "00", "24", "PM", "am", "59", "60", "UTC", "CET", "GMT+3", "+02:00", "-0700", "Z", "+25:00", ".5", ".123456789", ",1", "-", "/", " ", ":", "T", "x", "+01:30:15", "1e3", "-1", "0099"]
ZONES = ['"UTC"', '"Local"', '""', '"Europe/Berlin"', '"America/New_York"', '"Asia/Kolkata"', '"CET"', '"EST5EDT"', '"nope"', '"../etc"', '"utc"', '"Etc/GMT+3"', '"Asia/Kathmandu"']


def dates(rng):
    layout = [rng.choice(LAYOUT) for _ in range(rng.randint(1, 6))]
    known = {"2006": ["2020", "1999", "0001"], "06": ["20", "68", "69"], "01": ["02", "13", "2"], "1": ["2", "12"], "Jan": ["Feb", "feb", "x"], "January": ["February", "Feb"], "02": ["29", "31", "00"], "2": ["5", "30"], "_2": [" 5", "15"], "15": ["13", "24"], "04": ["30", "60"], "05": ["59", "60", "59.5"], "Mon": ["Sat", "sat"], "PM": ["AM", "PM", "pm"],
             "03": ["01", "13"], "3": ["1"], "MST": ["UTC", "CEST", "+03", "GMT-2", "X"], "Z07:00": ["Z", "+02:00", "-2:00"], "-0700": ["+0200", "-2500"], ".000": [".123", ".12"], ".999": [".5", ""], "002": ["060", "366", "000"]}
    value = [rng.choice(known.get(p, [p])) if rng.random() < 0.93 else rng.choice(DATES) for p in layout]
    text = "".join(layout).replace('"', "")
    instant = rng.choice(['(toDate "2006-01-02T15:04:05Z07:00" "%s")' % rng.choice(["2020-02-29T13:05:09Z", "1999-12-31T23:59:59.987654321+05:30", "2021-07-04T00:00:00-03:00", "0001-01-01T00:00:00Z", "9999-12-31T12:00:00Z"]), "0", "1600000000", "-1", "(int64 253402300800)", '"x"'])
    form = rng.choice(["date", "dateInZone", "toDate", "toDate", "mustToDate", "mustToDate", "htmlDateInZone", "dateModify", "method", "duration"])
    if form == "date":
        return Snippet('{{ date "%s" %s }}' % (text, instant), form)
    if form == "dateInZone":
        return Snippet('{{ dateInZone "%s" %s %s }}' % (text, instant, rng.choice(ZONES)), form)
    if form == "htmlDateInZone":
        return Snippet("{{ htmlDateInZone %s %s }}" % (instant, rng.choice(ZONES)), form)
    if form == "dateModify":
        span = "".join(rng.choice(["1", "-2", "36", ".5", "1.25", "+", "0", ""]) + rng.choice(["h", "m", "s", "ms", "us", "µs", "ns", "d", ""]) for _ in range(rng.randint(1, 3)))
        return Snippet('{{ %s "%s" %s }}' % (rng.choice(["dateModify", "mustDateModify"]), span, instant), form)
    if form == "method":
        method = rng.choice(["Unix", "UnixNano", "UnixMilli", "YearDay", "Weekday", "Month", "Zone", "UTC", "IsZero", "Year", "Day", "Hour", "Location", "ISOWeek", "Format \"%s\"" % text, "AddDate 0 1 1", "Truncate 3600000000000", "Round 60000000000", "Date", "Clock", "String", "GoString"])
        return Snippet("{{ (%s).%s }}" % (instant.strip("()") if instant.startswith("(toDate") else 'toDate "2006-01-02" "2024-02-29"', method), "method")
    if form == "duration":
        return Snippet("{{ %s %s }}" % (rng.choice(["duration", "durationRound"]), rng.choice(['"90"', '"2h10m10s"', "3661", '"x"', "1e9", "-1", '"1.5"', "nil", "86400", "31557600", '"-5h"', "0", "2600000000", '"720h"', '"9000h"', instant])), form)
    return Snippet('{{ %s "%s" "%s" }}' % (form, text, "".join(value).replace('"', "")), form)


def semvers(rng):
    number = lambda: rng.choice(["0", "1", "2", "3", "10", "01", "x", "X", "*", "", "18446744073709551616", "-1"] if rng.random() < .3 else ["0", "1", "2", "3"])
    version = lambda: rng.choice(["", "", "", "v", "V", "=", " "]) + ".".join(number() for _ in range(rng.choice([1, 2, 3, 3, 3, 4]))) + rng.choice(["", "", "", "-0", "-alpha", "-rc.1", "-01", "-a..b", "-", "+b", "-a+b.c", "+", "-alpha.10", "-alpha-1", "-é"])
    one = lambda: rng.choice(["", "=", "!=", ">", "<", ">=", "<=", "=>", "=<", "~", "~>", "^", "==", "<>", "> ", ">= "]) + version()
    constraint = rng.choice(["", " "]) + rng.choice([", ", ",", " ", " || ", "||", "  ", " - "]).join(one() for _ in range(rng.choice([1, 1, 1, 2, 2, 3]))) + rng.choice(["", "", " ", "||", ","])
    name = rng.choice(["semverCompare"] * 5 + ["semver"])
    if name == "semver":
        return Snippet("{{ semver %s | toJson }}{{ (semver %s).%s }}" % ((quoted(version()),) * 2 + (rng.choice(["String", "Original", "IncMinor", "IncPatch", "IncMajor", "Major", "Prerelease", "Metadata", "Compare (semver \"1.2.3\")", "LessThan (semver \"2.0.0-a\")"]),)), name)
    return Snippet("{{ semverCompare %s %s }}" % (quoted(constraint), quoted(version())), name)


GLOB = ["*", "**", "?", "a", "b", ".txt", "dir", "/", "/", ".", "[ab]", "[!a]", "[^a]", "[a-c]", "[a-]", "[c-a]", "[", "]", "{a,b}", "{a,{b,c}}", "{", "}", "{}", "{,a}", ",", "\\*", "\\", "[\\]]", "deep", "*.y?ml", "é", "!", "[!]", "[]", "{*,dir/*}", "{a.txt,dir/**}", "bin"]


def globs(rng):
    pattern = quoted("".join(rng.choices(GLOB, k=rng.randint(1, 4))))
    return Snippet("{{ range $p, $b := .Files.Glob %s }}{{ $p }};{{ end }}%s" % (pattern, rng.choice(["", "{{ (.Files.Glob %s).AsConfig }}" % pattern, "{{ (.Files.Glob %s).AsSecrets }}" % pattern])), "Glob")


TOML_VALUES = ["1", "+1", "-0", "0x1F", "0o17", "0b1", "1_000", "_1", "1__0", "01", "1.5", "1.", ".5", "1e3", "1e+3", "1.5e-7", "inf", "-nan", "true", "True", '"s"', "'s'", '"""a\nb"""', "\'\'\'\na\'\'\'", '"\\u00e9\\t\\x"', '"a', "[1, 2]", "[1, \"a\"]", "[[1], []]", "[1,]", "[,]", "[1 2]",
               "{a = 1}", "{a = 1,}", "{}", "{a.b = 1}", "{a = 1, a = 2}", "2020-01-02", "2020-01-02T03:04:05Z", "2020-01-02 03:04:05", "03:04:05.5", "2020-13-01", "2020-01-02T03:04:05+01:00", "", "x", "9223372036854775808", "1 # c", "\"\\U0001F600\""]
TOML_KEYS = ["a", "b", "a.b", "a.c", "b.a.c", '"q k"', "'s'", "a-b", "1", "1.5", "a b", "", "é", "a.", ".a", '"\\u0061"', "_", "true", "a . d"]


def tomls(rng):
    lines = []
    for _ in range(rng.randint(1, 5)):
        kind = rng.random()
        if kind < 0.3:
            key = rng.choice(TOML_KEYS)
            lines.append(rng.choice(["[%s]", "[%s]", "[[%s]]", "[ %s ]", "[%s", "[%s] x", "[[%s] ]"]) % key)
        elif kind < 0.95:
            lines.append(rng.choice(TOML_KEYS) + rng.choice([" = ", " = ", "=", " == ", ": ", " =\n"]) + rng.choice(TOML_VALUES))
        else:
            lines.append(rng.choice(["# c", "", "\t", "x", "\x00", "# \x01", "\r"]))
    return Snippet("{{ fromToml %s | %s }}" % (quoted(rng.choice(["\n", "\n", "\n", "\r\n"]).join(lines)), rng.choice(["toJson", "toJson", "toToml", "toYaml"])), "fromToml")


def jsons(rng):
    def value(depth):
        kind = rng.choice("sno" + ("lm" if depth else ""))
        if kind == "s":
            return '"' + "".join(rng.choices(["a", "é", "\\n", "\\u00e9", "\\ud83d\\ude00", "\\ud800", "\\/", "\\x", "<", "\u2028", "\x01", "\\\\", "'", "\\u12"], k=rng.randint(0, 3))) + rng.choice(['"'] * 9 + [""])
        if kind == "n":
            return rng.choice(["0", "-0", "1", "-1.5", "1e3", "1E+3", "01", "1.", ".5", "+1", "1e400", "-", "12345678901234567890", "1e-7", "0.1", "1e21", "123456789.0", "--1", "0x1", "1_0"])
        if kind == "o":
            return rng.choice(["true", "false", "null", "nul", "True", "NaN", "undefined", "tru e"])
        sep = rng.choice([", ", ",", " ,\n"])
        if kind == "l":
            return "[" + sep.join(value(depth - 1) for _ in range(rng.randint(0, 3))) + rng.choice(["]"] * 8 + [",]", ""])
        return "{" + sep.join(rng.choice(['"a"', '"b"', '"\\u0061"', '""', '"a b"', "a"]) + rng.choice([":", ": ", " "]) + value(depth - 1) for _ in range(rng.randint(0, 3))) + rng.choice(["}"] * 8 + [",}", ""])

    text = rng.choice(["", " ", "\n"]) + value(2) + rng.choice(["", "", "", " ", "x", "1", "\x00"])
    return Snippet("{{ %s %s | %s }}" % (rng.choice(["fromJson", "mustFromJson", "fromJsonArray"]), quoted(text), rng.choice(["toJson", "toYaml", "toPrettyJson", 'printf "%#v"', "toRawJson"])), "fromJson")


URL_PARTS = ["http", "https", "HTTP", "ht tp", "1a", "a+b", "", ":", "://", "//", "/", "user", "user:pass@", "@", "us%20er@", "host", "HOST", "h_o", "[::1]", "[::1", "[fe80::1%25en0]", "é", "%41", "%zz", "%", ":80", ":x", ":", "/a/../b", "//c", "?q=1", "?", "?a b", "?%zz", "#f", "#", "#%41", " ", "\t", "\x7f", "a;b", "*", "mailto:a@b", "..", "a:b", "%2F", "+", "[", "\\"]


def urls(rng):
    text = quoted("".join(rng.choices(URL_PARTS, k=rng.randint(1, 6))))
    if rng.random() < 0.35:
        keys = rng.sample(["scheme", "host", "path", "query", "fragment", "userinfo", "opaque", "hostname"], rng.randint(0, 5))
        return Snippet("{{ urlJoin (dict %s) }}" % " ".join(f'"{k}" {quoted("".join(rng.choices(URL_PARTS, k=rng.randint(0, 3))))}' for k in keys), "urlJoin")
    return Snippet("{{ urlParse %s | toJson }}{{ urlParse %s | urlJoin }}" % (text, text), "urlParse")


LETTERS = ["a", "b", "A", "B", "1", "_", "-", " ", ".", "  ", "é", "É", "ß", "ǆ", "日", "\t", "\n", "fooBar", "HTTP", "URL", "iPhone6", "__", "x.y", "'", "ı", "İ", "ﬁ", "Σ", "ς", "\u0301", "\u00a0", "the", "OF", "9a", "a9", "/", ","]


def words(rng):
    text = quoted("".join(rng.choices(LETTERS, k=rng.randint(1, 7))))
    name = rng.choice(["camelcase", "snakecase", "kebabcase", "title", "untitle", "swapcase", "initials", "upper", "lower", "nospace", "trim", "wrap", "wrapWith", "abbrev", "abbrevboth", "trunc", "substr", "plural", "splitn", "cat", "repeat", "reverse", "indent", "replace", "trimAll", "contains", "sortAlpha"])
    small = lambda: rng.choice(["0", "1", "2", "3", "4", "5", "7", "10", "-1", "-2"])
    form = {"wrap": f"wrap {small()} %s", "wrapWith": f"wrapWith {small()} {quoted(rng.choice(['|', '', '--', 'é']))} %s", "abbrev": f"abbrev {small()} %s", "abbrevboth": f"abbrevboth {small()} {small()} %s", "trunc": f"trunc {small()} %s", "substr": f"substr {small()} {small()} %s",
            "plural": f'plural "one" %s {small()}', "splitn": f"splitn {quoted(rng.choice(LETTERS[:12]))} {small()} %s", "repeat": f"repeat {small()} %s", "indent": f"indent {rng.choice('0123')} %s", "replace": f"replace {quoted(rng.choice(LETTERS))} {quoted(rng.choice(LETTERS))} %s",
            "trimAll": f"trimAll {quoted(''.join(rng.choices(LETTERS, k=2)))} %s", "contains": f"contains {quoted(rng.choice(LETTERS))} %s", "reverse": "splitList \"\" %s | reverse", "sortAlpha": 'splitList "" %s | sortAlpha'}.get(name, name + " %s")
    return Snippet('{{ %s | printf "%%q" }}' % (form % text), name)


def numbers(rng):
    def number():
        kind = rng.random()
        if kind < 0.3:
            return repr(rng.uniform(-1, 1) * 10 ** rng.randint(-25, 25))
        if kind < 0.5:
            return str(rng.choice([1, -1]) * rng.randrange(10 ** rng.randint(1, 18)))
        if kind < 0.7:
            return '"' + "".join(rng.choices("0123456789.eE+-_xX ", k=rng.randint(1, 6))) + '"'
        return rng.choice(["0", "1", "-1", "0.5", "1.5", "2.5", "-0.0", "1e21", "9223372036854775807", "-9223372036854775808", '"0x1p-2"', '"inf"', '"nan"', "true", "nil", '""', '"1e3"', "(int 7)", "(divf 1 3)", "1e308", "5e-324", "(list 1)", "(dict)", '"１"'])

    name = rng.choice(["add", "sub", "mul", "div", "mod", "add1", "max", "min", "addf", "subf", "mulf", "divf", "add1f", "maxf", "minf", "floor", "ceil", "round", "int", "int64", "float64", "toString", "toDecimal", "atoi", "toJson", "toYaml", "quote", "seq", "print", "len", "biggest", "printf \"%v\"", "printf \"%d\"", "printf \"%x\"", "printf \"%g\"", "printf \"%6.3e\"", "eq 1.0", "lt 0", "gt 1.0", "ternary 1 2", "empty", "not", "kindOf"])
    count = 2 if name in ("sub", "div", "mod", "divf", "subf") else rng.randint(1, 3) if name in ("add", "mul", "max", "min", "addf", "mulf", "maxf", "minf", "biggest") else 1
    if name == "seq":
        return Snippet("{{ seq %s }}" % " ".join(str(rng.randint(-5, 9)) for _ in range(rng.randint(0, 4))), name)
    args = [number() for _ in range(count)] + ([str(rng.randint(-2, 5))] + rng.choice([[], [], ["0.1"], ["0.7"]]) if name == "round" else [])
    return Snippet("{{ %s %s }}" % (name, " ".join(args)), name)


# ---- files that are left out

IGNORE = ["a.txt", "*.txt", "/a.txt", "dir/", "dir", "/dir/", "!a.txt", "!dir/b.txt", "dir/*", "dir/b.txt", "*", "?.txt", "[ab].txt", "[", "# c", "", " a.txt ", "**", "**/b.txt", "templates", "templates/", "templates/?.yaml", "charts", "Chart.yaml", "values.yaml", "\\#x", "#x", "\\!x", "!x", "dir/deep/", "deep", "deep/", "*.y*ml", "/*.txt",
          "a.txt\\", ".helmignore", "dir//b.txt", "./a.txt", "../x", "é.txt", "crds", "README.md", "!*", "/", "!", "dir/deep/c.txt", "templates/.?*", "*.tpl", "charts/sub", "sub"]


def ignores(rng):
    lines = rng.sample(IGNORE, rng.randint(1, 4))
    names = ["a.txt", "b.txt", "dir/b.txt", "dir/deep/c.txt", "deep", "x", "#x", "!x", "README.md", "é.txt", "templates/.hidden", "templates/n.txt", ".dot", "charts/README.md", "charts/_x/y", "charts/.z/y", "crds/c.yaml"]
    files = {f"chart/{n}": b"kind: %d\n" % i for i, n in enumerate(rng.sample(names, rng.randint(4, 10)))}
    files |= {"chart/Chart.yaml": CHART, "chart/values.yaml": b"a: 1\n", "chart/.helmignore": rng.choice(["\n", "\n", "\r\n"]).join(lines).encode() + rng.choice([b"", b"\n"]),
              "chart/templates/a.yaml": b"{{ range $p, $_ := .Files }}# {{ $p }}\n{{ end }}# {{ .Values | toJson }}\n", "chart/templates/b.yaml": b"# b\n",
              "chart/charts/sub/Chart.yaml": b"apiVersion: v2\nname: sub\nversion: 1.0.0\n", "chart/charts/sub/templates/s.yaml": b"# s\n{{ range $p, $_ := .Files }}# {{ $p }}\n{{ end }}", "chart/charts/sub/b.txt": b"b"}
    if rng.random() < 0.3:
        files["chart/charts/sub/.helmignore"] = rng.choice(IGNORE).encode()
    return Chart(files, rng.choice([[], [], ["--include-crds"]]), "ignore", fixed=(), command=rng.choice([["template", "rel", "chart"]] * 3 + [["lint", "chart"], ["show", "all", "chart"]]))


# ---- JSON schemas of all drafts, most of them valid

DRAFTS = ["http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-06/schema#", "http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2019-09/schema", "https://json-schema.org/draft/2020-12/schema"]
DRAFT_FORMATS = ["json-pointer", "relative-json-pointer", "uuid", "duration", "period", "ipv4", "ipv6", "hostname", "email", "date", "time", "date-time", "uri", "iri", "uri-reference", "uri-template", "semver", "regex", "x"]


def draft_schema(rng, depth):
    if not depth or rng.random() < 0.04:
        return rng.choice([{}, {"type": "string"}, {"type": "integer"}, {"$ref": "#/$defs/d"}, {"$ref": "#/definitions/e"}, {"type": ["null", "boolean"]}, {"const": "two"}, {"enum": ["a", "b", 1, None]}, {"minimum": 2}, {"$ref": "#"}, {"$dynamicRef": "#node"}, {"$ref": "#anchor"}, True, False])
    sub = lambda: draft_schema(rng, depth - 1)
    name = lambda: rng.choice(["str", "num", "list", "map", "a", "b", "c", "d", "float", "objs", "name", "n", "mixed", "big", "huge", "k"])
    several = lambda: [sub() for _ in range(rng.randint(1, 3))]
    members = lambda: {name(): sub() for _ in range(rng.randint(1, 3))}
    names = lambda: sorted({name() for _ in range(rng.randint(1, 2))})
    keywords = {
        "properties": members, "patternProperties": lambda: {rng.choice(["^s", ".", "[a-c]", "m$"]): sub()}, "additionalProperties": sub, "propertyNames": lambda: rng.choice([{"pattern": "^[a-m]"}, {"maxLength": 3}, sub()]),
        "items": lambda: rng.choice([sub, sub, several])(), "additionalItems": sub, "prefixItems": several, "contains": sub, "minContains": lambda: rng.choice([0, 1, 2]), "maxContains": lambda: rng.choice([0, 1]), "uniqueItems": lambda: True,
        "unevaluatedProperties": lambda: rng.choice([False, sub()]), "unevaluatedItems": lambda: rng.choice([False, sub()]), "dependentRequired": lambda: {name(): names()}, "dependentSchemas": members, "dependencies": lambda: {name(): rng.choice([names(), sub()])},
        "if": sub, "then": sub, "else": sub, "not": sub, "allOf": several, "anyOf": several, "oneOf": several, "required": names, "minProperties": lambda: rng.choice([1, 3, 30]), "maxProperties": lambda: rng.choice([1, 2]), "minItems": lambda: rng.choice([2, 4]), "maxItems": lambda: rng.choice([1, 2]),
        "type": lambda: rng.choice(["object", "string", "integer", "number", "array", "boolean", "null", ["object", "array"], ["integer", "string"]]), "enum": lambda: rng.choice([["hello", 3], [{"a": 1}, [1]], [None, True, 1.50], ["it's"], [[]]]), "const": lambda: rng.choice([3, "hello", None, [], {}, 1.50, ["a", "b", "c"], True]),
        "minimum": lambda: rng.choice([0, 3, 100000, 1e20, 2.5]), "maximum": lambda: rng.choice([1, -1, 3, 65536]), "exclusiveMinimum": lambda: rng.choice([3, 1, 1e21]), "exclusiveMaximum": lambda: rng.choice([3, 12345678901]), "multipleOf": lambda: rng.choice([2, 0.1, 1.5, 1000]),
        "minLength": lambda: rng.choice([6, 3, 1000]), "maxLength": lambda: rng.choice([1, 100]), "pattern": lambda: rng.choice(["^h", "[0-9]", "(?i)H", "^\\p{L}+$"]), "format": lambda: rng.choice(DRAFT_FORMATS), "title": lambda: "t", "default": lambda: 1,
        "$ref": lambda: rng.choice(["#/$defs/d", "#/definitions/e", "#", "#anchor", "item.json", "item.json#node"]), "$dynamicRef": lambda: "#node", "$recursiveRef": lambda: "#", "$anchor": lambda: f"n{rng.randrange(1 << 20)}", "contentMediaType": lambda: "application/json", "$comment": lambda: "c",
    }
    schema = {k: keywords[k]() for k in rng.sample(list(keywords), rng.choice([1, 1, 2, 3, 4]))}
    if rng.random() < 0.03:
        schema[rng.choice(list(keywords))] = rng.choice([1, "x", [], {}, None, -1, ["a", "a"], "("])
    return schema


def drafts(rng):
    schema = draft_schema(rng, 3)
    if not isinstance(schema, dict):
        schema = {"not": schema}
    schema.setdefault("$defs", {"d": draft_schema(rng, 1), "i": {"$id": "item.json", "$dynamicAnchor": "node", "type": rng.choice(["object", "integer"]), "properties": {"a": {"$dynamicRef": "#node"}}}})
    schema.setdefault("definitions", {"e": draft_schema(rng, 1), "x": {"$anchor": "anchor", "type": "string"}})
    if rng.random() < 0.5:
        schema["$schema"] = rng.choice(DRAFTS)
    if rng.random() < 0.1:
        schema["$recursiveAnchor"] = True
    if rng.random() < 0.9:
        schema["$dynamicAnchor"] = "node"
    if rng.random() < 0.7:
        schema.setdefault("properties", {})
        if isinstance(schema["properties"], dict):
            schema["properties"].update({k: draft_schema(rng, 2) for k in rng.sample(["str", "num", "list", "nums", "map", "objs", "date", "nothing", "float", "mixed", "big", "huge"], 3)})
    return Chart({"chart/Chart.yaml": CHART, "chart/values.yaml": VALUES, "chart/values.schema.json": json.dumps(schema).encode(), "chart/templates/a.yaml": b"# ok\n"},
                 rng.choice([[], [], ["--set=str=null"], ["--set=num=70000,map.a=-0.00001"]]), "drafts", command=rng.choice([["template", "rel", "chart"]] * 4 + [["lint", "chart"]]))


# ---- more of JSON schemas

def rule(rng, depth):
    """A schema, perhaps one that a draft does not know."""
    if not depth or rng.random() < 0.05:
        return rng.choice([True, False, {}, {"type": "string"}, {"type": "integer"}, {"$ref": "#/definitions/d"}, {"$ref": "#/definitions/none"}, {"$ref": "#"}, {"$ref": "#/$defs/e"}, {"$ref": "other.json"}, {"$ref": "#d"}, {"type": "null"}, {"const": None}])
    sub = lambda: rule(rng, depth - 1)
    name = lambda: rng.choice(["str", "num", "list", "map", "a", "c", "zzz", "float", "^s", "objs", "name"])
    rules = {
        "properties": lambda: {name(): sub() for _ in range(2)}, "patternProperties": lambda: {rng.choice(["^s", ".", "(", "[a-c]", ""]): sub()}, "additionalProperties": sub, "dependencies": lambda: {name(): rng.choice([[name()], sub()])},
        "items": lambda: rng.choice([sub(), [sub(), sub()]]), "additionalItems": sub, "contains": sub, "propertyNames": sub, "if": sub, "then": sub, "else": sub, "not": sub, "allOf": lambda: [sub()], "anyOf": lambda: [sub(), sub()], "oneOf": lambda: [sub(), sub()],
        "type": lambda: rng.choice(["object", "string", "integer", "number", "array", "boolean", "null", ["object", "array"], [], "x", 1]), "enum": lambda: rng.choice([["hello", 3], [], [{"a": 1}], [None], "x"]), "const": lambda: rng.choice([3, "hello", None, [], {}]),
        "minimum": lambda: rng.choice([0, 3, "x", 1e20]), "maximum": lambda: rng.choice([1, -1, 3]), "exclusiveMinimum": lambda: rng.choice([True, 3, 1]), "exclusiveMaximum": lambda: rng.choice([True, False, 3]), "multipleOf": lambda: rng.choice([2, 0, 0.1, -1, "x"]),
        "minLength": lambda: rng.choice([6, -1, 1.5]), "maxLength": lambda: rng.choice([1, 100]), "pattern": lambda: rng.choice(["^h", "(", "\\\\d", "(?i)H"]), "format": lambda: rng.choice(["date", "date-time", "time", "email", "hostname", "ipv4", "ipv6", "uri", "uri-reference", "uri-template", "uuid", "regex", "json-pointer", "relative-json-pointer", "idn-email", "iri", "x"]),
        "minItems": lambda: rng.choice([5, -1]), "maxItems": lambda: rng.choice([1, 0]), "uniqueItems": lambda: rng.choice([True, "x"]), "minProperties": lambda: 10, "maxProperties": lambda: rng.choice([1, 0]), "required": lambda: rng.choice([["zzz"], ["str", "b"], [], "x", ["a", "a"], [1]]),
        "title": lambda: "t", "description": lambda: rng.choice(["d", 1]), "default": lambda: 1, "$ref": lambda: rng.choice(["#/definitions/d", "#/definitions/none", "#", "#/properties/str", "#d", "#/definitions/d/type"]), "examples": lambda: [1], "readOnly": lambda: True, "$comment": lambda: "c", "contentEncoding": lambda: "base64", "$id": lambda: rng.choice(["#d", "http://x/y", "z"]),
    }
    return {k: rules[k]() for k in rng.sample(list(rules), rng.choice([1, 1, 2, 3]))}


def rules(rng):
    schema = rule(rng, 3)
    if isinstance(schema, dict):
        if rng.random() < 0.5:
            schema["definitions"] = {"d": rule(rng, 1), "e": {"$id": "#d", **(extra if isinstance(extra := rule(rng, 1), dict) else {})}}
        if rng.random() < 0.3:
            schema["$schema"] = rng.choice(["http://json-schema.org/draft-07/schema#", "http://json-schema.org/draft-06/schema#", "http://json-schema.org/draft-04/schema#", "x", 1, "https://json-schema.org/draft/2020-12/schema"])
        if rng.random() < 0.5:
            schema.setdefault("properties", {}).update({k: rule(rng, 1) for k in rng.sample(["str", "num", "list", "map", "objs", "date", "nothing", "float"], 2)})
    return Chart({"chart/Chart.yaml": CHART, "chart/values.yaml": VALUES, "chart/values.schema.json": json.dumps(schema).encode(), "chart/templates/a.yaml": b"# ok\n"},
                 rng.choice([[], [], ["--set=str=null"], ["--set=date=2020-01-01,email=a@b"]]), "rules", command=rng.choice([["template", "rel", "chart"]] * 4 + [["lint", "chart"]]))


def lints(rng):
    """What `lint` and `show` say of a chart's files and of its manifests."""
    files = dict(metadata(rng).files)
    files["chart/templates/a.yaml"] = documents(rng).encode()
    for name in rng.sample(["values.yaml", "templates/NOTES.txt", "templates/_h.tpl", "crds/c.yaml", "README.md", "templates/x.txt", "templates/bad name.yaml", "values.schema.json", "requirements.yaml", "Chart.lock", "templates/deep/d.yml", "charts/sub/Chart.yaml", "crds/d.json", "readme.txt"], rng.randint(0, 4)):
        files[f"chart/{name}"] = rng.choice([documents(rng), yaml_text(rng, 1), "", "a: 1\n", "{{ fail \"x\" }}\n", "{{ .Values.a.b }}\n", "{}\n", "{{ required \"r\" .Values.zz }}", "dependencies:\n- name: x\n  version: 1\n"]).encode()
    command = rng.choice([["lint", "chart"]] * 4 + [["show", "all", "chart"], ["show", "values", "chart"], ["show", "crds", "chart"], ["show", "readme", "chart"], ["show", "chart", "chart"], ["dependency", "list", "chart"]])
    args = [] if command[0] != "lint" else rng.sample(["--strict", "--quiet", "--with-subcharts", "--set=a=1", "--kube-version=1.22", "--namespace=x", "--skip-schema-validation"], rng.choice([0, 0, 1, 2]))
    return Chart(files, args, "lint", fixed=(), command=command)


# ---- what a cluster's client takes

META_FIELDS = ["name", "generateName", "namespace", "labels", "annotations", "uid", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences", "finalizers", "managedFields", "resourceVersion", "selfLink", "clusterName", "Labels"]
META_VALUES = ["x", "x", "1", "1.5", "true", "null", "{a: b}", "{a: 1}", "{a: null, b: [x]}", "[a]", "[1]", "[null]", "[{name: x}]", "[{controller: x, uid: 1}]", "[{time: x}]", "2020-01-01T00:00:00Z", "\"2020-01-01\"", "{}", "[]", "a/b", "..", "1e30", "\"1\"", "''"]
SERVED = [("v1", "Pod"), ("v1", "ConfigMap"), ("apps/v1", "Deployment"), ("v1", "Namespace"), ("rbac.authorization.k8s.io/v1", "ClusterRole"), ("batch/v1", "CronJob"), ("v1", "configmap"), ("v1", "PodList"), ("v1", "List"), ("apps/v1", "List"), ("apps/v1", "Pod"), ("v1beta1", "Pod"), ("policy/v1beta1", "PodDisruptionBudget"),
          ("", "Pod"), ("apps/", "Deployment"), ("a/b/c", "Pod"), ("v1", ""), ("1", "Pod"), ("v1", "1"), ("~", "Pod"), ("[v1]", "Pod"), ("networking.k8s.io/v1", "Ingress"), ("autoscaling/v1", "HorizontalPodAutoscaler"), ("autoscaling/v3", "HorizontalPodAutoscaler"), ("v1", "Secret")]


def an_object(rng, depth=1):
    """An object in flow style."""
    version, kind = rng.choice(SERVED[:6] if rng.random() < 0.75 else SERVED)
    fields = [f"apiVersion: {version}"] * (rng.random() < 0.95) + [f"kind: {kind}"] * (rng.random() < 0.95)
    if rng.random() < 0.9:
        meta = ["name: " + rng.choice(["a", "b", "c-d"])] * (rng.random() < 0.9)
        meta += [f"{name}: {rng.choice(META_VALUES)}" for name in rng.sample(META_FIELDS[1:] if meta else META_FIELDS, rng.choice([0, 0, 1, 1, 2]))]
        fields.append("metadata: {" + ", ".join(meta) + "}")
    elif rng.random() < 0.3:
        fields.append("metadata: " + rng.choice(META_VALUES))
    if depth and rng.random() < 0.2:
        fields.append("items: " + rng.choice(["[]", "null", "{}", "x", "[1]", "[null]"] + ["[" + ", ".join(an_object(rng, depth - 1) for _ in range(rng.randint(1, 3))) + "]"] * 4))
    rng.shuffle(fields)
    return "{" + ", ".join(fields) + "}"


def installs(rng):
    texts = [an_object(rng) if rng.random() < 0.8 else manifest(rng) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    files = {"chart/Chart.yaml": CHART, "chart/values.yaml": VALUES, "chart/templates/a.yaml": "\n---\n".join(texts).encode() + b"\n"}
    if rng.random() < 0.2:
        files["chart/templates/b.yaml"] = documents(rng).encode()
    if rng.random() < 0.2:
        files["chart/templates/NOTES.txt"] = b"notes of {{ .Release.Name }}\n"
    args = rng.sample(["--disable-openapi-validation", "--hide-secret", "--debug", "--namespace=ns", "--no-hooks", "--hide-notes", "--output=yaml", "--output=json", "--skip-crds", "--description=d"], rng.choice([0, 0, 0, 1, 2]))
    return Chart(files, args, "install", command=rng.choice([["install", "rel", "chart", "--dry-run"]] * 3 + [["upgrade", "--install", "rel", "chart", "--dry-run"]]))


# ---- depth and odd names

def nest(rng, levels):
    """A value so many levels deep, in one of the ways to write it."""
    inner = rng.choice(["1", "x", "", "~"])
    kind = rng.randrange(5)
    if kind == 0:
        return "[" * levels + inner + "]" * levels
    if kind == 1:
        return "{a: " * levels + inner + "}" * levels
    if kind == 2:
        return "- " * levels + (inner or "1")
    if kind == 3:
        half = levels // 2
        return "- " * half + "[" * (levels - half) + inner + "]" * (levels - half - (rng.random() < 0.1))
    return "".join(rng.choice(["[", "{k: "]) for _ in range(levels))


def closed(text):
    """With the brackets that are missing at its end."""
    ends = {"[": "]", "{": "}"}
    return text if "]" in text or "}" in text else text + "".join(ends[c] for c in reversed(text) if c in ends)


def deep(rng):
    levels = rng.choice([200, 201, 499, 500, 501, 502, 1000, 1001, 1999, 2001, 2500]) if rng.random() < 0.93 else rng.choice([9990, 9999, 10000, 10001])
    text = closed(nest(rng, levels))
    value = ("v:\n  " if text.startswith("- ") else "v: ") + text + "\n"
    look = rng.choice(["toJson", "toYaml", "toString", "deepCopy | toJson", "quote", "toJson | fromJsonArray | len | print", "toYamlPretty" if levels < 3000 else "toJson"])
    files = {"chart/Chart.yaml": CHART, "chart/templates/t.yaml": ("a: {{ .Values.v | %s | len }}\n" % look).encode()}
    args, where = [], rng.choice(["values", "flag", "fromYaml", "fromYamlArray", "manifest", "metadata", "json", "both", "sub"])
    if where in ("values", "both"):
        files["chart/values.yaml"] = value.encode()
    if where in ("flag", "both"):
        files["v.yaml"], args = value.encode(), ["-f", "v.yaml"]
    if where in ("fromYaml", "fromYamlArray"):
        files["chart/d"] = (value if where == "fromYaml" else text).encode()
        files["chart/templates/t.yaml"] = ("a: {{ .Files.Get \"d\" | %s | %s | len }}\n" % (where, look)).encode()
    if where == "manifest":
        files["chart/templates/t.yaml"] = b"kind: A\n" + value.encode()
    if where == "metadata":
        files["chart/Chart.yaml"] = CHART + value.encode()
    if where == "json":
        count = rng.choice([levels, 1000])
        args = ["--set-json", "v=" + "[" * count + "]" * count]
    if where == "sub":
        files["chart/charts/s/Chart.yaml"] = b"name: s\nversion: 0.1.0\napiVersion: v2\n"
        files["chart/charts/s/values.yaml"] = value.encode()
        files["chart/values.yaml"] = value.replace("v:", "s:\n  v:" if not text.startswith("- ") else "s: 1\nv:").encode()
    return Chart(files, args, where)


ODD = ["\u2028", "\u2029", "\x85", "\ufeff", "\xa0", "é", "日", "😀", "\x7f", " ", "'", '"', "\\", "#", "&", "~", "*", "\ufffe", "\udcff"]


def odd_names(rng):
    """Characters that Go quotes, where names and texts hold them."""
    c = rng.choice(ODD)
    name = rng.choice(["x%s", "%s", "a%sb"]) % c
    raw = name.encode(errors="surrogateescape")
    files = {"chart/Chart.yaml": CHART, "chart/values.yaml": VALUES}
    body = rng.choice([b"a: 1\n", b"a: {{ .Template.Name | quote }} {{ toJson .Template.Name | quote }}\n", b"a: {{ .Values.a.b.c }}\n", b"a: {{ nope }}\n", b"a: b: c\n", b"a: {{ fail .Template.Name }}\n",
                       b'a: {{ include "nope" . }}\n', b"# %s\nkind: A\n" % raw, b'a: "%s"\n' % raw.replace(b"\\", b"").replace(b'"', b""), b"a: |\n  x%sy\n" % raw, b"kind: A\n---%s\nkind: B\n" % raw,
                       b'{{ range $k, $v := .Files }}- {{ $k | quote }}: {{ toJson $k | quote }}\n{{ end }}'])
    where = rng.choice(["template", "file", "values", "chart", "body"])
    files["chart/templates/" + (name if where == "template" and c != "\x7f" else "t") + ".yaml"] = body
    if where == "file":
        files["chart/" + name + ".txt"] = b"1"
    if where == "values":
        files["chart/values.yaml"] = b"a: x%sy\n" % raw
    if where == "chart":
        files["chart/Chart.yaml"] = CHART + b"description: x%sy\n" % raw
    args = []
    if "\udc80" > c or c > "\udcff":
        args = rng.choice([[], [], ["--set", f"a={name}"], ["--set-string", f"{name}=1"], ["--namespace", name], ["--validate=" + name], ["--timeout", name], ["--kube-version", name], ["-" + c], ["-a", name],
                           ["--set-json", f'a="{name}"'], ["-s", f"templates/{name}.yaml"], ["--name-template", name], ["--set", f"a[{name}]=1"], ["--post-renderer", name]])
    return Chart(files, args, where)


FAMILIES = {"objects": objects, "schemas": schemas, "flags": flags, "expressions": expression, "pipelines": pipeline, "printf": printf, "structs": structs, "control": control, "trim": whitespace, "parse": mutated, "yaml-in": yaml_in, "scalars": scalar_in, "yaml-out": yaml_out, "bytes": odd_bytes,
            "hooks": hooks, "heads": heads, "sets": sets, "layers": layers, "values": values_text, "metadata": metadata,
            "regexes": regexes, "dates": dates, "semvers": semvers, "globs": globs, "tomls": tomls, "jsons": jsons, "urls": urls, "words": words, "numbers": numbers, "ignores": ignores, "rules": rules, "drafts": drafts, "lints": lints, "installs": installs, "deep": deep, "odd-names": odd_names}
