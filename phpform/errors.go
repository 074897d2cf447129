package phpform

import (
	"fmt"
	"strings"
)

// LimitError says that a form holds more than its [Limits] allow. PHP would have dropped the excess.
type LimitError struct {
	Limit string // Which limit: "fields" or "depth".
	Max   int    // What would have been accepted.
	Field string // For "depth", the top-level field; empty when its name is not valid UTF-8.
}

// Error names the limit, and the field where there is one.
func (e *LimitError) Error() string {
	switch {
	case e.Limit == "fields":
		return fmt.Sprintf("more than %d fields", e.Max)
	case e.Field == "":
		return fmt.Sprintf("a field is nested deeper than %d levels", e.Max)
	}
	return fmt.Sprintf("%s is nested deeper than %d levels", e.Field, e.Max)
}

// SyntaxError says where a JSON or multipart body is malformed. It never holds any of the content.
type SyntaxError struct {
	Format string // "JSON" or "multipart".
	Offset int    // The byte, from 0.
	Reason string // What is wrong, or what was expected, in lower case.
}

// Error names the place and the reason.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("invalid %s body: %s at byte %d", e.Format, e.Reason, e.Offset)
}

// FileError says that a multipart body holds a file. PHP would have put it into $_FILES.
type FileError struct {
	Field string // The field's name as sent, quoted where it is unprintable; may be empty.
}

// Error names the field.
func (e *FileError) Error() string {
	if e.Field == "" {
		return "files are not accepted"
	}
	return e.Field + " is a file; files are not accepted"
}

// FieldError says why the value of a field was not accepted.
type FieldError struct {
	Field  string // The name on the wire, in bracket form: websites[0][uid].
	Reason string // What would be right, in lower case, to be read after the name: "must be a number".
	Err    error  // What an Unmarshaler returned, or nil.
}

// Error joins name and reason; the value is in neither, unless an Unmarshaler wrote it into its error.
func (e *FieldError) Error() string {
	if e.Field == "" {
		return "the value " + e.Reason
	}
	return e.Field + " " + e.Reason
}

// Unwrap returns the Unmarshaler's error.
func (e *FieldError) Unwrap() error { return e.Err }

// joinNames puts a name in bracket form below another: a[b] and c[d] make a[b][c][d].
func joinNames(above, below string) string {
	if above == "" || below == "" || below[0] == '[' {
		return above + below
	}
	first, rest, nested := strings.Cut(below, "[")
	if nested {
		rest = "[" + rest
	}
	return above + "[" + first + "]" + rest
}
