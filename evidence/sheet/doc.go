// Package sheet makes what people read of a bundle: the contact sheets, the
// schedule, the continuity of the exhibits, drafts of statements, labels, the
// receipt and the README. What the pages say is made once, as a Document; the
// HTML here is written from it, and so are PDFs elsewhere. JSON and CSV are
// for programs.
//
// Everything is made from opened parts. A closed word cannot reach a sheet,
// because the input has no place for one. The same input gives the same bytes
// on every machine and in every year: the package has its own writer and its
// own tables, and takes nothing from the locale, the time zone data or the
// Unicode tables of the Go release. docs/FORMAT.md, "Contact sheets", is the
// specification.
package sheet
