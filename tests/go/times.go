package main

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

func location(name string) *time.Location {
	location, err := time.LoadLocation(name)
	if err != nil {
		fail(err.Error())
	}
	return location
}

// The times of the table; the test has the same ones.
func samples() []time.Time {
	berlin := location("Europe/Berlin")
	return []time.Time{
		time.Unix(1136239445, 123456000).UTC(),
		time.Unix(0, 0).UTC(),
		time.Unix(-62135596800-86400*400, 5).UTC(),
		time.Unix(253402300800+100000000000, 999999999).UTC(),
		time.Unix(math.MaxInt64, 0).UTC(),
		time.Unix(1700000000, 120000000).In(berlin),
		time.Unix(1720000000, 0).In(berlin),
		time.Unix(-2000000000, 0).In(time.FixedZone("", -5*3600-1800-7)),
	}
}

// times: a function, its operands; what it answers.
//
//	format      sample, layout; text
//	week        sample; ISO year and week, day of the year
//	truncate    sample, length; text in UTC
//	round       sample, length; text in UTC
//	syntax      sample; text as %#v has it
//	add         sample, years, months, days; text
//	parse       zone, layout, text; text or error
//	duration    text; text, or nothing and the error
//	print       nanoseconds; text, hours, seconds, rounded and truncated to 700 ms
//	zone        name; whether it is known
func times(row []string) []string {
	sample := func() time.Time { return samples()[number(row[1], 10)] }
	length := func() time.Duration { return time.Duration(number(row[2], 10)) }
	switch row[0] {
	case "format":
		return append(row[:3], quote(sample().Format(unquoted(row[2]))))
	case "week":
		year, week := sample().ISOWeek()
		return append(row[:2], strconv.Itoa(year), strconv.Itoa(week), strconv.Itoa(sample().YearDay()))
	case "truncate":
		return append(row[:3], quote(sample().Truncate(length()).UTC().String()))
	case "round":
		return append(row[:3], quote(sample().Round(length()).UTC().String()))
	case "syntax":
		return append(row[:2], quote(sample().GoString()))
	case "add":
		moved := sample().AddDate(int(number(row[2], 10)), int(number(row[3], 10)), int(number(row[4], 10)))
		return append(row[:5], quote(moved.String()))
	case "parse":
		t, err := time.ParseInLocation(unquoted(row[2]), unquoted(row[3]), location(row[1]))
		if err != nil {
			return append(row[:4], quote(err.Error()))
		}
		return append(row[:4], quote(t.String()))
	case "duration":
		d, err := time.ParseDuration(unquoted(row[1]))
		if err != nil {
			return append(row[:2], quote(""), quote(err.Error()))
		}
		return append(row[:2], quote(d.String()), quote(""))
	case "print":
		d, step := time.Duration(number(row[1], 10)), 700*time.Millisecond
		return append(row[:2], quote(d.String()), fmt.Sprint(d.Hours()), fmt.Sprint(d.Seconds()),
			strconv.FormatInt(int64(d.Round(step)), 10), strconv.FormatInt(int64(d.Truncate(step)), 10))
	case "zone":
		_, err := time.LoadLocation(unquoted(row[1]))
		return append(row[:2], strconv.FormatBool(err == nil))
	}
	fail("no function " + row[0])
	return nil
}

func quote(text string) string { return strconv.QuoteToASCII(text) }
