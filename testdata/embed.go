// Package testdata holds the golden exchanges, which are the examples of the reference too. The go command leaves
// folders of this name out of ./... and imports them like any other.
package testdata

import "embed"

// Exchanges are the golden exchanges of both dialects, a file an action: see gatewaytest/golden.go.
//
//go:embed spanel/*.txtar installatron/*.txtar
var Exchanges embed.FS
