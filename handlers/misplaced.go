package handlers

import (
	"strings"

	"panelgate/auth"
	"panelgate/phpform"
)

// shortestSecret is how long a secret must be to be looked for in other fields: a wrong token may be any word.
const shortestSecret = 16

// checkMisplaced refuses a call that has an API token in another place than its own. As a name or a text it would be
// stored, shown and written into the audit trail like any other.
func (c *Call) checkMisplaced() error {
	secret := c.Secret
	if len(secret) < shortestSecret {
		secret = ""
	}
	return checkFields(c.Form, "", secret)
}

func checkFields(form *phpform.Array, top, secret string) error {
	for key, value := range form.All() {
		name := key.String()
		if holds(name, secret) {
			return misplaced("the name of a field", top)
		}
		field := top
		if field == "" {
			field = name
		}
		if value.IsArray() {
			if err := checkFields(value.Array(), field, secret); err != nil {
				return err
			}
		} else if holds(value.Text(), secret) {
			return misplaced(SafeField(field), field)
		}
	}
	return nil
}

func holds(text, secret string) bool {
	if len(text) < shortestSecret {
		return false
	}
	return secret != "" && strings.Contains(text, secret) || auth.HoldsToken(text)
}

func misplaced(where, field string) error {
	return &Error{Code: CodeInvalid, Subject: SafeField(field), Message: where +
		": holds an API token, which belongs in the field token or the header X-API-KEY alone; take this one for leaked and replace it"}
}
