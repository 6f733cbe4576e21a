package jsonapi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// badInput is the folder of bad inputs beside the checkout.
func badInput() string {
	if data := os.Getenv("ENRICHD_DATA"); data != "" {
		return filepath.Join(data, "badinput")
	}
	return filepath.Join("..", "..", "shared", "data", "badinput")
}

// What the suite says no parser may take is refused; what every parser must take
// is taken, but for what the store cannot keep or a reader could see twice.
func TestJSONTestSuite(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(badInput(), "json", "JSONTestSuite", "test_parsing", "*.json"))
	if len(files) == 0 {
		t.Skip("the folder of bad inputs is not here")
	}
	stricter := map[string]string{
		"y_object_duplicated_key.json": "INVALID_JSON", "y_object_duplicated_key_and_value.json": "INVALID_JSON",
		"y_object_escaped_null_in_key.json": "INVALID_VALUE", "y_string_null_escape.json": "INVALID_VALUE",
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, code := filepath.Base(file), ""
		if fault := scan(raw); fault != nil {
			code = fault.Code
		}
		switch {
		case name[0] == 'y' && code != stricter[name]:
			t.Errorf("%s: %q, want %q", name, code, stricter[name])
		case name[0] == 'n' && code == "":
			t.Errorf("%s was taken", name)
		}
	}
}

// The worst bodies of a megabyte are told apart in no time.
func TestScanTakesLittleTime(t *testing.T) {
	const size = 1 << 20
	name := strings.Repeat("n", size/2)
	for what, body := range map[string]string{
		"a long name over many values": `{"` + name + `":[` + strings.Repeat("0,", 9_000) + `0]}`,
		"a long name over many faults": `{"` + name + `":{` + strings.Repeat(`"a":0,`, 9_000) + `"a":0}}`,
		"quotes":                       `["` + strings.Repeat(`\"`, size/2) + `"]`,
		"backslashes":                  `["` + strings.Repeat(`\\`, size/2) + `"]`,
		"brackets":                     strings.Repeat("[", size),
		"empty arrays":                 "[" + strings.Repeat("[],", size/3) + "[]]",
		"a long number":                "[" + strings.Repeat("1", size) + "]",
		"a long power":                 "[1e" + strings.Repeat("0", size) + "1]",
	} {
		began := time.Now()
		scan([]byte(body))
		if took := time.Since(began); took > time.Second {
			t.Errorf("%s: %v", what, took)
		}
	}
}
