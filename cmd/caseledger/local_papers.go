package main

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"caseledger/evidence"
	"caseledger/evidence/pdf"
	sheets "caseledger/evidence/sheet"
)

// printer is the PDF engine, once it was found. One that is not there is looked
// for at every export: it can be installed meanwhile.
type printer struct {
	mu     sync.Mutex
	engine *pdf.Engine
}

func (p *printer) open() (*pdf.Engine, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.engine != nil {
		return p.engine, nil
	}
	e, err := pdf.Open(pdf.Options{})
	if err == nil {
		p.engine = e
	}
	return e, err
}

// printers is how many papers are set side by side: each is a process of its
// own with some hundred megabytes.
const printers = 2

// papers prints the papers of a bundle.
func (p *printer) papers(ctx context.Context, s *sheets.Sheet) ([]evidence.File, error) {
	engine, err := p.open()
	if err != nil {
		return nil, fmt.Errorf("%w (--no-pdf leaves the PDF files out)", err)
	}
	papers := s.Papers()
	files := make([]evidence.File, len(papers))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(printers)
	for i, paper := range papers {
		var attached []byte
		if paper.Name == sheetsPDF {
			attached = s.JSON()
		}
		g.Go(func() error {
			b, err := engine.Render(ctx, paper.Document, attached)
			if err != nil {
				return fmt.Errorf("%s: %w", strings.TrimPrefix(paper.Name, "data/"), err)
			}
			files[i] = evidence.File{Name: paper.Name, Data: b}
			return nil
		})
	}
	return files, g.Wait()
}

// sheetsPDF is the paper that the sheets' JSON is put into.
const sheetsPDF = "data/contact-sheets.pdf"

// pageTree is where a PDF of ours says how many pages it has.
var pageTree = regexp.MustCompile(`/Type\s*/Pages\b[^>]*?/Count\s+([0-9]+)|/Count\s+([0-9]+)[^<]*?/Type\s*/Pages\b`)

// pagesOf is how many pages of a draft there are to be read: those of its PDF
// files. Without any it is one for every item, one for the front and one for
// the schedule.
func pagesOf(files []evidence.File, items int) (int, error) {
	pages := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name, ".pdf") {
			continue
		}
		n := 0
		for _, m := range pageTree.FindAllSubmatch(f.Data, -1) {
			k, err := strconv.Atoi(string(bytes.Join(m[1:], nil)))
			if err != nil {
				return 0, err
			}
			n = max(n, k) // the root of the tree counts all
		}
		if n == 0 {
			return 0, fmt.Errorf("%s: its pages cannot be counted", f.Name)
		}
		pages += n
	}
	if pages == 0 {
		pages = items + 2
	}
	return pages, nil
}
