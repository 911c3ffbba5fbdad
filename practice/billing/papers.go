// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"bytes"
	"context"
	"database/sql"
	"io"

	"mainstay/kit/blob"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/paper"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/pdf"
	"mainstay/practice/billing/store"
	"mainstay/practice/billing/ubl"
)

// PapersJob is the kind of the job that writes the PDF and XML of documents that were issued, and keeps them.
const PapersJob = "billing.papers"

// maxPaper bounds one file of a document.
const maxPaper = 64 << 20

// papers writes the files of all issued documents that have none yet. They follow from the document alone, so that a job that dies is
// done again to the same bytes.
func (s *Service) papers(ctx context.Context, _ string) error {
	for after := ids.ID(0); ; {
		rows, err := s.read().WithoutPapers(ctx, int64(after))
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, id := range rows {
			if _, _, err := s.keepPapers(ctx, ids.ID(id)); err != nil {
				return err
			}
			if err := s.sendNew(ctx, ids.ID(id)); err != nil {
				return err
			}
			after = ids.ID(id)
		}
	}
}

// keepPapers writes and keeps the files of an issued document, unless they are there.
func (s *Service) keepPapers(ctx context.Context, id ids.ID) (Doc, *invoice.Invoice, error) {
	d, f, err := s.Document(ctx, id)
	if err != nil || d.State != IssuedDoc || d.PDF != "" {
		return d, f, err
	}
	page, err := pdf.Bytes(f, s.Look(ctx))
	if err != nil {
		return d, f, err
	}
	ref, _, err := s.p.Blobs.Put(bytes.NewReader(page), maxPaper)
	if err != nil {
		return d, f, err
	}
	d.PDF = string(ref)
	if profile, ok := s.profile(ctx, d.Client); ok {
		xml, err := ubl.Write(f, profile)
		if err != nil {
			return d, f, err
		}
		ref, _, err := s.p.Blobs.Put(bytes.NewReader(xml), maxPaper)
		if err != nil {
			return d, f, err
		}
		d.XML = string(ref)
	}
	return d, f, s.p.DB.Write(ctx, func(tx *sql.Tx) error { return store.New(tx).SetFiles(ctx, int64(id), d.PDF, d.XML) })
}

// profile is the kind of electronic invoice that a client gets; without one it is written by the European norm when asked for.
func (s *Service) profile(ctx context.Context, client ids.ID) (invoice.Profile, bool) {
	a, err := s.Account(ctx, client)
	if err != nil {
		return invoice.EN16931, false
	}
	switch a.Format {
	case "peppol":
		return invoice.Peppol, true
	case "xrechnung":
		return invoice.XRechnung, true
	case "ubl":
		return invoice.EN16931, true
	}
	return invoice.EN16931, false
}

// Look is how the firm's papers look.
func (s *Service) Look(ctx context.Context) paper.Look {
	if s.p.Look == nil {
		return paper.Look{}
	}
	return s.p.Look(ctx)
}

// PDF returns a document as a PDF: the bytes that were kept when it was issued, or of a draft what it would look like.
func (s *Service) PDF(ctx context.Context, id ids.ID) ([]byte, error) {
	d, f, err := s.keepPapers(ctx, id)
	if err != nil {
		return nil, err
	}
	if d.PDF == "" {
		return pdf.Bytes(f, s.Look(ctx))
	}
	return s.file(d.PDF)
}

// XML returns a document as an electronic invoice (UBL 2.1), by the client's profile or the European norm. What it lacks for
// that is said in words.
func (s *Service) XML(ctx context.Context, id ids.ID) ([]byte, error) {
	d, f, err := s.keepPapers(ctx, id)
	if err != nil {
		return nil, err
	}
	if d.XML != "" {
		return s.file(d.XML)
	}
	if d.State != IssuedDoc {
		return nil, fault.NewConflict("A draft has no electronic form yet: issue it first.")
	}
	profile, _ := s.profile(ctx, d.Client)
	return ubl.Write(f, profile)
}

func (s *Service) file(ref string) ([]byte, error) {
	f, err := s.p.Blobs.Open(blob.Ref(ref))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxPaper))
}
