package main

import (
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"unicode"
)

// In the order of the bits in crates/gostd/src/unicode/mod.rs.
var classes = []func(rune) bool{
	unicode.IsLetter, unicode.IsUpper, unicode.IsLower, unicode.IsTitle, unicode.IsDigit,
	unicode.IsNumber, unicode.IsPunct, unicode.IsSymbol, unicode.IsMark, strconv.IsPrint,
}

const classBits = 11

// unicodeTables prints crates/gostd/src/unicode/tables.rs.
func unicodeTables(_ string, out io.Writer) {
	fmt.Fprintf(out, `//! Tables of Unicode %s, the version that Go %s's packages `+"`unicode` and `strconv`"+` carry.
//!
//! Printed by tests/go, which asks those packages about every code point; tests/tables.py --write
//! prints them anew.

/// Runs of code points of the same class: first code point `+"`<< %d`"+`, class bits below. A run ends
/// where the next one begins.
#[rustfmt::skip]
pub(super) static CLASSES: &[u32] = &[
`, unicode.Version, release(), classBits)
	var runs []string
	last := -1
	for r := rune(0); r <= unicode.MaxRune; r++ {
		class := 0
		for bit, is := range classes {
			if is(r) {
				class |= 1 << bit
			}
		}
		if class != last {
			runs = append(runs, fmt.Sprintf("0x%x", int(r)<<classBits|class))
			last = class
		}
	}
	lines(out, runs, 10)
	mapping(out, "Simple upper-case mappings: first, last, stride, distance to the mapped code point.", "UPPER", unicode.ToUpper)
	mapping(out, "Simple lower-case mappings, laid out as [`UPPER`].", "LOWER", unicode.ToLower)
	mapping(out, "Simple title-case mappings, laid out as [`UPPER`].", "TITLE", unicode.ToTitle)
}

// release is Go's version without its patch.
func release() string {
	parts := strings.Split(strings.TrimPrefix(runtime.Version(), "go"), ".")
	return strings.Join(parts[:2], ".")
}

func lines(out io.Writer, cells []string, width int) {
	for len(cells) > 0 {
		n := min(width, len(cells))
		fmt.Fprintf(out, "    %s,\n", strings.Join(cells[:n], ", "))
		cells = cells[n:]
	}
	fmt.Fprintln(out, "];")
}

func mapping(out io.Writer, doc, name string, to func(rune) rune) {
	fmt.Fprintf(out, "\n/// %s\n#[rustfmt::skip]\npub(super) static %s: &[(u32, u32, u32, i32)] = &[\n", doc, name)
	type run struct{ first, last, stride, distance rune }
	var runs []run
	for r := rune(0); r <= unicode.MaxRune; r++ {
		distance := to(r) - r
		if distance == 0 || r < unicode.MaxASCII+1 {
			continue
		}
		if len(runs) > 0 {
			last := &runs[len(runs)-1]
			step := r - last.last
			if last.distance == distance && (step == last.stride || last.first == last.last && step == 2) {
				last.last, last.stride = r, step
				continue
			}
		}
		runs = append(runs, run{r, r, 1, distance})
	}
	var cells []string
	for _, r := range runs {
		cells = append(cells, fmt.Sprintf("(0x%x, 0x%x, %d, %d)", r.first, r.last, r.stride, r.distance))
	}
	lines(out, cells, 3)
}

// sums: a function's name; a checksum of its answers for every code point that may be a letter.
func sums(row []string) []string {
	is := func(is func(rune) bool) func(rune) uint64 {
		return func(r rune) uint64 {
			if is(r) {
				return 1
			}
			return 0
		}
	}
	to := func(to func(rune) rune) func(rune) uint64 {
		return func(r rune) uint64 { return uint64(to(r)) }
	}
	answer, ok := map[string]func(rune) uint64{
		"letter": is(unicode.IsLetter), "upper": is(unicode.IsUpper), "lower": is(unicode.IsLower),
		"title": is(unicode.IsTitle), "digit": is(unicode.IsDigit), "number": is(unicode.IsNumber),
		"punct": is(unicode.IsPunct), "symbol": is(unicode.IsSymbol), "mark": is(unicode.IsMark),
		"space": is(unicode.IsSpace), "print": is(strconv.IsPrint), "to upper": to(unicode.ToUpper),
		"to lower": to(unicode.ToLower), "to title": to(unicode.ToTitle),
	}[row[0]]
	if !ok {
		fail("no function " + row[0])
	}
	var sum uint64
	for r := rune(0); r < 0x32400; r++ {
		if r < 0xd800 || r > 0xdfff {
			sum = sum*1099511628211 + answer(r)
		}
	}
	return append(row[:1], fmt.Sprintf("%016x", sum))
}

// words: a text; ToUpper, ToLower, Title, TrimSpace.
func words(row []string) []string {
	s := unquoted(row[0])
	return append(row[:1], quote(strings.ToUpper(s)), quote(strings.ToLower(s)), quote(strings.Title(s)), quote(strings.TrimSpace(s)))
}
