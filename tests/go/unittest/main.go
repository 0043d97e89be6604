// Command unittest prints the tables of what helm-unittest does apart from running tests: it is called with a table's
// name, reads the table on its input, and has helm-unittest's packages answer each row anew.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// An answer tells what a row asks for: its cells follow those of the question.
type answer func(row []string) []string

var printers = map[string]answer{
	"unitdiffs":   differences,
	"unitpaths":   paths,
	"unitreports": reports,
	"unitsnaps":   snapshots,
}

func main() {
	table, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	print, ok := printers[os.Args[1]]
	if !ok {
		panic("no table " + os.Args[1])
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(table), "\n"), "\n") {
		fmt.Fprintln(out, strings.Join(print(strings.Split(line, "\t")), "\t"))
	}
}

// unquoted is the text of a cell in Go's quotes.
func unquoted(cell string) string {
	text, err := strconv.Unquote(cell)
	if err != nil {
		panic("not quoted: " + cell)
	}
	return text
}
