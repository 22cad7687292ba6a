package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"caseledger/events"
	"caseledger/internal/ops"
)

// fileType is what the bytes of an attachment travel as.
const fileType = "application/octet-stream"

type scrubCall struct {
	Remove bool `json:"remove"`
}

// attaching serves what can be asked about files.
func attaching(mux *http.ServeMux, l ops.Attaching) {
	handle(mux, "attachments", func(ctx context.Context, c ops.AttachmentsOf, _ ops.Progress) (any, error) {
		return l.Attachments(ctx, c)
	})
	handle(mux, "inspect", func(ctx context.Context, c ops.AttachmentOf, _ ops.Progress) (any, error) { return l.Inspect(ctx, c) })
	handle(mux, "scrub", func(ctx context.Context, c scrubCall, p ops.Progress) (any, error) { return l.Scrub(ctx, c.Remove, p) })
	// An attachment comes as one line of JSON and then its bytes.
	mux.HandleFunc("POST /v1/attach", func(w http.ResponseWriter, r *http.Request) {
		body := bufio.NewReader(r.Body)
		var call ops.Attach
		line, err := firstLine(body)
		if err == nil {
			dec := json.NewDecoder(bytes.NewReader(line))
			dec.DisallowUnknownFields()
			if dec.Decode(&call) != nil {
				err = ops.Inputf("the call is not what this version expects")
			}
		}
		var result ops.Attached
		if err == nil {
			result, err = l.Attach(r.Context(), call, body)
		}
		// What is left is read, so that the client gets to hear the answer.
		_, _ = io.Copy(io.Discard, body)
		reply(w, result, err, false)
	})
	mux.HandleFunc("POST /v1/fetch", func(w http.ResponseWriter, r *http.Request) {
		var call ops.AttachmentOf
		if !decode(w, r, &call) {
			return
		}
		out := &streamWriter{w: w, contentType: fileType}
		result, err := l.Fetch(r.Context(), call, out)
		out.end(result, err)
	})
}

// firstLine reads up to the first LF.
func firstLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if line = append(line, part...); len(line) > maxCall {
			return nil, events.ErrTooLarge
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return nil, ops.Inputf("the call ends too early")
		}
		return line, nil
	}
}

// streamWriter sends its header with the first byte, and the result behind the
// last.
type streamWriter struct {
	w           http.ResponseWriter
	contentType string
	begun       bool
}

func (s *streamWriter) begin() {
	s.begun = true
	h := s.w.Header()
	h.Set("Content-Type", s.contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("Trailer", resultTrailer+", "+errorTrailer)
	s.w.WriteHeader(http.StatusOK)
}

func (s *streamWriter) Write(p []byte) (int, error) {
	if !s.begun {
		s.begin()
	}
	return s.w.Write(p)
}

// end answers. A file of no bytes is a file all the same.
func (s *streamWriter) end(result any, err error) {
	switch {
	case err != nil && !s.begun:
		reply(s.w, nil, err, false)
	case err != nil:
		s.w.Header().Set(errorTrailer, string(encode(ops.NewError(err))))
	default:
		if !s.begun {
			s.begin()
		}
		s.w.Header().Set(resultTrailer, string(encode(result)))
	}
}

// Attach implements ops.Ledger.
func (c *Client) Attach(ctx context.Context, a ops.Attach, file io.Reader) (ops.Attached, error) {
	var result ops.Attached
	b, err := json.Marshal(a)
	if err != nil {
		return result, err
	}
	from := &remember{r: file}
	resp, err := c.post(ctx, "attach", struct{ io.Reader }{io.MultiReader(bytes.NewReader(append(b, '\n')), from)})
	if err != nil {
		if from.err != nil {
			return result, from.err
		}
		return result, err
	}
	defer resp.Body.Close()
	err = read(ctx, resp.Body, &result, nil)
	if from.err != nil {
		return result, from.err
	}
	return result, err
}

// Attachments implements ops.Ledger.
func (c *Client) Attachments(ctx context.Context, of ops.AttachmentsOf) (ops.AttachmentList, error) {
	return call[ops.AttachmentList](ctx, c, "attachments", of, nil)
}

// Inspect implements ops.Ledger.
func (c *Client) Inspect(ctx context.Context, of ops.AttachmentOf) (ops.Inspection, error) {
	return call[ops.Inspection](ctx, c, "inspect", of, nil)
}

// Scrub implements ops.Ledger.
func (c *Client) Scrub(ctx context.Context, remove bool, p ops.Progress) (ops.Scrubbed, error) {
	return call[ops.Scrubbed](ctx, c, "scrub", scrubCall{remove}, p)
}

// Fetch implements ops.Ledger.
func (c *Client) Fetch(ctx context.Context, of ops.AttachmentOf, out io.Writer) (ops.Attachment, error) {
	var result ops.Attachment
	b, err := json.Marshal(of)
	if err != nil {
		return result, err
	}
	resp, err := c.post(ctx, "fetch", bytes.NewReader(b))
	if err != nil {
		return result, err
	}
	defer resp.Body.Close()
	if resp.Header.Get("Content-Type") != fileType {
		return result, read(ctx, resp.Body, &result, nil)
	}
	return result, c.take(ctx, resp, out, &result)
}

// take copies what is streamed and reads what stands behind it.
func (c *Client) take(ctx context.Context, resp *http.Response, out io.Writer, result any) error {
	from := &remember{r: resp.Body}
	if _, err := io.Copy(out, from); err != nil {
		if from.err == nil {
			return fmt.Errorf("write the file: %w", err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w (%w)", errGone, err)
	}
	if text := resp.Trailer.Get(errorTrailer); text != "" {
		var e ops.Error
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			return errVersion
		}
		return &e
	}
	text := resp.Trailer.Get(resultTrailer)
	if text == "" {
		return errGone
	}
	if err := json.Unmarshal([]byte(text), result); err != nil {
		return errVersion
	}
	return nil
}
