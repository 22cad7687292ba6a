package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"caseledger/internal/datadir"
	"caseledger/internal/ops"
	"caseledger/internal/sealing"
)

// sealed is where an export goes: the bundle, or an age file of it, and the
// time-stamp beside it.
type sealed struct {
	bundle, token string
	to            sealing.Recipients
}

func newSealed(out string, recipients []string) (*sealed, error) {
	s := &sealed{bundle: out, token: strings.TrimSuffix(out, sealing.Extension) + ".tsr"}
	if len(recipients) == 0 {
		return s, nil
	}
	var err error
	if s.to, err = sealing.ParseRecipients(recipients); err != nil {
		return nil, usageError("--recipient: " + err.Error())
	}
	if !strings.HasSuffix(out, sealing.Extension) {
		s.bundle += sealing.Extension
	}
	return s, nil
}

// write exports into the files. With recipients what export writes reaches the
// disk encrypted or not at all.
func (s *sealed) write(force bool, export func(io.Writer) (ops.Exported, error)) (ops.Exported, error) {
	file, err := datadir.CreateFile(s.bundle, force)
	if err != nil {
		return ops.Exported{}, fmt.Errorf("--out: %w", err)
	}
	var out io.Writer = file
	finish := func() error { return nil }
	if len(s.to) > 0 {
		w, err := sealing.Encrypt(file, s.to)
		if err != nil {
			return ops.Exported{}, errors.Join(err, file.Discard())
		}
		out, finish = w, w.Close
	}
	r, err := export(out)
	if err != nil {
		return r, errors.Join(err, file.Discard())
	}
	r.Out, r.Sealing.Recipients = s.bundle, len(s.to)
	if err := finish(); err != nil {
		return r, errors.Join(lost(&r, "its file", err), file.Discard())
	}
	if err := file.Commit(); err != nil {
		return r, lost(&r, "its file", err)
	}
	if len(r.Sealing.Token) > 0 {
		if err := writeFile(s.token, r.Sealing.Token, force); err != nil {
			return r, lost(&r, "the time-stamp beside it", err)
		}
	}
	return r, nil
}

func lost(r *ops.Exported, what string, err error) error {
	return fmt.Errorf("the export is recorded as event %d, but %s could not be written: export it again: %w", r.Seq, what, err)
}

func writeFile(name string, b []byte, force bool) error {
	file, err := datadir.CreateFile(name, force)
	if err != nil {
		return err
	}
	if _, err := file.Write(b); err != nil {
		return errors.Join(err, file.Discard())
	}
	return file.Commit()
}

// sealingRows says what an export was given beside what every one has.
func sealingRows(s *ops.Sealing) []table.Row {
	var rows []table.Row
	if s.Signed {
		rows = append(rows, table.Row{"signature", "in contact-sheets.pdf"})
	}
	switch {
	case s.Stamped && len(s.Token) > 0:
		rows = append(rows, table.Row{"time-stamps", "in the bundle and beside it"})
	case s.Stamped:
		rows = append(rows, table.Row{"time-stamps", "in the bundle"})
	case len(s.Token) > 0:
		rows = append(rows, table.Row{"time-stamps", "beside the bundle"})
	}
	switch {
	case s.Recipients == 1:
		rows = append(rows, table.Row{"sealed to", "one recipient"})
	case s.Recipients > 1:
		rows = append(rows, table.Row{"sealed to", fmt.Sprintf("%d recipients", s.Recipients)})
	}
	return rows
}
