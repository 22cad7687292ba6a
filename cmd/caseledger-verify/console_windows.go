package main

import (
	"syscall"
	"unsafe"
)

// ownsConsole reports whether this program is the only one in its console
// window, which then closes when it ends. Source: GetConsoleProcessList in
// the Windows console documentation.
func ownsConsole() bool {
	var ids [2]uint32
	n, _, _ := syscall.NewLazyDLL("kernel32.dll").NewProc("GetConsoleProcessList").
		Call(uintptr(unsafe.Pointer(&ids[0])), uintptr(len(ids)))
	return n == 1
}
