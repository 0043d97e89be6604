// Command libraries prints the tables of what several releases of Helm link in several versions: it reads a table, and
// has the library answer each row anew. The .mod files beside it name the versions.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"sort"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/Masterminds/semver/v3"
)

func main() {
	table, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	var versions []*semver.Version
	for _, line := range strings.Split(strings.TrimSuffix(string(table), "\n"), "\n") {
		row := strings.Split(line, "\t")
		input, err := strconv.Unquote(row[1])
		if err != nil {
			panic(row[1])
		}
		var answer string
		switch row[0] {
		case "v":
			version, err := semver.NewVersion(input)
			if err == nil {
				versions = append(versions, version)
				answer = version.String()
			} else {
				answer = "error: " + err.Error()
			}
		case "c":
			answer = matched(input, versions)
		case "d":
			answer = decoded(input)
		case "e":
			answer = encoded(input)
		}
		fmt.Fprintf(out, "%s\t%s\t%s\n", row[0], row[1], strconv.QuoteToASCII(answer))
	}
}

// matched: a range; for each version of the rows before, whether it is in it.
func matched(input string, versions []*semver.Version) string {
	constraint, err := semver.NewConstraint(input)
	if err != nil {
		return "error: " + err.Error()
	}
	var answer strings.Builder
	for _, version := range versions {
		if constraint.Check(version) {
			answer.WriteByte('y')
		} else {
			answer.WriteByte('-')
		}
	}
	return answer.String()
}

// decoded: TOML; its value, or the error.
func decoded(input string) string {
	m := map[string]any{}
	if err := toml.Unmarshal([]byte(input), &m); err != nil {
		return "error: " + err.Error()
	}
	return shown(m)
}

// encoded: JSON; the same as TOML, or the error.
func encoded(input string) string {
	var v any
	if err := json.Unmarshal([]byte(input), &v); err != nil {
		panic(err)
	}
	var out bytes.Buffer
	if err := toml.NewEncoder(&out).Encode(v); err != nil {
		return err.Error()
	}
	return out.String()
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
