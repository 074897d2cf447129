package phpform

import "strings"

// disposition takes name and file name from a Content-Disposition as PHP does, which accepts more than
// RFC 7578: unquoted and single-quoted names, and \ before the quote. The last name counts.
func disposition(header string) (name string, named, file bool) {
	header = strings.TrimLeft(header, whiteSpace)
	for header != "" {
		var parameter string
		parameter, header = cutWord(header, ';')
		header = strings.TrimLeft(header, whiteSpace)
		if strings.IndexByte(parameter, '=') < 0 {
			continue
		}
		key, value := cutWord(parameter, '=')
		switch strings.ToLower(key) {
		case "name":
			name, named = unquote(value), true
		case "filename", "filename*": // PHP does not know the second; whoever sends it sends a file.
			file = true
		}
	}
	return name, named, file
}

const whiteSpace = " \t\n\v\f\r"

// cutWord splits s at the first stop outside quotes, and at the stops that follow it.
// php-src: php_ap_getword.
func cutWord(s string, stop byte) (word, rest string) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == stop:
			return s[:i], strings.TrimLeft(s[i:], string(stop))
		case c == '"' || c == '\'':
			for i++; i < len(s) && s[i] != c; i++ {
				if s[i] == '\\' && i+1 < len(s) && s[i+1] == c {
					i++
				}
			}
		}
	}
	return s, ""
}

// unquote takes a parameter's value out of its quotes, or up to the first white space.
// php-src: php_ap_getword_conf and substring_conf.
func unquote(s string) string {
	s = strings.TrimLeft(s, whiteSpace)
	if s == "" {
		return ""
	}
	quote := byte(0)
	if s[0] == '"' || s[0] == '\'' {
		quote, s = s[0], s[1:]
	} else if i := strings.IndexAny(s, whiteSpace); i >= 0 {
		s = s[:i]
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if quote != 0 && s[i] == quote {
			break
		}
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '\\' || quote != 0 && s[i+1] == quote) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
