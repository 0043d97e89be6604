package main

import (
	"strconv"

	"github.com/pmezard/go-difflib/difflib"
)

// differences answers the unified diff of two texts, as helm-unittest asks for it.
func differences(row []string) []string {
	text, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{
		A:        difflib.SplitLines(unquoted(row[0])),
		B:        difflib.SplitLines(unquoted(row[1])),
		FromFile: "Expected",
		ToFile:   "Actual",
		Context:  1,
	})
	if err != nil {
		panic(err)
	}
	return append(row[:2], strconv.QuoteToASCII(text))
}
