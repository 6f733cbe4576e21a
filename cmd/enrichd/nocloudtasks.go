//go:build nocloudtasks

package main

import (
	"errors"

	"github.com/enrichd/enrichd/chaos"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// newOutside has nothing to offer in this build.
func newOutside(settings, *postgres.DB, []enrich.Kind) (*outside, error) {
	return nil, errWithout
}

// newService has no fake of the service, either.
func newService(uint64, func() chaos.Mishap) (*chaos.Service, error) { return nil, errWithout }

var errWithout = errors.New("this program was built without Cloud Tasks (tag nocloudtasks)")
