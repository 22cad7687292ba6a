//go:build linux

package main

import (
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"time"
)

// median returns the middle value, or the mean of the two in the middle.
func median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	if len(s) == 0 {
		return 0
	}
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// quantile returns the value that a share q of the sorted values does not
// exceed.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// profiled runs f and, when path is not empty, writes its CPU profile there.
func profiled[T any](path string, f func() (T, error)) (T, error) {
	if path == "" {
		return f()
	}
	var none T
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return none, err
	}
	out, err := os.Create(path)
	if err != nil {
		return none, err
	}
	defer out.Close()
	if err := pprof.StartCPUProfile(out); err != nil {
		return none, err
	}
	defer pprof.StopCPUProfile()
	return f()
}
