// Package views works out what advisers, managers and commissioners look at
// from case files: pure functions of files, the figures of local practice and
// now, so that any view can be asked as it was known, or as it had happened, at
// another time. It reads nothing itself and knows no clock. Its results are
// what the commands print as JSON.
package views
