package einvoice

import (
	"strings"
	"testing"

	"github.com/govalues/decimal"
)

func TestRoundHalfUp(t *testing.T) {
	tests := []struct {
		in    string
		scale int
		want  string
	}{
		{"2.345", 2, "2.35"}, // Half to even would give 2.34.
		{"2.335", 2, "2.34"},
		{"2.3449", 2, "2.34"},
		{"-2.345", 2, "-2.35"},
		{"-0.005", 2, "-0.01"},
		{"-0.004", 2, "0.00"},
		{"0.5", 0, "1"},
		{"1.5", 2, "1.5"},
		{"0", 2, "0"},
	}
	for _, tt := range tests {
		got, err := roundHalfUp(decimal.MustParse(tt.in), tt.scale)
		if err != nil || got.Cmp(decimal.MustParse(tt.want)) != 0 {
			t.Errorf("%s at %d: got %s, %v, want %s", tt.in, tt.scale, got, err, tt.want)
		}
	}
}

func TestAdd(t *testing.T) {
	text := func(s string) Text { return Text{Value: s} }
	tests := []struct {
		name  string
		terms []term
		want  string
		ok    bool
	}{
		{"none", nil, "0", true},
		{"signs", []term{required(text("10.00")), less(text("2.5")), plus(text("0.125"))}, "7.625", true},
		{"optional absent", []term{required(text("1")), less(Text{})}, "1", true},
		{"required absent", []term{required(Text{})}, "", false},
		{"twenty digits", []term{required(text("12345678901234567890"))}, "", false},
		{"digits lost", []term{required(text("9999999999999999999")), plus(text("0.01"))}, "", false},
		{"twenty decimals", []term{required(text("0." + strings.Repeat("1", 20)))}, "", false},
		{"leading zeros", []term{required(text(strings.Repeat("0", 30) + "1"))}, "1", true},
	}
	for _, tt := range tests {
		got, ok := add(tt.terms)
		if ok != tt.ok || (ok && got.String() != tt.want) {
			t.Errorf("%s: got %s, %v, want %s, %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

func TestCanonicalNumber(t *testing.T) {
	tests := []struct {
		in, want string
		ok       bool
	}{
		{"10.00", "10.00", true},
		{"+10", "10", true},
		{"-10.5", "-10.5", true},
		{".5", "0.5", true},
		{"-.5", "-0.5", true},
		{"5.", "5", true},
		{"007", "007", true},
		{"-0.00", "0.00", true},
		{strings.Repeat("9", 38), strings.Repeat("9", 38), true},
		{strings.Repeat("9", 39), "", false},
		{strings.Repeat("9", 38) + ".99", "", false},
		{"", "", false},
		{".", "", false},
		{"-", "", false},
		{"1,5", "", false},
		{"1 000", "", false},
		{"1e3", "", false},
		{"NaN", "", false},
		{"INF", "", false},
		{"--1", "", false},
		{"１０", "", false},
		{"1.2.3", "", false},
		{"(10)", "", false},
		{"10\n", "", false},
	}
	for _, tt := range tests {
		got, ok := canonicalNumber(tt.in)
		if got != tt.want || ok != tt.ok {
			t.Errorf("%q: got %q, %v, want %q, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

func TestDates(t *testing.T) {
	tests := []struct {
		name string
		read func(string) (string, bool)
		in   string
		want string
	}{
		{"UBL plain", readISODate, "2024-01-31", "2024-01-31"},
		{"UBL with zone", readISODate, "2024-01-31+02:00", "2024-01-31"},
		{"UBL in universal time", readISODate, "2024-01-31Z", "2024-01-31"},
		{"UBL with time", readISODate, "2024-01-31T23:59:59.5Z", "2024-01-31"},
		{"UBL leap day", readISODate, "2024-02-29", "2024-02-29"},
		{"UBL no such day", readISODate, "2026-02-30", ""},
		{"UBL zero", readISODate, "0000-00-00", ""},
		{"UBL year one", readISODate, "0001-01-01", ""},
		{"UBL year of five digits", readISODate, "10000-01-01", ""},
		{"UBL written by hand", readISODate, "31.01.2024", ""},
		{"UBL in the form of CII", readISODate, "20240131", ""},
		{"CII 102", readCIIDate, "20240131", "2024-01-31"},
		{"CII 203", readCIIDate, "202401312359", "2024-01-31"},
		{"CII 204", readCIIDate, "20240131235959", "2024-01-31"},
		{"CII in the form of XML", readCIIDate, "2024-01-31", "2024-01-31"},
		{"CII no such day", readCIIDate, "20240230", ""},
		{"CII month only", readCIIDate, "202401", ""},
		{"CII letters behind", readCIIDate, "20240131abcd", ""},
	}
	for _, tt := range tests {
		got, ok := tt.read(tt.in)
		if (ok && got != tt.want) || ok != (tt.want != "") {
			t.Errorf("%s: got %q, %v, want %q", tt.name, got, ok, tt.want)
		}
	}
}
