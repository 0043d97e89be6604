// Command tables prints the tables of the crates' tests anew, as Go and its libraries answer.
//
// It is called with a table's name, reads the table on its input and prints it: what a row asks is
// kept, what it answers is made anew. tests/tables.py calls it for every table.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// A printer answers what a row asks: the cells of the answer follow those of the question.
type printer func(row []string) []string

var printers = map[string]printer{
	"floats":    floats,
	"numbers":   numbers,
	"quotes":    quotes,
	"json":      jsonTexts,
	"fmt":       formats,
	"paths":     paths,
	"time":      times,
	"words":     words,
	"sums":      sums,
	"functions": functions,
	"toml":      tomlTexts,
	"yaml":      yamlStrings,
	"schemas":   schemas,
	"formats":   schemaFormats,
	"strvals":   setLines,
}

// Tables that are not made row by row.
var whole = map[string]func(table string, out io.Writer){
	"globs":   globs,
	"unicode": unicodeTables,
}

func main() {
	if len(os.Args) != 2 {
		fail("usage: tables NAME <TABLE")
	}
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		fail(err.Error())
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	name := os.Args[1]
	if print, ok := whole[name]; ok {
		print(string(input), out)
		return
	}
	print, ok := printers[name]
	if !ok {
		fail("no table " + name)
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(input), "\n"), "\n") {
		fmt.Fprintln(out, strings.Join(print(strings.Split(line, "\t")), "\t"))
	}
}

func fail(text string) {
	fmt.Fprintln(os.Stderr, text)
	os.Exit(1)
}

// unquoted is the text of a cell in Go's quotes.
func unquoted(cell string) string {
	text, err := strconv.Unquote(cell)
	if err != nil {
		fail("not quoted: " + cell)
	}
	return text
}

func number(cell string, base int) int64 {
	n, err := strconv.ParseInt(cell, base, 64)
	if err != nil {
		fail(err.Error())
	}
	return n
}

// message is an error's text, and that of a missing one.
func message(err error, none string) string {
	if err == nil {
		return none
	}
	return err.Error()
}
