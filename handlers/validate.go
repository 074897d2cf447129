package handlers

import (
	"fmt"
	"net/mail"
	"net/netip"
	"slices"
	"strings"

	"panelgate/phpform"
)

// rule says what one text must be like; the tag validate:"login" names it.
type rule struct {
	ok     func(string) bool
	reason string
}

func ruleNamed(name string) (rule, bool) {
	switch name {
	case "login":
		return rule{isLogin, "must be 1 to 30 letters, digits or underscores"}, true
	case "admin":
		return rule{isAdmin, "must be an e-mail address, or 1 to 30 letters, digits or underscores"}, true
	case "domain":
		return rule{isDomain, "must be a domain such as website.com"}, true
	case "id":
		return rule{isID, "must be 1 to 64 letters, digits or . _ - @"}, true
	case "language":
		return rule{isLanguage, "must be a language code such as en, nl or zh_tw"}, true
	case "email":
		return rule{isEmail, "must be one e-mail address"}, true
	case "ip":
		return rule{isIP, "must be an IP address"}, true
	case "line":
		return rule{isLine, "must be at most 255 bytes on one line"}, true
	}
	return rule{}, false
}

func isLogin(s string) bool { return len(s) >= 1 && len(s) <= 30 && consistsOf(s, "_") }

func isID(s string) bool { return len(s) >= 1 && len(s) <= 64 && consistsOf(s, "._-@") }

func isAdmin(s string) bool { return isLogin(s) || isEmail(s) }

// isDomain accepts names of at least two labels of letters, digits and inner hyphens (RFC 1123);
// international ones in their xn-- form.
func isDomain(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if len(label) == 0 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || !consistsOf(label, "-") {
			return false
		}
	}
	return len(s) <= 253 && strings.Contains(s, ".")
}

// consistsOf reports whether s is made of ASCII letters, digits and the extra characters.
func consistsOf(s, extra string) bool {
	for _, c := range []byte(s) {
		alnum := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !alnum && strings.IndexByte(extra, c) < 0 {
			return false
		}
	}
	return true
}

// isLanguage accepts what Installatron's codes look like; the list of them is not public.
func isLanguage(s string) bool {
	language, region, both := strings.Cut(s, "_")
	return isTwoLower(language) && (!both || isTwoLower(region))
}

func isTwoLower(s string) bool {
	return len(s) == 2 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}

func isEmail(s string) bool {
	addr, err := mail.ParseAddress(s)
	return err == nil && addr.Address == s && len(s) <= 254
}

func isIP(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

func isLine(s string) bool {
	return len(s) <= 255 && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// decodeArgs is step 5 for the fields themselves: required ones are there, each is of its type
// and keeps its rules, and args.Check, where the struct has one, is content. It gives the names
// of fields that no argument took.
func decodeArgs(params []Param, form *phpform.Array, args any) (unknown []string, err error) {
	if err := checkParams(params, form, ""); err != nil {
		return nil, err
	}
	unknown, err = phpform.Decode(form, args, isCommonField)
	if err != nil {
		return nil, err
	}
	if checked, ok := args.(interface{ Check() error }); ok {
		return unknown, checked.Check()
	}
	return unknown, nil
}

func checkParams(params []Param, form *phpform.Array, parent string) error {
	for _, p := range params {
		value, sent := form.Get(p.Name)
		if p.Required && (!sent || isEmpty(value)) {
			return Missing(fieldName(parent, p.Name))
		}
		if !sent {
			continue
		}
		if err := p.check(value, fieldName(parent, p.Name)); err != nil {
			return err
		}
	}
	return nil
}

func isEmpty(v phpform.Value) bool { return v.Text() == "" && v.Array().Len() == 0 }

func fieldName(parent, name string) string {
	if parent == "" {
		return name
	}
	return parent + "[" + name + "]"
}

// check applies the rules to a value; whether it is of the right type is for Decode to say.
func (p Param) check(value phpform.Value, field string) error {
	switch {
	case p.List && value.IsArray():
		one := p
		one.List = false
		return one.checkAll(value.Array(), field)
	case p.Params != nil && value.IsArray():
		return checkParams(p.Params, value.Array(), field)
	case value.IsArray() || value.Text() == "": // empty is as good as not sent, where it is not required
		return nil
	}
	return p.checkText(value.Text(), field)
}

// checkAll applies the rules to each element of a list. Where they are plain values the error tells
// of every one that breaks a rule.
func (p Param) checkAll(list *phpform.Array, field string) error {
	var failed []string
	for key, element := range list.All() {
		err := p.check(element, fieldName(field, key.String()))
		if err != nil && p.Params != nil {
			return err
		}
		if err != nil {
			failed = append(failed, err.Error())
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return &Error{Code: CodeInvalid, Subject: field, Message: strings.Join(failed, "; ")}
}

func (p Param) checkText(text, field string) error {
	if p.Enum != nil && !slices.Contains(p.Enum, text) {
		return Invalid(field, "must be "+oneOf(p.Enum))
	}
	for _, name := range p.Rules {
		if r, _ := ruleNamed(name); !r.ok(text) {
			return Invalid(field, r.reason)
		}
	}
	return nil
}

func oneOf(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	last := len(words) - 1
	return fmt.Sprintf("%s or %s", strings.Join(words[:last], ", "), words[last])
}
