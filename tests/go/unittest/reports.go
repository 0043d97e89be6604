package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"strconv"
	"time"

	"github.com/helm-unittest/helm-unittest/pkg/unittest/formatter"
	"github.com/helm-unittest/helm-unittest/pkg/unittest/printer"
	"github.com/helm-unittest/helm-unittest/pkg/unittest/results"
)

// What a row says of suites, tests and assertions; the names are those of helm-unittest.
type suite struct {
	DisplayName, FilePath string
	Passed, Skipped       bool
	ExecError             *string
	Tests                 []test
}

type test struct {
	DisplayName     string
	Passed, Skipped bool
	ExecError       *string
	Asserts         []results.AssertionResult
	Nanoseconds     int64
}

func failure(text *string) error {
	if text == nil {
		return nil
	}
	return errors.New(*text)
}

// What reports tell of the machine and the time.
var masks = []struct {
	found *regexp.Regexp
	mask  string
}{
	{regexp.MustCompile(`timestamp="[^"]*"`), `timestamp="2006-01-02T15:04:05"`},
	{regexp.MustCompile(`date="[^"]*"`), `date="2006-01-02"`},
	{regexp.MustCompile(`time="\d\d:\d\d:\d\d"`), `time="15:04:05"`},
	{regexp.MustCompile(`hostname="[^"]*"`), `hostname="HOST"`},
	{regexp.MustCompile(`machine-name="[^"]*"`), `machine-name="HOST"`},
	{regexp.MustCompile(`cwd="[^"]*"`), `cwd="/FOLDER"`},
	{regexp.MustCompile(`user="[^"]*"`), `user="USER"`},
	{regexp.MustCompile(`linux-amd64|darwin-arm64|linux-arm64`), `linux-amd64`},
}

// reports answers how suites are printed, or what is written of them: the cells are console, color or the name of a
// format, and the suites as JSON.
func reports(row []string) []string {
	cells := row[:2]
	var suites []suite
	if err := json.Unmarshal([]byte(unquoted(row[1])), &suites); err != nil {
		panic(err)
	}
	all := make([]*results.TestSuiteResult, 0, len(suites))
	for _, s := range suites {
		result := &results.TestSuiteResult{
			DisplayName: s.DisplayName, FilePath: s.FilePath, Passed: s.Passed, Skipped: s.Skipped,
			ExecError: failure(s.ExecError),
		}
		for i, t := range s.Tests {
			job := &results.TestJobResult{
				DisplayName: t.DisplayName, Index: i, Passed: t.Passed, Skipped: t.Skipped,
				ExecError: failure(t.ExecError), Duration: time.Duration(t.Nanoseconds),
			}
			for j := range t.Asserts {
				job.AssertsResult = append(job.AssertsResult, &t.Asserts[j])
			}
			result.TestsResult = append(result.TestsResult, job)
		}
		all = append(all, result)
	}
	var out bytes.Buffer
	format := unquoted(row[0])
	if format == "console" || format == "color" {
		isColored := format == "color"
		for _, result := range all {
			result.Print(printer.NewPrinter(&out, &isColored), 0)
		}
		return append(cells, strconv.QuoteToASCII(out.String()))
	}
	os.Setenv("LC_ALL", "en_US.UTF-8")
	if err := formatter.NewFormatter("report.xml", format).WriteTestOutput(all, true, &out); err != nil {
		panic(err)
	}
	text := out.Bytes()
	for _, m := range masks {
		text = m.found.ReplaceAll(text, []byte(m.mask))
	}
	return append(cells, strconv.QuoteToASCII(string(text)))
}
