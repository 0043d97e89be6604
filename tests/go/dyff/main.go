// Command dyff prints the table of crates/godyff: it reads one, and has dyff's library compare the two texts of each row
// anew and write the report that the row asks for.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/gonvenience/bunt"
	"github.com/gonvenience/term"
	"github.com/gonvenience/ytbx"
	"github.com/homeport/dyff/pkg/dyff"
)

func main() {
	table, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, line := range strings.Split(strings.TrimSuffix(string(table), "\n"), "\n") {
		row := strings.Split(line, "\t")
		report, err := compared(strings.Fields(row[0]), unquoted(row[1]), unquoted(row[2]))
		if err != nil {
			report = "error"
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", row[0], row[1], row[2], strconv.QuoteToASCII(report))
	}
}

func unquoted(cell string) string {
	text, err := strconv.Unquote(cell)
	if err != nil {
		panic(cell)
	}
	return text
}

// compared: words, each an option or `option=value`; two texts; the report.
func compared(words []string, from, to string) (text string, err error) {
	term.FixedTerminalWidth, term.FixedTerminalHeight = 80, 25
	bunt.SetColorSettings(bunt.OFF, bunt.OFF)
	human := dyff.HumanReport{
		Indent:                2,
		UseIndentLines:        true,
		MinorChangeThreshold:  0.1,
		MultilineContextLines: 4,
		OmitHeader:            true,
	}
	options := []dyff.CompareOption{}
	changes := []func(dyff.Report) dyff.Report{}
	output, root, list := "human", "", false
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		values := strings.Split(value, ",")
		number, _ := strconv.Atoi(value)
		switch name {
		case "output":
			output = value
		case "color":
			if value == "full" {
				bunt.SetColorSettings(bunt.ON, bunt.ON)
			} else {
				bunt.SetColorSettings(bunt.ON, bunt.OFF)
			}
		case "width":
			term.FixedTerminalWidth = number
		case "indent":
			human.Indent = number
		case "context":
			human.MultilineContextLines = number
		case "threshold":
			human.MinorChangeThreshold, err = strconv.ParseFloat(value, 64)
		case "no-indent-lines":
			human.UseIndentLines = false
		case "no-table":
			human.NoTableStyle = true
		case "no-certificates":
			human.DoNotInspectCerts = true
		case "header":
			human.OmitHeader = false
		case "go-patch":
			human.UseGoPatchPaths = true
		case "prefix-lines":
			human.PrefixMultiline = true
		case "ignore-order":
			options = append(options, dyff.IgnoreOrderChanges(true))
		case "ignore-space":
			options = append(options, dyff.IgnoreWhitespaceChanges(true))
		case "no-kubernetes":
			options = append(options, dyff.KubernetesEntityDetection(false))
		case "renames":
			options = append(options, dyff.DetectRenames(true))
		case "format":
			options = append(options, dyff.FormatStrings(true))
		case "identifier":
			options = append(options, dyff.AdditionalIdentifiers(value))
		case "guess":
			options = append(options, dyff.NonStandardIdentifierGuessCountThreshold(number))
		case "filter":
			changes = append(changes, func(r dyff.Report) dyff.Report { return r.Filter(values...) })
		case "exclude":
			changes = append(changes, func(r dyff.Report) dyff.Report { return r.Exclude(values...) })
		case "filter-regexp":
			changes = append(changes, func(r dyff.Report) dyff.Report { return r.FilterRegexp(value) })
		case "exclude-regexp":
			changes = append(changes, func(r dyff.Report) dyff.Report { return r.ExcludeRegexp(value) })
		case "ignore-values":
			changes = append(changes, func(r dyff.Report) dyff.Report { return r.IgnoreValueChanges() })
		case "root":
			root = value
		case "list-to-documents":
			list = true
		default:
			panic(word)
		}
	}
	var inputs [2]ytbx.InputFile
	for at, text := range []string{from, to} {
		documents, err := ytbx.LoadDocuments([]byte(text))
		if err != nil {
			return "", err
		}
		inputs[at] = ytbx.InputFile{Location: []string{"the old", "the new"}[at], Documents: documents}
		if root != "" {
			if err := dyff.ChangeRoot(&inputs[at], root, human.UseGoPatchPaths, list); err != nil {
				return "", err
			}
		}
	}
	report, err := dyff.CompareInputFiles(inputs[0], inputs[1], options...)
	if err != nil {
		return "", err
	}
	for _, change := range changes {
		report = change(report)
	}
	human.Report = report
	var buffer bytes.Buffer
	err = writer(output, human).WriteReport(&buffer)
	return buffer.String(), err
}

func writer(output string, human dyff.HumanReport) dyff.ReportWriter {
	if output == "human" {
		return &human
	}
	if output == "brief" {
		return &dyff.BriefReport{Report: human.Report}
	}
	human.Indent, human.NoTableStyle, human.OmitHeader, human.PrefixMultiline = 0, true, true, true
	prefixes := map[string][3]string{
		"github": {"@@", "#", "!"},
		"gitlab": {"=", "=", "#"},
		"gitea":  {"@@", "=", "!"},
	}[output]
	return &dyff.DiffSyntaxReport{
		PathPrefix:            prefixes[0],
		RootDescriptionPrefix: prefixes[1],
		ChangeTypePrefix:      prefixes[2],
		HumanReport:           human,
	}
}
