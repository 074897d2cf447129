package handlers

import (
	"strings"

	"panelgate/probe"
)

// FindingRow is how both dialects show what a connection test found.
type FindingRow struct {
	Field   string `json:"field"`
	Code    string `json:"code,omitempty"` // of a failure
	Message string `json:"message"`
	OK      bool   `json:"ok"`
}

// FindingRows gives the rows of findings, nil where there are none.
func FindingRows(findings []probe.Finding) []FindingRow {
	var rows []FindingRow
	for _, f := range findings {
		rows = append(rows, FindingRow{Field: f.Field, Code: string(f.Code), Message: f.Message, OK: f.OK})
	}
	return rows
}

// ProbeFailed says what connection tests found, one failure at least. Subject and the vendor's
// code are the first failure's.
func ProbeFailed(findings []probe.Finding) *Error {
	refused := &Error{Code: CodeProbe, Findings: findings}
	failed := refused.failures()
	refused.Subject, refused.Message = failed[0].Field, strings.Join(refused.Texts(), "; ")
	return refused
}

func (e *Error) failures() (failed []probe.Finding) {
	for _, f := range e.Findings {
		if !f.OK {
			failed = append(failed, f)
		}
	}
	return failed
}

// Texts are what to tell people: the message or, for connection tests, one text a failure.
func (e *Error) Texts() []string {
	if e.Code != CodeProbe {
		return []string{e.Message}
	}
	var texts []string
	for _, f := range e.failures() {
		texts = append(texts, f.Field+": "+f.Message)
	}
	return texts
}

// ProbeCode is the vendor's code of a failed connection test.
func (e *Error) ProbeCode() string { return string(e.failures()[0].Code) }
