// Package archtest holds the house to its import rules: who may reach whom is
// written in arch_test.go and read from the built packages.
package archtest
