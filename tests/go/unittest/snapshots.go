package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/helm-unittest/helm-unittest/pkg/unittest/snapshot"
	yaml "go.yaml.in/yaml/v3"
)

// A comparison that a row asks for.
type comparison struct {
	Test, Content, Match, NotMatch string
	Index                          uint
}

// snapshots answers what a file of snapshots does with comparisons, and what is in it afterwards. The cells are the
// file (- for none), whether snapshots are to be updated, and the comparisons as JSON.
func snapshots(row []string) []string {
	cells := row[:3]
	text, isUpdating := unquoted(row[0]), unquoted(row[1]) == "update"
	var comparisons []comparison
	if err := json.Unmarshal([]byte(unquoted(row[2])), &comparisons); err != nil {
		panic(err)
	}
	folder, err := os.MkdirTemp("", "snapshots")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "__snapshot__", "a_test.yaml.snap")
	if text != "-" {
		if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
			panic(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			panic(err)
		}
	}
	var answer strings.Builder
	cache, err := snapshot.CreateSnapshotOfSuite(filepath.Join(folder, "a_test.yaml"), isUpdating)
	if err != nil {
		return append(cells, strconv.QuoteToASCII(err.Error()))
	}
	for _, c := range comparisons {
		var content any
		if err := yaml.Unmarshal([]byte(c.Content), &content); err != nil {
			panic(err)
		}
		r := cache.Compare(c.Test, c.Index, content,
			snapshot.WithMatchRegexPattern(c.Match), snapshot.WithNotMatchRegexPattern(c.NotMatch))
		fmt.Fprintf(&answer, "%t %d %q %q %q", r.Passed, r.Index, r.NewSnapshot, r.CachedSnapshot, r.Msg)
		if r.Err != nil {
			fmt.Fprintf(&answer, " %s", r.Err)
		}
		answer.WriteByte('\n')
	}
	fmt.Fprintf(&answer, "%d %d %d %d ", cache.CurrentCount(), cache.FailedCount(), cache.InsertedCount(), cache.VanishedCount())
	stored, err := cache.StoreToFileIfNeeded()
	fmt.Fprintf(&answer, "%t\n", stored)
	if err != nil {
		fmt.Fprintln(&answer, err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		after = []byte("-")
	}
	answer.Write(after)
	return append(cells, strconv.QuoteToASCII(answer.String()))
}
