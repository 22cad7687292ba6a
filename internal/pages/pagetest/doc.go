// Package pagetest opens pages in a headless Chromium and holds them to what
// every page must be: no violation that axe-core finds, nothing wider than the
// window at 320 px, no complaint in the console, no request to anybody else,
// all of it also without scripts, and light. With PICTURES set to a directory
// it also writes pictures at 1280 and 375 px, for people to look at.
//
// Where there is no Chromium, or no axe-core, tests end as package lacking says:
// scripts/setup installs both.
package pagetest
