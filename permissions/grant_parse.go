package permissions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseError says which part of a grant cannot be read, and why.
type ParseError struct {
	Path   string // where, as a form names it: "[domain][0]"; empty for the grant as a whole
	Reason string // what is wrong and what to send instead, on one line
}

// Error is the path, if there is one, and the reason: "[domain][0]: is empty; name a page". A caller that knows the
// name of the field puts it in front.
func (e *ParseError) Error() string {
	if e.Path == "" {
		return e.Reason
	}
	return e.Path + ": " + e.Reason
}

// What to send, for the three depths of a grant.
const (
	hintGrant    = "send all, none, or pages by category (permissions[email]=all)"
	hintCategory = "name the category (permissions[email]=all)"
	hintPages    = "send all, none, or a list of pages"
	hintPage     = "name a page"
)

// Parse reads a grant that is one word, all or none. Anything else is a *[ParseError].
func Parse(s string) (Grant, error) {
	switch s {
	case wordAll:
		return All(), nil
	case wordNone:
		return None(), nil
	}
	reason := wrongName(s, hintGrant)
	if reason == "" {
		reason = quote(s) + " is neither all nor none; " + hintGrant
	}
	return None(), &ParseError{Reason: reason}
}

// parseGrant reads the three shapes of a grant: a word, categories, and the lists that forget the category.
func parseGrant(data []byte) (Grant, error) {
	if !json.Valid(data) {
		return None(), &ParseError{Reason: "is not JSON; " + hintGrant}
	}
	if text, ok := asText(data); ok {
		return Parse(text)
	}
	list, ok := members(data)
	if !ok {
		return None(), &ParseError{Reason: "is neither text nor a list; " + hintGrant}
	}
	return parseCategories(list)
}

func parseCategories(list []member) (Grant, error) {
	if len(list) > maxCategories {
		return None(), &ParseError{Reason: fmt.Sprintf("names more than %d categories", maxCategories)}
	}
	var g Grant
	named := make(map[string]bool)
	total := 0
	for _, m := range list {
		path := "[" + clip(m.key) + "]"
		if reason := wrongCategory(m.key); reason != "" {
			return None(), &ParseError{Path: path, Reason: reason}
		}
		if named[m.key] {
			return None(), &ParseError{Path: path, Reason: "is named twice; send each category once"}
		}
		named[m.key] = true
		pages, err := parsePages(path, m.value)
		if err != nil {
			return None(), err
		}
		if total += len(pages); total > maxPages {
			return None(), &ParseError{Reason: fmt.Sprintf("names more than %d pages", maxPages)}
		}
		g = g.With(m.key, pages...)
	}
	return g, nil
}

// parsePages reads what is held of one category, in the terms of With.
func parsePages(path string, value []byte) ([]string, error) {
	if text, ok := asText(value); ok {
		if reason := wrongName(text, hintPages); reason != "" {
			return nil, &ParseError{Path: path, Reason: reason}
		}
		return []string{text}, nil
	}
	list, ok := members(value)
	if !ok {
		return nil, &ParseError{Path: path, Reason: "is neither text nor a list; " + hintPages}
	}
	if len(list) > maxPages {
		return nil, &ParseError{Path: path, Reason: fmt.Sprintf("lists more than %d pages", maxPages)}
	}
	var pages []string
	for _, m := range list {
		page, reason := parsePage(m)
		if reason != "" {
			return nil, &ParseError{Path: path + "[" + clip(m.key) + "]", Reason: reason}
		}
		pages = append(pages, page)
	}
	if len(pages) > 1 && slices.ContainsFunc(pages, isWord) {
		return nil, &ParseError{Path: path, Reason: "lists all or none beside other pages; send the word alone or the pages alone"}
	}
	return pages, nil
}

func parsePage(m member) (page, reason string) {
	if !isIndex(m.key) {
		return "", "is not a place in a list; send pages as values (permissions[domain][]=domains)"
	}
	text, ok := asText(m.value)
	if !ok {
		return "", "is not text; " + hintPage
	}
	return text, wrongName(text, hintPage)
}

// wrongName says why a text can be no name, or "". A list that PHP was made to treat as a text arrives as Array.
func wrongName(s, hint string) string {
	switch {
	case s == "":
		return "is empty; " + hint
	case s == "Array":
		return "a list arrived as the text Array; wrap the fields in http_build_query()"
	case strings.HasPrefix(s, "{"), strings.HasPrefix(s, "["):
		return "is a list written as one text; wrap the fields in http_build_query()"
	case utf8.RuneCountInString(s) > maxName:
		return fmt.Sprintf("%s is longer than %d characters; %s", quote(s), maxName, hint)
	}
	return ""
}

func wrongCategory(key string) string {
	switch {
	case isIndex(key):
		return "has no category; " + hintCategory
	case isWord(key):
		return key + " is not a category; send permissions=" + key + " for the whole grant"
	}
	return wrongName(key, hintCategory)
}

// member is one value of a JSON object or array; the key of an array's is its place.
type member struct {
	key   string
	value json.RawMessage
}

// members returns the values of an object or array in order, and whether data is one. It stops after one value more
// than a grant can hold. The data must be valid JSON.
func members(data []byte) ([]member, bool) {
	dec := json.NewDecoder(bytes.NewReader(data))
	open, _ := dec.Token()
	if open != json.Delim('{') && open != json.Delim('[') {
		return nil, false
	}
	var list []member
	for dec.More() && len(list) <= maxPages {
		m := member{key: strconv.Itoa(len(list))}
		if open == json.Delim('{') {
			name, _ := dec.Token()
			m.key, _ = name.(string)
		}
		if dec.Decode(&m.value) != nil {
			return nil, false
		}
		list = append(list, m)
	}
	return list, true
}

// asText returns the text that data is, and whether it is one.
func asText(data []byte) (string, bool) {
	var text *string // stays nil for null
	if json.Unmarshal(data, &text) != nil || text == nil {
		return "", false
	}
	return *text, true
}

// isIndex reports whether PHP takes the key for a whole number, as it does with those of a list.
func isIndex(key string) bool {
	n, err := strconv.Atoi(key)
	return err == nil && strconv.Itoa(n) == key
}
