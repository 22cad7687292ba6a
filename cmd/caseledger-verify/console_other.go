//go:build !windows && !js

package main

// ownsConsole reports whether the console closes when this program ends.
func ownsConsole() bool { return false }
