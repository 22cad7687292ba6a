package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"caseledger/internal/datadir"
)

// A socket's path holds 107 bytes on Linux and fewer elsewhere. A longer one
// is reached through a symbolic link in the directory for temporary files.
const maxSocketPath = 100

// shortPath returns a path for the socket that fits, and what removes what it
// took.
func shortPath(path string) (short string, done func(), err error) {
	if len(path) <= maxSocketPath {
		return path, func() {}, nil
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	tmp, err := os.MkdirTemp("", "caseledger-")
	if err != nil {
		return "", nil, err
	}
	done = func() { _ = os.RemoveAll(tmp) }
	link := filepath.Join(tmp, "d")
	if err := os.Symlink(dir, link); err != nil {
		done()
		return "", nil, err
	}
	return filepath.Join(link, filepath.Base(path)), done, nil
}

// dialSocket connects to the service that holds a directory.
func dialSocket(ctx context.Context, dir datadir.Dir) (net.Conn, error) {
	// Looked up first: no link is made for a socket that is not there.
	if _, err := os.Lstat(dir.Socket()); err != nil {
		return nil, err
	}
	path, done, err := shortPath(dir.Socket())
	if err != nil {
		return nil, err
	}
	defer done()
	return new(net.Dialer).DialContext(ctx, "unix", path)
}

// listenSocket listens for the commands of this user. The caller holds the
// directory's lock, so that a socket that stands there is one that a killed
// service left; the new one takes its place at once, with its mode.
func listenSocket(dir datadir.Dir) (net.Listener, error) {
	fresh := dir.Socket() + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	path, done, err := shortPath(fresh)
	if err != nil {
		return nil, err
	}
	defer done()
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on the socket: %w", err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // under its later name
	err = os.Chmod(fresh, 0o600)
	if err == nil {
		err = os.Rename(fresh, dir.Socket())
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &socket{l, dir.Socket()}, nil
}

// socket removes its file when it is closed.
type socket struct {
	net.Listener
	path string
}

func (s *socket) Close() error {
	err := os.Remove(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, s.Listener.Close())
}
