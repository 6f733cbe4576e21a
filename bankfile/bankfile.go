// Package bankfile reads bank statements from the files of banks.
//
// It reads camt.052, camt.053 and camt.054 of ISO 20022, MT940 and MT942 of
// SWIFT, OFX with QFX, BAI2, and tables (CSV) into one [Statement] with its
// [Entry] lines. Amounts are exact decimals with the sign they have
// on the account: money that comes in is positive. Dates are days as the bank
// wrote them, in the form 2006-01-02.
//
// The package does no input or output of its own: a reader in, statements out,
// one entry after the other, so that the length of a file costs no memory
// unless the caller keeps the entries. What is no bank file, is damaged or is
// hostile gets a typed [Error] that names line and element; what can be read
// but should be looked at, such as balances that do not add up, is a [Warning].
//
// Words: a statement is what the bank says of one account and a period; an
// entry is one line of it; a batch is an entry that stands for several payments,
// its details; a reversal is an entry that takes back another one.
package bankfile

import "io"

// Options bound what is read and say what a file does not. The zero value is
// good for files of strangers.
type Options struct {
	// MaxBytes bounds the size of a file, 256 MiB when it is 0.
	MaxBytes int64
	// MaxEntries bounds entries, the details of batches, statements and their
	// balances, counted together; 500,000 when it is 0.
	MaxEntries int
	// Currency is that of the account, for files that do not name one.
	Currency string
	// Mapping says what the columns of a CSV file mean. Without one it is
	// guessed, and told in [File].Mapping.
	Mapping *Mapping
}

const (
	defaultMaxBytes   = 256 << 20
	defaultMaxEntries = 500_000
)

// Parse reads a whole file. The error is an *[Error], unless r itself failed.
func Parse(r io.Reader, o Options) (*File, error) {
	return Read(r, o, func(s *Statement, e *Entry) error {
		s.Entries = append(s.Entries, *e)
		return nil
	})
}

// Read reads a file and calls each for every entry, with the statement as far
// as it is known by then: account and currency are, a closing balance may not
// be. The entry is the caller's to keep; the statements of the [File] returned
// have none. An error of each ends the reading and is returned as it is.
func Read(r io.Reader, o Options, each func(*Statement, *Entry) error) (*File, error) {
	in, err := open(r, o)
	if err != nil {
		return nil, err
	}
	l := newLedger(o, each)
	if err := in.format.read(in, l); err != nil {
		return nil, err
	}
	return l.close()
}
