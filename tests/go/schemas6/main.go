// Command schemas6 prints the tables of crates/gojsonschema6: it reads one, and has the library that Helm 3.22.0
// and 4.3.1 link answer each row anew.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const place = "file:///values.schema.json"

func main() {
	table, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, line := range strings.Split(strings.TrimSuffix(string(table), "\n"), "\n") {
		row := strings.Split(line, "\t")
		var answer string
		switch os.Args[1] {
		case "schemas6":
			answer = checked(row[0], row[1])
		case "formats6":
			answer = formatted(row[0], unquoted(row[1]))
		}
		fmt.Fprintf(out, "%s\t%s\t%s\n", row[0], row[1], strconv.QuoteToASCII(answer))
	}
}

func unquoted(cell string) string {
	text, err := strconv.Unquote(cell)
	if err != nil {
		panic(cell)
	}
	return text
}

// checked: a schema and values as JSON; what the validator says, in an order that does not depend on Go's maps.
func checked(schema, values string) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprintf("unable to validate schema: %s", r)
		}
	}()
	var given any
	decoder := json.NewDecoder(strings.NewReader(values))
	decoder.UseNumber()
	if err := decoder.Decode(&given); err != nil {
		panic(err)
	}
	if err := validate(schema, plain(given)); err != nil {
		return canonical(err.Error())
	}
	return ""
}

func validate(schema string, value any) error {
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	if err != nil {
		return err
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(remote{})
	if err := compiler.AddResource(place, document); err != nil {
		return err
	}
	compiled, err := compiler.Compile(place)
	if err != nil {
		return err
	}
	return compiled.Validate(value)
}

// remote has documents that the tables refer to; src/tests.rs has the same.
type remote struct{}

var documents = map[string]string{
	"http://example.org/text.json":   `{"$id": "http://example.org/text.json", "type": "string", "$defs": {"short": {"maxLength": 3}}}`,
	"http://example.org/broken.json": `{"type": 5}`,
	"http://example.org/no.json":     `{`,
	"http://example.org/format.json": `{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "http://example.org/format.json", "$vocabulary": {"https://json-schema.org/draft/2020-12/vocab/core": true, "https://json-schema.org/draft/2020-12/vocab/applicator": true, "https://json-schema.org/draft/2020-12/vocab/format-assertion": true}}`,
	"http://example.org/other.json":  `{"$schema": "https://json-schema.org/draft/2020-12/schema", "$vocabulary": {"http://example.org/vocabulary": true}}`,
	"http://example.org/circle.json": `{"$schema": "http://example.org/circle.json"}`,
	"http://example.org/round.json":  `{"$schema": "http://example.org/trip.json"}`,
	"http://example.org/trip.json":   `{"$schema": "http://example.org/round.json"}`,
	"urn:example:any":                `true`,
}

func (remote) Load(url string) (any, error) {
	text, ok := documents[url]
	if !ok {
		return nil, errors.New("not there")
	}
	return jsonschema.UnmarshalJSON(strings.NewReader(text))
}

// plain makes of numbers what Helm's values hold: int64 of what fits, as of --set, and float64.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = plain(v[name])
		}
	}
	return v
}

var (
	additional = regexp.MustCompile(`additional properties (.*) not allowed`)
	nameless   = regexp.MustCompile(`at '.*': invalid propertyName`)
)

// canonical sorts lines, and names within one.
func canonical(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		line = additional.ReplaceAllStringFunc(line, func(found string) string {
			names := strings.Split(additional.FindStringSubmatch(found)[1], ", ")
			sort.Strings(names)
			return "additional properties " + strings.Join(names, ", ") + " not allowed"
		})
		lines[i] = nameless.ReplaceAllString(line, "at '…': invalid propertyName")
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// formatted: a format and a text; why the text has not that format.
func formatted(format, text string) string {
	schema := fmt.Sprintf(`{"$schema": "http://json-schema.org/draft-07/schema#", "format": %q}`, format)
	err := validate(schema, text)
	var verr *jsonschema.ValidationError
	if errors.As(err, &verr) {
		_, why, _ := strings.Cut(verr.Causes[0].Error(), fmt.Sprintf(" is not valid %s: ", format))
		return why
	}
	if err != nil {
		panic(err)
	}
	return ""
}
