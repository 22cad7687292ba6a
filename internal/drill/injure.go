//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// flip inverts one bit of a file.
func flip(file string, at int64) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, at); err != nil {
		return fmt.Errorf("%s, byte %d: %w", filepath.Base(file), at, err)
	}
	b[0] ^= 0x10
	if _, err := f.WriteAt(b, at); err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// copyTree copies a directory with its permissions. A file of it that is not
// regular is an error.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case info.IsDir():
			return os.MkdirAll(target, info.Mode().Perm())
		case info.Mode().IsRegular():
			return copyFile(path, target, info.Mode().Perm())
		case info.Mode()&fs.ModeSocket != 0:
			return nil // a service that was killed leaves its socket
		}
		return fmt.Errorf("%s: not a regular file", rel)
	})
}

func copyFile(from, to string, mode fs.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// replaceTree puts a copy of from in the place of to.
func replaceTree(from, to string) error {
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	return copyTree(from, to)
}
