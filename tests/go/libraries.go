package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
	"github.com/Masterminds/sprig/v3"
	"github.com/gobwas/glob"
	"github.com/xeipuuv/gojsonschema"
	"helm.sh/helm/v3/pkg/strvals"
	"sigs.k8s.io/yaml"
	goyaml "sigs.k8s.io/yaml/goyaml.v3"
)

// globs: a line of names, then patterns; a digit a name of gobwas/glob with the separator `/` (`P`
// where it panics, `error` where the pattern is none), and of path.Match (`E` for an error).
func globs(table string, out io.Writer) {
	lines := strings.Split(strings.TrimSuffix(table, "\n"), "\n")
	names := strings.Split(lines[0], "\t")
	fmt.Fprintln(out, lines[0])
	for _, line := range lines[1:] {
		cell, _, _ := strings.Cut(line, "\t")
		pattern := unquoted(cell)
		ours, theirs := "error", ""
		if g, err := glob.Compile(pattern, '/'); err == nil {
			ours = ""
			for _, name := range names {
				ours += digit(func() bool { return g.Match(name) })
			}
		}
		for _, name := range names {
			found, err := path.Match(pattern, name)
			if err != nil {
				theirs += "E"
			} else {
				theirs += digit(func() bool { return found })
			}
		}
		fmt.Fprintf(out, "%s\t%s\t%s\n", cell, ours, theirs)
	}
}

func digit(match func() bool) (text string) {
	defer func() {
		if recover() != nil {
			text = "P"
		}
	}()
	if match() {
		return "1"
	}
	return "0"
}

// functions: steps of one case, separated by ` ;; `, as templates write them; the result's type and
// JSON, or `! ` and the error.
func functions(row []string) []string {
	steps := strings.Split(row[0], " ;; ")
	var text strings.Builder
	for i, step := range steps {
		name, call, assigned := strings.Cut(step, " := ")
		switch {
		case !assigned || !strings.HasPrefix(name, "$"):
			name, call = fmt.Sprintf("$step%d", i), step
			fallthrough
		default:
			fmt.Fprintf(&text, "{{ %s := %s }}", name, call)
		}
		if i == len(steps)-1 {
			fmt.Fprintf(&text, "{{ result %s }}", name)
		}
	}
	var result string
	table := sprig.TxtFuncMap()
	// As in Helm, without --enable-dns.
	table["getHostByName"] = func(string) string { return "" }
	table["result"] = func(v any) string {
		text, _ := json.Marshal(v)
		result = strings.TrimRight(fmt.Sprintf("%T %s", v, text), " ")
		return ""
	}
	parsed, err := template.New("case").Funcs(table).Parse(text.String())
	if err == nil {
		err = parsed.Execute(io.Discard, nil)
	}
	if err != nil {
		_, cause, found := strings.Cut(err.Error(), "error calling ")
		if found {
			_, cause, _ = strings.Cut(cause, ": ")
		} else {
			cause = err.Error()
		}
		result = "! " + visible(cause)
	}
	return []string{row[0], result}
}

func visible(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\\x%02x`, text[i])
		case r == '\\':
			out.WriteString(`\\`)
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\t':
			out.WriteString(`\t`)
		default:
			out.WriteString(text[i : i+size])
		}
		i += size
	}
	return out.String()
}

// tomlTexts: `d` and TOML, or `e` and JSON; the value or its TOML, or the error.
func tomlTexts(row []string) []string {
	input := unquoted(row[1])
	var text string
	if row[0] == "d" {
		m := map[string]any{}
		if err := toml.Unmarshal([]byte(input), &m); err != nil {
			text = "error: " + err.Error()
		} else {
			text = shown(m)
		}
	} else {
		var v any
		if err := json.Unmarshal([]byte(input), &v); err != nil {
			fail(err.Error())
		}
		var out bytes.Buffer
		if err := toml.NewEncoder(&out).Encode(v); err != nil {
			text = err.Error()
		} else {
			text = out.String()
		}
	}
	return append(row[:2], strconv.QuoteToASCII(text))
}

func shown(v any) string {
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		text := "{"
		for _, key := range keys {
			text += strconv.QuoteToASCII(key) + ":" + shown(v[key]) + " "
		}
		return text + "}"
	case []any:
		text := "["
		for _, item := range v {
			text += shown(item) + " "
		}
		return text + "]"
	case string:
		return strconv.QuoteToASCII(v)
	}
	if list := reflect.ValueOf(v); list.Kind() == reflect.Slice {
		text := "T["
		for i := 0; i < list.Len(); i++ {
			text += shown(list.Index(i).Interface()) + " "
		}
		return text + "]"
	}
	return fmt.Sprintf("%T(%v)", v, v)
}

// yamlStrings: a text; what Helm's toYaml makes of it, and its toYamlPretty where that differs. Escapes
// are Rust's.
func yamlStrings(row []string) []string {
	input := rustUnescape(row[0])
	plain, err := yaml.Marshal(input)
	if err != nil {
		plain = []byte("ERR")
	}
	var pretty bytes.Buffer
	encoder := goyaml.NewEncoder(&pretty)
	encoder.SetIndent(2)
	if err := encoder.Encode(input); err != nil {
		pretty.WriteString("ERR")
	}
	cells := []string{row[0], rustEscape(strings.TrimSuffix(string(plain), "\n"))}
	if other := rustEscape(strings.TrimSuffix(pretty.String(), "\n")); other != cells[1] {
		cells = append(cells, other)
	}
	return cells
}

func rustUnescape(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			out.WriteByte(text[i])
			continue
		}
		i++
		switch text[i] {
		case 'n':
			out.WriteByte('\n')
		case 't':
			out.WriteByte('\t')
		case 'r':
			out.WriteByte('\r')
		case 'u':
			end := i + strings.IndexByte(text[i:], '}')
			out.WriteRune(rune(number(text[i+2:end], 16)))
			i = end
		default:
			out.WriteByte(text[i])
		}
	}
	return out.String()
}

func rustEscape(text string) string {
	var out strings.Builder
	for _, r := range text {
		switch {
		case r == '\\':
			out.WriteString(`\\`)
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\t':
			out.WriteString(`\t`)
		case r == '\r':
			out.WriteString(`\r`)
		case r < ' ' || r > '~':
			fmt.Fprintf(&out, `\u{%x}`, r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// fromJSON is the text that a cell holds as JSON.
func fromJSON(cell string) (text string) {
	if err := json.Unmarshal([]byte(cell), &text); err != nil {
		fail(err.Error())
	}
	return text
}

// asJSON is JSON in ASCII.
func asJSON(v any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		fail(err.Error())
	}
	var text strings.Builder
	for _, r := range strings.TrimSuffix(out.String(), "\n") {
		if r <= unicode.MaxASCII {
			text.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&text, `\u%04x`, unit)
		}
	}
	return text.String()
}

// schemas: a schema, values; what Helm's ValidateAgainstSingleSchema says.
func schemas(row []string) []string {
	var values map[string]any
	if err := json.Unmarshal([]byte(row[1]), &values); err != nil {
		fail(err.Error())
	}
	schema := []byte(fromJSON(row[0]))
	text := message(validate(schema, values), "")
	// The library goes through maps in any order; of its answers the first in the alphabet is kept.
	for i := 0; i < 200 && strings.Count(text, "\n") > 1; i++ {
		text = min(text, message(validate(schema, values), ""))
	}
	return append(row[:2], asJSON(text))
}

func validate(schema []byte, values map[string]any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("unable to validate schema: %s", r)
		}
	}()
	text, err := yaml.Marshal(values)
	if err != nil {
		return err
	}
	if text, err = yaml.YAMLToJSON(text); err != nil {
		return err
	}
	if string(text) == "null" {
		text = []byte("{}")
	}
	result, err := gojsonschema.Validate(gojsonschema.NewBytesLoader(schema), gojsonschema.NewBytesLoader(text))
	if err != nil {
		return err
	}
	if result.Valid() {
		return nil
	}
	var out strings.Builder
	for _, violation := range result.Errors() {
		fmt.Fprintf(&out, "- %s\n", violation)
	}
	return errors.New(out.String())
}

// schemaFormats: a format, a text; whether the text has it.
func schemaFormats(row []string) []string {
	return append(row[:2], strconv.FormatBool(gojsonschema.FormatCheckers.IsFormat(row[0], fromJSON(row[1]))))
}

// setLines: a flag, its line; the keys that differ from those before, or the error.
func setLines(row []string) []string {
	const base = `{"s":"str","m":{"k":"v","q":[1]},"l":["x",{"k":1},null],
		"ll":[[1,2],[3]],"n":null,"f":1.5,"t":true}`
	var before, after map[string]any
	for _, m := range []*map[string]any{&before, &after} {
		if err := json.Unmarshal([]byte(base), m); err != nil {
			fail(err.Error())
		}
	}
	parse := map[string]func(string, map[string]any) error{
		"set": strvals.ParseInto, "set-string": strvals.ParseIntoString,
		"set-json": strvals.ParseJSON, "set-literal": strvals.ParseLiteralInto,
	}[row[0]]
	if err := parse(fromJSON(row[1]), after); err != nil {
		return append(row[:2], asJSON(err.Error()))
	}
	changed := map[string]any{}
	for key, value := range after {
		if old, was := before[key]; !was || asJSON(old) != asJSON(value) {
			changed[key] = value
		}
	}
	return append(row[:2], asJSON(changed))
}
