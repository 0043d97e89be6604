package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"
	"time"

	"statefulchart/tables/chart"
)

// floats: bits, format, precision; the text.
func floats(row []string) []string {
	bits, err := strconv.ParseUint(row[0], 16, 64)
	if err != nil {
		fail(err.Error())
	}
	text := strconv.FormatFloat(math.Float64frombits(bits), row[1][0], int(number(row[2], 10)), 64)
	return append(row[:3], text)
}

// numbers: function, text, base, size; value (a float's bits), error.
func numbers(row []string) []string {
	text, base, size := unquoted(row[1]), int(number(row[2], 10)), int(number(row[3], 10))
	var value string
	var err error
	switch row[0] {
	case "int":
		var n int64
		n, err = strconv.ParseInt(text, base, size)
		value = strconv.FormatInt(n, 10)
	case "uint":
		var n uint64
		n, err = strconv.ParseUint(text, base, size)
		value = strconv.FormatUint(n, 10)
	case "atoi":
		var n int
		n, err = strconv.Atoi(text)
		value = strconv.Itoa(n)
	case "bool":
		var b bool
		b, err = strconv.ParseBool(text)
		value = strconv.FormatBool(b)
	case "float":
		var f float64
		f, err = strconv.ParseFloat(text, 64)
		value = fmt.Sprintf("%016x", math.Float64bits(f))
	default:
		fail("no function " + row[0])
	}
	return append(row[:4], value, message(err, "<nil>"))
}

func unhex(cell string) string {
	text, err := hex.DecodeString(cell)
	if err != nil {
		fail(err.Error())
	}
	return string(text)
}

// quotes: function, text in hexadecimal; what the function and its relatives answer.
func quotes(row []string) []string {
	switch row[0] {
	case "quote":
		s := unhex(row[1])
		return append(row[:2], strconv.Quote(s), strconv.QuoteToASCII(s), strconv.FormatBool(strconv.CanBackquote(s)))
	case "rune":
		r := rune(number(row[1], 16))
		return append(row[:2], strconv.QuoteRune(r), strconv.QuoteRuneToASCII(r), "")
	default:
		s, err := strconv.Unquote(unhex(row[1]))
		return append(row[:2], hex.EncodeToString([]byte(s)), strconv.FormatBool(err == nil), "")
	}
}

// jsonTexts: text; Marshal, an Encoder without HTML escaping, MarshalIndent, Unmarshal's error; value
// and error of an Unmarshal into a map, and into a list.
func jsonTexts(row []string) []string {
	text := []byte(unquoted(row[0]))
	var cells []string
	add := func(text []byte, err error) {
		cells = append(cells, string(text)+message(err, ""))
	}
	var v any
	err := json.Unmarshal(text, &v)
	if err != nil {
		cells = []string{"", "", ""}
	} else {
		add(json.Marshal(v))
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		err := encoder.Encode(v)
		add(bytes.TrimSuffix(out.Bytes(), []byte("\n")), err)
		add(json.MarshalIndent(v, "", "  "))
	}
	cells = append(cells, message(err, ""))
	m := map[string]any{}
	err = json.Unmarshal(text, &m)
	add(json.Marshal(m))
	cells = append(cells, message(err, ""))
	l := []any{}
	err = json.Unmarshal(text, &l)
	add(json.Marshal(l))
	cells = append(cells, message(err, ""))
	row = row[:1]
	for _, cell := range cells {
		row = append(row, strconv.QuoteToASCII(cell))
	}
	return row
}

// The values of the table of package fmt; the test has the same ones by the same names.
var values = map[string]any{
	"nil": nil, "true": true,
	"int0": 0, "int42": 42, "intneg": -7, "i64": int64(1 << 40), "i8": int8(-3),
	"u8": uint8(200), "u64": uint64(math.MaxUint64), "minint": int64(math.MinInt64),
	"f1": 1.0, "fhalf": 0.5, "f1e6": 1e6, "f123": 123456.789, "fneg": -2.5e-7, "f0": 0.0,
	"finf": math.Inf(1), "fninf": math.Inf(-1), "fnan": math.NaN(),
	"s": "hi", "sempty": "", "suni": "héllo 日本", "sbad": "a\xffb\"\n", "stick": "a`b",
	"bytes": []byte("ab\x00"), "bytes0": []byte{},
	"dur": 90500 * time.Millisecond, "dur0": time.Duration(0), "durus": time.Duration(-1500),
	"month": time.March, "badmonth": time.Month(13), "wday": time.Sunday, "badwday": time.Weekday(-1),
	"list": []any{1, "a", nil, 2.5, true}, "listint": []any{1, 2},
	"empty": []any{}, "nillist": []any(nil),
	"strs": []string{"a", "b c"}, "ints": []int{1, -2}, "lists": [][]any{{1}, {"x"}},
	"map":      map[string]any{"b": 1, "a": "x", "c": nil, "d": []any{1}},
	"emptymap": map[string]any{}, "nilmap": map[string]any(nil),
	"strmap": map[string]string{"k": "v", "j": "w"},
	"nested": map[string]any{"m": map[string]any{"x": []byte("z"), "d": time.Second}},
}

// formats: function (f Sprintf, p Sprint, l Sprintln), format, values; the text.
func formats(row []string) []string {
	var args []any
	for _, name := range strings.Split(row[2], ",") {
		if name == "" {
			continue
		}
		v, ok := values[name]
		if !ok {
			if v, ok = chart.Values[name]; !ok {
				fail("no value " + name)
			}
		}
		args = append(args, v)
	}
	var text string
	switch row[0] {
	case "f":
		text = fmt.Sprintf(unquoted(row[1]), args...)
	case "p":
		text = fmt.Sprint(args...)
	default:
		text = fmt.Sprintln(args...)
	}
	return append(row[:3], strconv.QuoteToASCII(text))
}

// paths: path; Clean, Base, Dir, Ext, IsAbs, Join(path, "../x").
func paths(row []string) []string {
	p := row[0]
	return []string{p, path.Clean(p), path.Base(p), path.Dir(p), path.Ext(p),
		strconv.FormatBool(path.IsAbs(p)), path.Join(p, "../x")}
}
