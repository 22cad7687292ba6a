//go:build linux

package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"caseledger/events"
)

// This file reads the stream's blocks as nats-server 2.15 writes them, without
// the server, which repairs what it opens. A drill must see what is on the
// disk, and must know where a message begins to injure it.
//
// A block file is a run of records, little-endian:
//
//	u32 length of the record, top bit: has headers
//	u64 sequence, top bit: a tombstone
//	u64 time
//	u16 length of the subject
//	subject, [u32 length of the headers, headers,] payload
//	u64 checksum
//
// Source: server/filestore.go, writeMsgRecordLocked and msgFromBufEx.
const (
	recordHeader   = 22
	recordChecksum = 8
)

// message is one stored message and its place on the disk.
type message struct {
	file    string
	at      int64 // of its record in the file
	length  int64 // of its record
	payload int64 // offset of the payload in the file
	seq     uint64
	event   event
}

// readStream returns the messages of a stream's directory, in file order. It
// does not accept what is no event: the drills write nothing else.
func readStream(dir string) ([]message, error) {
	blocks, err := blocks(dir)
	if err != nil {
		return nil, err
	}
	var all []message
	for _, file := range blocks {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for at := 0; at < len(b); {
			bad := func(what string) error { return fmt.Errorf("%s, byte %d: %s", filepath.Base(file), at, what) }
			if len(b)-at < recordHeader+recordChecksum {
				return nil, bad("a piece of a record")
			}
			length := binary.LittleEndian.Uint32(b[at:])
			headers := length&(1<<31) != 0
			length &^= 1 << 31
			if int(length) > len(b)-at || length < recordHeader+recordChecksum {
				return nil, bad("a record longer than its block")
			}
			rec := b[at : at+int(length)]
			seq := binary.LittleEndian.Uint64(rec[4:])
			start := recordHeader + int(binary.LittleEndian.Uint16(rec[20:]))
			end := len(rec) - recordChecksum
			if headers {
				if start+4 > end {
					return nil, bad("headers beyond the record")
				}
				start += 4 + int(binary.LittleEndian.Uint32(rec[start:]))
			}
			if start > end {
				return nil, bad("a payload beyond the record")
			}
			if seq&(1<<63) == 0 {
				e, err := eventOf(rec[start:end])
				if err != nil {
					return nil, bad(err.Error())
				}
				all = append(all, message{file, int64(at), int64(length), int64(at + start), seq, e})
			}
			at += int(length)
		}
	}
	return all, nil
}

// blocks lists the block files of a stream's directory, oldest first.
func blocks(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "msgs", "*.blk"))
	if err != nil {
		return nil, err
	}
	number := func(f string) int {
		n, _ := strconv.Atoi(strings.TrimSuffix(filepath.Base(f), ".blk"))
		return n
	}
	slices.SortFunc(files, func(a, b string) int { return number(a) - number(b) })
	return files, nil
}

// event is what an acknowledgement names and what must be found again.
type event struct {
	id   string
	hash events.Hash
}

func eventOf(payload []byte) (event, error) {
	r, err := events.ParseRecord(payload)
	if err != nil {
		return event{}, fmt.Errorf("not an event: %w", err)
	}
	return event{r.Detail.ID.String(), r.Link.Hash()}, nil
}
