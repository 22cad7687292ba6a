// Package evidence turns the records of one case into a bundle that police
// and courts can check by themselves, and checks such bundles.
//
// A bundle is a BagIt 1.0 bag in a ZIP file of one narrow profile. Its data/
// is made from opened parts of events and nothing else; its proof/ shows that
// those parts, their places and their order are the ones that were recorded.
// The format is docs/FORMAT.md, "The bundle" and "Verification".
//
// Export reads records, never a view. Verify trusts a policy it is given,
// never the bundle. Neither proves that what was written was true, nor that
// something was never written.
package evidence
