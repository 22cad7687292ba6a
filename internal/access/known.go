package access

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// known is what was read from files, by name, for as long as they stay the
// same on the disk.
type known[T any] map[string]struct {
	info  fs.FileInfo
	value T
}

// read returns what open makes of a file of at most limit bytes; of a longer
// one it gets a byte more. there is false when there is no file, and only then:
// that a key is missing is an error.
func (k known[T]) read(path, name string, limit int64, open func([]byte) (T, error)) (value T, there bool, err error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		delete(k, name)
		return value, false, nil
	} else if err != nil {
		return value, true, err
	}
	if have, ok := k[name]; ok && os.SameFile(have.info, info) && have.info.ModTime().Equal(info.ModTime()) && have.info.Size() == info.Size() {
		return have.value, true, nil
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return value, true, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return value, true, err
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return value, true, err
	}
	if value, err = open(b); err != nil {
		return value, true, err
	}
	have := k[name]
	have.info, have.value = info, value
	k[name] = have
	return value, true, nil
}
