// Package pdf prints a sheet.Document as PDF/A-3a: tagged, with its fonts in
// it, the same bytes for the same document.
//
// A process of its own does the typesetting: Node with the Typst compiler,
// from the directory sidecar. It is given one document and ends with it. It
// has no environment and an empty working directory, and is limited in memory
// and time. On Linux the kernel keeps it from every file but the engine's and
// the system's libraries (Landlock) and from any network (a name space of its
// own); where it cannot, Node's permission model does what it can, and
// Isolation says so. The renderer's only input is a document, and a document
// is made from opened parts.
//
// # The text of the file
//
// What pdftotext (Poppler) reads in raw order is the text of the document:
//
//	pdftotext -raw -enc UTF-8 file.pdf -
//
// after four things are allowed for. (1) Header and footer are read with each
// page. (2) Where the document has white space the reading has white space;
// beyond that it has only the line feeds at which lines of the page end, and
// white space around a box, around a character shown by its number, and where
// the direction changes in a line, because the page goes on elsewhere. (3)
// pdftotext sets U+202A, U+202B and U+202C around text that runs from right to
// left, and this package gives it U+200E and U+200F to keep them in their
// place; the document itself cannot hold any of them, because the sheet shows
// them as [U+200E]. (4) Tabs are set as spaces.
//
// No letter is replaced, left out, doubled or moved: not in Arabic and Urdu,
// where one letter is drawn as several glyphs, not in Punjabi and Bengali,
// where glyphs stand in another order than letters, not in emoji with joiners.
// A character for which no font has a glyph is an error (ErrGlyph).
package pdf
