package main

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/helm-unittest/helm-unittest/pkg/unittest/valueutils"
	yaml "go.yaml.in/yaml/v3"
)

// paths answers what a path finds in a document, Go's types first, or why it is refused.
func paths(row []string) (cells []string) {
	cells = row[:2]
	text, path := unquoted(row[0]), unquoted(row[1])
	defer func() {
		if why := recover(); why != nil {
			cells = append(cells, strconv.QuoteToASCII(fmt.Sprint("error: ", why)))
		}
	}()
	document := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return append(cells, strconv.QuoteToASCII("document: "+err.Error()))
	}
	found, err := valueutils.GetValueOfSetPath(document, path)
	if err != nil {
		return append(cells, strconv.QuoteToASCII("error: "+err.Error()))
	}
	var answer bytes.Buffer
	for _, value := range found {
		fmt.Fprintf(&answer, "%T ", value)
	}
	answer.WriteByte('\n')
	encoder := yaml.NewEncoder(&answer)
	encoder.SetIndent(2)
	if err := encoder.Encode(found); err != nil {
		panic(err)
	}
	return append(cells, strconv.QuoteToASCII(answer.String()))
}
