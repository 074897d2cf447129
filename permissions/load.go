package permissions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a catalogue. Those on counts and names hold for a grant too, so that every grant over a catalogue can be
// written and read again.
const (
	maxFile       = 1 << 20 // bytes
	maxCategories = 100     // in a tree
	maxPages      = 1000    // in a tree
	maxName       = 64      // characters
	maxLabel      = 100     // characters
)

// catalogueFile is the file as it is written; see catalogue.json for the meaning.
type catalogueFile struct {
	About []string   `json:"about"`
	User  []Category `json:"user"`
	Admin []Category `json:"admin"`
}

// Load reads a catalogue in the form of the embedded catalogue.json: a JSON object with the trees user and admin,
// and about, a list of lines for the reader of the file. It refuses unknown fields, trees without categories and
// categories without pages, names that are malformed, reserved or taken, missing labels, and files above 1 MiB.
// The error names the category or page, and what would be right.
func Load(r io.Reader) (*Catalogue, error) {
	file, err := readFile(r)
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	user, err := newTree(file.User)
	if err != nil {
		return nil, fmt.Errorf("catalogue: tree user: %w", err)
	}
	admin, err := newTree(file.Admin)
	if err != nil {
		return nil, fmt.Errorf("catalogue: tree admin: %w", err)
	}
	return &Catalogue{User: user, Admin: admin}, nil
}

func readFile(r io.Reader) (catalogueFile, error) {
	var file catalogueFile
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return file, err
	}
	if len(data) > maxFile {
		return file, fmt.Errorf("larger than %d bytes", maxFile)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	switch err := dec.Decode(&file); {
	case err == io.EOF:
		return file, errors.New("no JSON object; one with the trees user and admin is needed")
	case err != nil:
		return file, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return file, errors.New("more text after the closing brace; one object is read")
	}
	return file, nil
}

func newTree(list []Category) (*Tree, error) {
	if len(list) == 0 {
		return nil, errors.New("no categories; at least one is needed")
	}
	if len(list) > maxCategories {
		return nil, fmt.Errorf("%d categories; at most %d are read", len(list), maxCategories)
	}
	t := &Tree{index: make(map[string]int)}
	pages := 0
	for _, c := range list {
		if err := t.add(c); err != nil {
			return nil, fmt.Errorf("category %s: %w", quote(c.Name), err)
		}
		if pages += len(c.Pages); pages > maxPages {
			return nil, fmt.Errorf("category %s: more than %d pages up to here", quote(c.Name), maxPages)
		}
	}
	return t, nil
}

// add appends a category after checking it against the rules and the categories before it.
func (t *Tree) add(c Category) error {
	if err := checkEntry(c.Name, c.Label); err != nil {
		return err
	}
	for _, name := range append([]string{c.Name}, c.Aliases...) {
		if err := checkName(name); err != nil {
			return fmt.Errorf("alias %s: %w", quote(name), err)
		}
		if _, taken := t.index[name]; taken {
			return fmt.Errorf("%s is already a category or alias; each must be unique in its tree", quote(name))
		}
		t.index[name] = len(t.categories)
	}
	t.categories = append(t.categories, c)
	return checkPages(c.Pages)
}

func checkPages(pages []Page) error {
	if len(pages) == 0 {
		return errors.New("no pages; at least one is needed")
	}
	seen := make(map[string]bool)
	for _, p := range pages {
		if err := checkEntry(p.Name, p.Label); err != nil {
			return fmt.Errorf("page %s: %w", quote(p.Name), err)
		}
		if seen[p.Name] {
			return fmt.Errorf("page %s: listed twice; each must be unique in its category", quote(p.Name))
		}
		seen[p.Name] = true
	}
	return nil
}

func checkEntry(name, label string) error {
	if err := checkName(name); err != nil {
		return err
	}
	return checkLabel(label)
}

// checkName keeps names apart from everything else that stands in their place on the wire: the words all and none,
// and the numbers of a list.
func checkName(name string) error {
	const letters, digits = "abcdefghijklmnopqrstuvwxyz", "0123456789_"
	switch {
	case name == "" || strings.Trim(name, letters+digits) != "":
		return errors.New("names are made of a-z, 0-9 and _")
	case !strings.ContainsAny(name, letters):
		return errors.New("names hold at least one letter")
	case len(name) > maxName:
		return fmt.Errorf("names have at most %d characters", maxName)
	case isWord(name):
		return errors.New("all and none are reserved")
	}
	return nil
}

func checkLabel(label string) error {
	switch {
	case strings.TrimSpace(label) != label || label == "":
		return errors.New("a label is needed, without blanks around it")
	case utf8.RuneCountInString(label) > maxLabel:
		return fmt.Errorf("labels have at most %d characters", maxLabel)
	case strings.ContainsFunc(label, func(r rune) bool { return !unicode.IsPrint(r) }):
		return errors.New("labels are one line of printable text")
	}
	return nil
}
